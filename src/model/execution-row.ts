import type { ExecutionError, Outcome } from './execution.ts';

export const OUTCOMES_AND_RUNNING = ['success', 'failure', 'timeout', 'cancelled', 'running'] as const;
export type OutcomeOrRunning = Outcome | 'running';

/** One recorded execution, as `victor experiment executions` lists it. Times are ISO 8601 UTC strings. */
export interface ExecutionRow {
  readonly executionId: string;
  /** Its begin number: grows with time, unique; the cursor of a list. */
  readonly number: number;
  readonly unit: string;
  readonly variantId: string;
  readonly phase: 'experiment' | 'after_deploy';
  readonly outcome: OutcomeOrRunning;
  readonly beganAt: string;
  readonly endedAt: string | null;
  readonly durationSeconds: number | null;
  /** By name; empty while it runs. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly error: ExecutionError | null;
  /** From the analysis: after deploy, or by hand. */
  readonly excluded: boolean;
  readonly exclusionReason: string | null;
  readonly workflowId: string;
  readonly runId: string;
}
