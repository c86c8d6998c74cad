import { parseExecutionRequest } from '../../workflows/request.ts';
import { snakeKeys } from '../model/case.ts';
import type { ExecutionResult, Outcome } from '../model/execution.ts';
import { executionWorkflowId } from '../model/ids.ts';
import type { Json, JsonObject } from '../model/json.ts';

/** What a call of `executeVariant` asked for. */
export interface StubCall {
  readonly experimentId: string;
  readonly executionId: string;
  readonly unit: string | null;
  readonly context: JsonObject;
  readonly input: Json;
}

export interface StubAnswer {
  readonly variantId: string;
  /** Default success. */
  readonly outcome?: Outcome;
  readonly output?: Json;
  readonly error?: ExecutionResult['error'];
  readonly metrics?: Readonly<Record<string, number>>;
}

/**
 * Makes an `execution` workflow that only answers, for tests of your own workflows that call `executeVariant`. Export it
 * under that name from a workflow file of a test worker on the task queue `victor-executions`.
 *
 * @example
 * ```ts
 * import { stubExecution } from 'victor-experiments/testing/workflow';
 *
 * export const execution = stubExecution(({ input }) => ({ variantId: 'treatment', output: { echoed: input } }));
 * ```
 */
export function stubExecution(
  answer: StubAnswer | ((call: StubCall) => StubAnswer),
): (argument: unknown) => Promise<unknown> {
  return async (argument) => {
    const { experimentId, executionId, firstRunId, unit, context, input } = parseExecutionRequest(argument);
    const given =
      typeof answer === 'function' ? answer({ experimentId, executionId, unit, context, input }) : answer;
    return snakeKeys({
      experimentId,
      executionId,
      variantId: given.variantId,
      recorded: false,
      phase: null,
      outcome: given.outcome ?? 'success',
      output: given.output ?? null,
      error: given.error ?? null,
      durationSeconds: given.metrics?.['execution_time'] ?? 0,
      metrics: given.metrics ?? {},
      workflowId: executionWorkflowId(experimentId, executionId),
      runId: firstRunId,
    } satisfies ExecutionResult);
  };
}
