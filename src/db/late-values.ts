import type pg from 'pg';
import { conflict, invalidInput, notFound } from '../errors.ts';
import { appendEvent } from './events.ts';
import { withExclusiveLock } from './lock.ts';
import { inTransaction } from './pool.ts';
import type { Queryable } from './pool.ts';

export interface LateValues {
  readonly experimentId: string;
  readonly executionId: string;
  readonly values: Readonly<Record<string, number>>;
  readonly actor: string;
  /** Needed when a value is corrected. */
  readonly reason: string | null;
}

export interface RecordedValue {
  readonly name: string;
  readonly value: number;
  /** 0: the first value of this name; more: a correction. */
  readonly revision: number;
}

/**
 * Adds values to an execution, whatever the state of the experiment; a value that is there gets a new revision, which
 * needs a reason and is in the audit trail. Looks that were taken stay as they are. Throws NotFound, InvalidInput.
 */
export async function recordLateValues(pool: pg.Pool, late: LateValues): Promise<readonly RecordedValue[]> {
  if (late.reason === null) {
    return inTransaction(pool, async (client) => {
      // a statement of its own, and the first one: a snapshot taken before the wait would miss what it waited for
      await client.query('select pg_advisory_xact_lock_shared(victor_data.lock_key($1))', [
        late.experimentId,
      ]);
      return insertValues(client, late);
    });
  }
  return withExclusiveLock(pool, late.experimentId, async (client) => {
    const recorded = await insertValues(client, late);
    await appendEvent(client, late.experimentId, {
      type: 'values_recorded',
      actor: late.actor,
      reason: late.reason,
      requestId: null,
      data: { execution_id: late.executionId, values: late.values },
    });
    return recorded;
  });
}

/** What is recorded with the outcome can only be corrected afterwards. */
const WITH_THE_OUTCOME = ['execution_time', 'token_usage', 'tool_calls_count', 'cost'];

async function refuseEarly(
  client: Queryable,
  { experimentId, executionId, values }: LateValues,
): Promise<void> {
  const early = Object.keys(values).filter((name) => WITH_THE_OUTCOME.includes(name));
  if (early.length === 0) return;
  const { rowCount } = await client.query(
    'select from victor_data.outcomes where experiment_id = $1 and execution_id = $2',
    [experimentId, executionId],
  );
  if (rowCount !== 0) return;
  throw conflict(
    `${experimentId}/${executionId} still runs: ${early.join(', ')} ${early.length === 1 ? 'is' : 'are'} recorded with its outcome and can be corrected then`,
  );
}

async function insertValues(client: Queryable, late: LateValues): Promise<readonly RecordedValue[]> {
  const { experimentId, executionId, reason } = late;
  const names = Object.keys(late.values);
  const { rowCount } = await client.query(
    'select from victor_data.executions where experiment_id = $1 and execution_id = $2',
    [experimentId, executionId],
  );
  if (rowCount !== 0) await refuseEarly(client, late);
  else {
    throw notFound(
      `experiment ${experimentId} has no execution "${executionId}"; \`victor experiment executions ${experimentId}\` lists them`,
    );
  }
  const { rows } = await client.query<RecordedValue>(
    `insert into victor_data.metric_values (experiment_id, execution_id, name, revision, seq, value)
     select $1, $2, n.name, coalesce((select max(m.revision) + 1 from victor_data.metric_values m
         where m.experiment_id = $1 and m.execution_id = $2 and m.name = n.name), 0), nextval('victor_data.row_seq'), n.value
     from unnest($3::text[], $4::double precision[]) n (name, value) returning name, value, revision`,
    [experimentId, executionId, names, names.map((name) => late.values[name])],
  );
  const corrected = rows.filter((row) => row.revision > 0).map((row) => row.name);
  if (corrected.length > 0 && reason === null) {
    throw invalidInput(
      `${corrected.join(', ')} of ${experimentId}/${executionId} ${corrected.length === 1 ? 'has a value' : 'have values'} already; a correction needs a reason: --reason TEXT`,
    );
  }
  return rows;
}
