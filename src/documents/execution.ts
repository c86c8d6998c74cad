import type { StoredResult } from '../db/recording.ts';
import type { ExecutionResult } from '../model/execution.ts';
import type { ExecutionAddress } from '../model/ids.ts';

/** The `execute` document of an execution whose outcome is stored. */
export function executionResult(address: ExecutionAddress, stored: StoredResult): ExecutionResult {
  return {
    experimentId: address.experimentId,
    executionId: address.executionId,
    variantId: stored.variant_id,
    recorded: true,
    phase: stored.phase,
    outcome: stored.outcome,
    output: stored.output,
    ...(stored.output_truncated ? { outputTruncated: true } : {}),
    error: stored.error,
    durationSeconds: stored.duration_seconds,
    metrics: stored.metrics,
    workflowId: stored.workflow_id,
    runId: stored.run_id,
  };
}
