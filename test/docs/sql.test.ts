import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { nextLook } from '../../activities/due.ts';
import { takeLook } from '../../activities/look.ts';
import { createPool } from '../../src/db/pool.ts';
import { readStored } from '../../src/documents/status.ts';
import type { ExperimentResults, ExperimentStatus } from '../../src/model/documents.ts';
import { getExperimentResults, getExperimentStatus, listExperiments } from '../../src/operations/read.ts';
import { openVictor } from '../../src/operations/victor.ts';
import { packageRoot } from '../../src/package-root.ts';
import { cloneDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import {
  around,
  begin,
  metricSpec,
  move,
  pairs,
  record,
  runAll,
  seedExperiment,
  successRate,
} from '../support/rows.ts';

/** docs/sql.md: every query runs as a reader, and says what the API says. */
const document = (name: string): string => readFileSync(join(packageRoot(), 'docs', name), 'utf8');
const queriesOf = (text: string): ReadonlyMap<string, string> =>
  new Map([...text.matchAll(/^```sql (\w+)\n(.*?)^```/gms)].map((match) => [match[1] ?? '', match[2] ?? '']));
const text = document('sql.md');
const queries = queriesOf(text);

type Row = Readonly<Record<string, unknown>>;

interface Finished {
  readonly id: string;
  readonly status: ExperimentStatus;
  readonly results: ExperimentResults;
}

let database: TestDatabase;
let owner: pg.Pool;
let reader: pg.Pool;
/** One execution per unit, stopped by a boundary before the last execution. */
let single: Finished;
/** Units that come back, exclusions, every outcome; analysed to the last execution. */
let returning: Finished;
let listed: number;
const login = `reader_${randomBytes(4).toString('hex')}`;

beforeAll(async () => {
  database = await cloneDatabase();
  owner = createPool(database.url, { plane: 'control', max: 3 });
  const setup = queries.get('setup') ?? '';
  await owner.query(setup.replace('ann', login).replace('choose one', 'only-for-tests'));
  const url = new URL(database.url);
  url.username = login;
  url.password = 'only-for-tests';
  reader = createPool(url.toString(), { plane: 'client', max: 1 });

  const decision = { rule: 'group_sequential', looks: { kind: 'count', count: 4 } } as const;
  const secondaryMetrics = [successRate()];
  const first = await seedExperiment(owner, { minSampleSize: 40, decision, secondaryMetrics });
  await runAll(owner, first, pairs(30, around(3), around(2.4)));
  const second = await seedExperiment(owner, {
    minSampleSize: 40,
    secondaryMetrics,
    primaryMetric: metricSpec({ metricId: 'time', name: 'Time' }),
  });
  await runAll(
    owner,
    second,
    pairs(24, around(3), around(2.9)).flatMap((run, index) => [
      { ...run, ...(index % 7 === 0 ? { outcome: 'failure' as const } : {}) },
      ...(index % 3 === 0 ? [{ ...run, executionId: `${run.unit}-again`, seconds: run.seconds * 1.2 }] : []),
      ...(index % 11 === 0 ? [{ ...run, executionId: `${run.unit}-late`, outcome: 'timeout' as const }] : []),
    ]),
  );
  await begin(owner, second, 'last', 'fast');
  await record(owner, second, 'last', 'cancelled', {
    error: { type: 'Cancelled', message: 'by a caller', node: null },
  });
  await owner.query(
    `insert into victor_data.exclusions (experiment_id, execution_id, revision, excluded, actor, reason, seq)
     select $1, execution_id, 0, true, 'tests', 'a wrong input', nextval('victor_data.row_seq')
     from victor_data.executions where experiment_id = $1 and execution_id in ('c3', 'f5')`,
    [second],
  );
  for (const id of [first, second]) {
    await move(owner, id, 'stop');
    for (;;) {
      const planned = await nextLook(owner, await readStored(owner, id), 0);
      if (planned === null) break;
      await takeLook(owner, id, planned);
    }
  }
  const victor = openVictor({ ...inject('stack'), databaseUrl: database.url });
  try {
    const read = async (id: string): Promise<Finished> => ({
      id,
      status: await getExperimentStatus(victor, id),
      results: await getExperimentResults(victor, id),
    });
    single = await read(first);
    returning = await read(second);
    listed = (await listExperiments(victor)).length;
  } finally {
    await victor.close();
  }
});
afterAll(async () => {
  await reader.end();
  await owner.query(`drop owned by ${login}; drop role ${login}`);
  await owner.end();
  await database.drop();
});

async function ask(name: string, id: string): Promise<readonly Row[]> {
  const query = queries.get(name);
  if (query === undefined) throw new Error(`docs/sql.md has no query ${name}`);
  const { rows } = await reader.query<Row>(query.replaceAll(`:'id'`, pg.escapeLiteral(id)));
  return rows;
}

const of = (rows: readonly Row[], variantId: string, metric?: string): Row => {
  const found = rows.find(
    (row) => row['variant_id'] === variantId && (metric === undefined || row['metric'] === metric),
  );
  if (found === undefined) throw new Error(`no row of ${variantId} ${metric ?? ''}`);
  return found;
};

/** Equal but for the order in which floating-point numbers were added. */
function same(found: unknown, wanted: number | null | undefined): void {
  if (typeof wanted !== 'number') throw new Error('the API has no number here');
  expect(Math.abs(Number(found) - wanted)).toBeLessThanOrEqual(1e-12 * Math.abs(wanted));
}

const VARIANTS = ['control', 'fast'] as const;

describe('docs/sql.md', () => {
  it('is about experiments that are worth comparing', () => {
    expect(single.results).toMatchObject({ status: 'analyzed', reasonCode: 'winner' });
    expect(Object.values(single.status.heldBack).some((n) => n > 0)).toBe(true);
    expect(returning.results.totalSamples).toBeGreaterThan(returning.results.totalUnits);
    expect(returning.status.executions).toMatchObject({ excluded: 2, cancelled: 1, running: 0 });
    expect(returning.status.executions.timeout).toBeGreaterThan(1);
  });

  it('has queries that all run', async () => {
    const names = [...queries.keys()].filter((name) => name !== 'setup');
    expect(names.length).toBeGreaterThanOrEqual(10);
    for (const name of names) expect(await ask(name, returning.id), name).not.toEqual([]);
  });

  it('and so do those of docs/operations.md', async () => {
    const monitoring = queriesOf(document('operations.md'));
    expect([...monitoring.keys()]).toEqual(['stuck', 'throughput', 'idle', 'reconciled']);
    const counts = new Map<string, number>();
    for (const [name, query] of monitoring) counts.set(name, (await reader.query(query)).rows.length);
    // all that was recorded in this minute or the one before; nothing runs, waits or was repaired
    expect(counts.get('throughput')).toBeGreaterThan(0);
    expect([counts.get('stuck'), counts.get('idle'), counts.get('reconciled')]).toEqual([0, 0, 0]);
  });

  it('lists the experiments', async () => {
    const rows = await ask('experiments', '');
    expect(rows).toHaveLength(listed);
    for (const { id, results } of [single, returning]) {
      expect(rows.find((row) => row['experiment_id'] === id)).toMatchObject({
        name: results.name,
        status: 'analyzed',
        completed_because: 'manual',
        look: results.look,
        decision: results.reasonCode,
      });
    }
  });

  it('counts executions and units as status does', async () => {
    for (const { id, status } of [single, returning]) {
      const [outcomes, units] = [await ask('outcomes', id), await ask('units', id)];
      for (const outcome of ['started', 'success', 'failure', 'timeout', 'cancelled', 'running'] as const) {
        const total = outcomes.reduce((sum, row) => sum + Number(row[outcome]), 0);
        expect(total, outcome).toBe(status.executions[outcome]);
      }
      for (const variantId of VARIANTS) {
        expect(of(outcomes, variantId)['started']).toBe(status.variantSamples[variantId]);
        expect(of(units, variantId)).toMatchObject({
          units: status.units[variantId],
          executions: String(status.variantSamples[variantId]),
        });
      }
    }
  });

  it('gives the numbers of the last look, from the rows and from the look itself', async () => {
    for (const { id, results } of [single, returning]) {
      for (const name of ['cohort', 'stored']) {
        const rows = await ask(name, id);
        for (const variantId of VARIANTS) {
          const wanted = results.variantResults[variantId]!;
          expect(of(rows, variantId)['n']).toBe(wanted.primaryMetricSamples);
          same(of(rows, variantId)['mean'], wanted.primaryMetricValue);
          same(of(rows, variantId)['standard_deviation'], wanted.primaryMetricStd);
        }
      }
    }
  });

  it('gives the means, errors and differences that the analysis uses', async () => {
    const { id, results } = returning;
    const [metrics, robust, differences] = [
      await ask('metrics', id),
      await ask('robust', id),
      await ask('differences', id),
    ];
    for (const variantId of VARIANTS) {
      const wanted = results.variantResults[variantId]!;
      const rate = wanted.secondaryMetrics['success_rate']!;
      expect(of(metrics, variantId, 'execution_time')['n']).toBe(wanted.primaryMetricSamples);
      same(of(metrics, variantId, 'execution_time')['mean'], wanted.primaryMetricValue);
      same(of(robust, variantId, 'execution_time')['mean'], wanted.primaryMetricValue);
      same(of(robust, variantId, 'execution_time')['standard_error'], wanted.primaryMetricSe);
      expect(of(metrics, variantId, 'success_rate')['n']).toBe(rate.samples);
      same(of(metrics, variantId, 'success_rate')['mean'], rate.value);
      same(of(metrics, variantId, 'success_rate')['standard_deviation'], rate.std);
    }
    const fast = results.variantResults['fast']!;
    same(of(differences, 'fast', 'execution_time')['difference'], fast.difference);
    same(of(differences, 'fast', 'execution_time')['relative_change'], fast.relativeChange);
    same(
      of(differences, 'fast', 'success_rate')['difference'],
      fast.secondaryMetrics['success_rate']?.difference,
    );
  });

  it('gives looks, decisions and the sample ratio as results does', async () => {
    for (const { id, results } of [single, returning]) {
      const looks = await ask('looks', id);
      expect(looks).toEqual(
        results.looks.map(
          (look) =>
            expect.objectContaining({
              look: look.look,
              cut: look.cut,
              information_fraction: look.informationFraction,
              statistic: look.statistic,
              boundary: look.boundary,
              p_value: look.pValue,
              alpha_spent: look.alphaSpent,
              decision: look.decision,
            }) as Row,
        ),
      );
      const ratio = await ask('ratio', id);
      for (const variantId of VARIANTS) {
        expect(of(ratio, variantId)['observed']).toBe(results.sampleRatio.observed[variantId]);
        same(of(ratio, variantId)['expected'], results.sampleRatio.expected[variantId]);
      }
    }
    expect(single.results.looks.length).toBeGreaterThan(1);
  });

  it('describes every column of every view, in its order, and no other', async () => {
    const { rows } = await owner.query<{ view: string; columns: string[] }>(
      `select table_name as view, array_agg(column_name::text order by ordinal_position) as columns
       from information_schema.columns where table_schema = 'victor' group by table_name`,
    );
    const described = [
      ...text.slice(text.indexOf('\n## Views')).matchAll(/^### (\w+)$(.*?)(?=^### |(?![^]))/gms),
    ];
    expect(
      Object.fromEntries(
        described.map(([, view, table]) => [
          view,
          [...table!.matchAll(/^\| `(\w+)`/gm)].map((match) => match[1]),
        ]),
      ),
    ).toEqual(Object.fromEntries(rows.map(({ view, columns }) => [view, columns])));
  });
});
