import type { Client } from '@temporalio/client';
import type pg from 'pg';
import type { Logger } from 'pino';
import type { ExperimentDefaults } from '../src/experiment-file/experiment-defaults.ts';

export interface TemporalIdentity {
  readonly clusterId: string;
  readonly namespace: string;
}

export interface ControlDeps {
  readonly pool: pg.Pool;
  readonly client: Client;
  readonly identity: TemporalIdentity;
  readonly taskQueuePrefix: string;
  readonly log: Logger;
  /** For experiments that a bare Temporal client creates. */
  readonly experimentDefaults?: ExperimentDefaults;
  /** Since when this process and Postgres have been there without a gap; see the reconciler. */
  readonly availableSince: () => number;
  /** How long after a deadline, and after an outage, the reconciler waits before it records a time-out. */
  readonly timeoutGraceMs: number;
}
