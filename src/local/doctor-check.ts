import type { Connection } from '@temporalio/client';

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  /** What to do about it; null for a check that passed. */
  readonly fix: string | null;
}

export interface DoctorDeps {
  readonly env: NodeJS.ProcessEnv;
  readonly schemaStatus: (
    databaseUrl: string,
  ) => Promise<{ readonly applied: number; readonly known: number }>;
  /** Throws when the reconciler's schedule is missing or serves another database; else says what it found. */
  readonly scheduleStatus?: (connection: Connection, databaseUrl: string) => Promise<string>;
  /** The task queues of users' own that running experiments need. */
  readonly definitionQueues?: () => Promise<readonly string[]>;
  /** The part of the queue names before `-control` and `-executions`; `victor` unless told. */
  readonly queuePrefix?: string;
}

export const passed = (name: string, detail: string): Check => ({ name, ok: true, detail, fix: null });
export const failed = (name: string, error: unknown, fix: string): Check => ({
  name,
  ok: false,
  detail: error instanceof Error ? error.message || error.name : String(error),
  fix,
});
