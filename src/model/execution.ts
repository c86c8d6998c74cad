import type { Runnable } from './graph.ts';
import type { Json, JsonObject } from './json.ts';

export const OUTCOMES = ['success', 'failure', 'timeout', 'cancelled'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Type of the failure that says: Postgres is away. Workflows wait for it as long as their deadline lets them. */
export const STORE_UNAVAILABLE = 'StoreUnavailable';

/** An output above this many bytes of JSON is not kept. */
export const OUTPUT_BYTES = 256 * 1024;

export interface ExecutionError {
  readonly type: string;
  readonly message: string;
  readonly node: string | null;
}

/** What starts an execution; `position` is set by datasets, whose inputs are read where they are needed. */
export interface ExecutionRequest {
  readonly experimentId: string;
  readonly executionId: string;
  /** The fence: only this run, or one that takes over from it when dead, records the outcome. */
  readonly firstRunId: string;
  readonly unit: string | null;
  readonly context: JsonObject;
  readonly input: Json;
  readonly position: number | null;
  readonly whenNotRunning: 'control' | 'refuse';
  readonly throwOnFailure: boolean;
}

/** The `execute` object of the public JSON. */
export interface ExecutionResult {
  readonly experimentId: string;
  readonly executionId: string;
  /** Null: it was ended from outside before it had one. */
  readonly variantId: string | null;
  readonly recorded: boolean;
  readonly phase: 'experiment' | 'after_deploy' | null;
  readonly outcome: Outcome;
  readonly output: Json;
  readonly outputTruncated?: boolean;
  readonly error: ExecutionError | null;
  readonly durationSeconds: number | null;
  readonly metrics: Readonly<Record<string, number>>;
  readonly workflowId: string;
  readonly runId: string;
}

/** A state value that is too large for history: `content` belongs to the experiment, `state` to the execution. */
export type StoredValue =
  | { readonly where: 'content' | 'state'; readonly hash: string; readonly bytes: number }
  | { readonly where: 'file'; readonly hash: string; readonly bytes: number; readonly path: string };

/** The state of a run: small values inline, large ones by reference. The keys of the two are disjoint. */
export interface RunState {
  readonly values: JsonObject;
  readonly stored: Readonly<Record<string, StoredValue>>;
}

export type Begun =
  | {
      readonly kind: 'admitted';
      readonly variantId: string;
      readonly runnable: Runnable;
      readonly state: RunState;
      readonly overrides: JsonObject;
      readonly deadlineMs: number;
      readonly nodeTimeoutMs: number;
      /** The input cannot be given to the variant: the execution is a failure. */
      readonly inputError: Omit<ExecutionError, 'node'> | null;
      readonly phase: 'experiment' | 'after_deploy';
    }
  | {
      readonly kind: 'unrecorded';
      readonly variantId: string;
      readonly runnable: Runnable;
      readonly state: RunState;
      readonly overrides: JsonObject;
      readonly deadlineMs: number;
      readonly nodeTimeoutMs: number;
      /** The input cannot be given to the variant: the execution is a failure. */
      readonly inputError: Omit<ExecutionError, 'node'> | null;
    }
  | { readonly kind: 'finished'; readonly result: ExecutionResult }
  | { readonly kind: 'refused'; readonly status: string }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'invalid'; readonly message: string };

export interface NodeMetrics {
  readonly tokens: number;
  readonly toolCalls: number;
  readonly costUsd: number;
  readonly values: Readonly<Record<string, number>>;
}
