import { Client } from '@temporalio/client';
import type pg from 'pg';
import { pino } from 'pino';
import { inject } from 'vitest';
import { checkExperiment } from '../../activities/check.ts';
import type { CheckAnswer } from '../../activities/check.ts';
import type { ControlDeps } from '../../activities/deps.ts';
import { takeLook } from '../../activities/look.ts';
import { createPool } from '../../src/db/pool.ts';
import { contentOf, readResults } from '../../src/documents/results.ts';
import { readStatus, readStored } from '../../src/documents/status.ts';
import type { StoredLook } from '../../src/db/looks.ts';
import type { LookInputs, LookResult } from '../../src/decide/look.ts';
import type { ExperimentResults, ExperimentStatus } from '../../src/model/documents.ts';
import { openConnection } from '../../src/local/temporal-health.ts';
import { cloneDatabase } from '../support/database.ts';
import { IDENTITY } from '../support/rows.ts';

export type TakenLook = StoredLook & { readonly content: { inputs: LookInputs; result: LookResult } };

/** What the experiment workflow does, one step at a time: it asks whether a look is due, and takes it. */
export interface ControlPlane {
  readonly pool: pg.Pool;
  readonly check: (experimentId: string) => Promise<CheckAnswer>;
  /** Checks, and takes looks for as long as one is due. */
  readonly settle: (experimentId: string) => Promise<readonly TakenLook[]>;
  readonly looks: (experimentId: string) => Promise<readonly TakenLook[]>;
  readonly status: (experimentId: string) => Promise<ExperimentStatus>;
  readonly results: (experimentId: string) => Promise<ExperimentResults>;
  readonly close: () => Promise<void>;
}

export async function openControlPlane(): Promise<ControlPlane> {
  const database = await cloneDatabase();
  const pool = createPool(database.url, { plane: 'control', max: 8 });
  const { temporalAddress, temporalNamespace } = inject('stack');
  const connection = await openConnection(process.env, temporalAddress);
  const deps: ControlDeps = {
    pool,
    client: new Client({ connection, namespace: temporalNamespace }),
    identity: IDENTITY,
    taskQueuePrefix: 'victor',
    log: pino({ level: 'silent' }),
    availableSince: () => 0,
    timeoutGraceMs: 0,
  };
  const looks = async (experimentId: string): Promise<readonly TakenLook[]> =>
    (await readStored(pool, experimentId)).looks.map((look) => ({ ...look, content: contentOf(look) }));
  return {
    pool,
    check: (experimentId) => checkExperiment(deps, experimentId),
    settle: async (experimentId) => {
      for (;;) {
        const { due } = await checkExperiment(deps, experimentId);
        if (due === null) return looks(experimentId);
        await takeLook(pool, experimentId, due);
      }
    },
    looks,
    status: async (experimentId) => readStatus(pool, await readStored(pool, experimentId), null),
    results: async (experimentId) => readResults(pool, await readStored(pool, experimentId)),
    close: async () => {
      await pool.end();
      await connection.close();
      await database.drop();
    },
  };
}

/** Group sequential, with as many looks as the tests want. */
export const sequential = (count = 5) =>
  ({ rule: 'group_sequential', looks: { kind: 'count', count } }) as const;
