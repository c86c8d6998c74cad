import { ApplicationFailure } from '@temporalio/common';
import type { Metered } from '../../activities/meter.ts';
import { GraphFailure } from '../../workflows/engine/interpret.ts';
import { OUTPUT_BYTES } from '../model/execution.ts';
import type { ExecutionError, ExecutionResult } from '../model/execution.ts';
import { executionWorkflowId } from '../model/ids.ts';
import type { Json } from '../model/json.ts';
import type { ExperimentSpec } from '../model/spec.ts';
import { within } from './run-node.ts';
import { runVariant } from './run-variant.ts';
import type { VariantRun } from './run-variant.ts';

export interface InProcessRequest extends Omit<VariantRun, 'nodeTimeoutMs'> {
  readonly timeouts: ExperimentSpec['timeouts'];
  readonly input: Json;
}

/** One execution that nobody records. Whatever the variant does is an outcome. */
export async function executeInProcess(request: InProcessRequest): Promise<ExecutionResult> {
  const { experimentId, executionId, variantId, timeouts, input } = request;
  const metered: Metered[] = [];
  const startedAt = performance.now();
  const ending = await within(timeouts.executionMs, () =>
    runVariant({ ...request, nodeTimeoutMs: timeouts.nodeMs }, input, metered),
  ).then(
    (output) => ({ outcome: 'success', ...kept(output), error: null }) as const,
    (error: unknown) => {
      const known = describe(error);
      const late = known.node === null && known.type === 'Timeout';
      return { outcome: late ? 'timeout' : 'failure', output: null, error: known } as const;
    },
  );
  const durationSeconds = (performance.now() - startedAt) / 1000;
  return {
    experimentId,
    executionId,
    variantId,
    recorded: false,
    phase: null,
    ...ending,
    durationSeconds,
    metrics: { execution_time: durationSeconds, ...total(metered) },
    workflowId: executionWorkflowId(experimentId, executionId),
    runId: 'test',
  };
}

/** As much of an output as the product keeps. */
function kept(output: Json): { readonly output: Json; readonly outputTruncated?: true } {
  const bytes = Buffer.byteLength(JSON.stringify(output));
  return bytes > OUTPUT_BYTES ? { output: null, outputTruncated: true } : { output };
}

function describe(error: unknown): ExecutionError {
  if (error instanceof GraphFailure) return { type: error.type, message: error.message, node: error.node };
  if (error instanceof ApplicationFailure) {
    return { type: error.type ?? 'Error', message: error.message, node: null };
  }
  if (error instanceof Error) return { type: error.name, message: error.message, node: null };
  return { type: 'Error', message: String(error), node: null };
}

const total = (metered: readonly Metered[]): Readonly<Record<string, number>> => ({
  token_usage: metered.reduce((sum, { tokens }) => sum + tokens, 0),
  tool_calls_count: metered.reduce((sum, { toolCalls }) => sum + toolCalls, 0),
  cost: metered.reduce((sum, { costUsd }) => sum + costUsd, 0),
});
