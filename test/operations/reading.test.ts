import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type pg from 'pg';
import { createPool } from '../../src/db/pool.ts';
import { getExecutions, iterateExecutions } from '../../src/operations/executions.ts';
import { getVariantMetrics } from '../../src/operations/variant-metrics.ts';
import { openVictor } from '../../src/operations/victor.ts';
import type { Victor } from '../../src/operations/victor.ts';
import { watchExperiment } from '../../src/operations/watch.ts';
import { victor as cli } from '../cli/run.ts';
import { cloneDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { startProxy } from '../support/proxy.ts';
import { eventually } from '../support/workers.ts';
import { begin, move, record, seedDraft, seedExperiment } from '../support/rows.ts';

let database: TestDatabase;
let pool: pg.Pool;
let victor: Victor;
let id: string;
let folder: string;
const env = (): NodeJS.ProcessEnv => ({
  ...process.env,
  DATABASE_URL: database.url,
  TEMPORAL_ADDRESS: inject('stack').temporalAddress,
});
const run = (...args: readonly string[]) => cli(['experiment', ...args], { env: env(), cwd: folder });
const openAt = (databaseUrl: string): Victor =>
  openVictor({ databaseUrl, temporalAddress: inject('stack').temporalAddress });

/** Control: 1, 2, 3, 4 s, the last a failure, and one that runs. Fast: one of 2 s. */
beforeAll(async () => {
  database = await cloneDatabase();
  pool = createPool(database.url, { plane: 'control', max: 4 });
  victor = openAt(database.url);
  folder = mkdtempSync(join(tmpdir(), 'victor-reading-'));
  id = await seedExperiment(pool);
  for (const seconds of [1, 2, 3, 4]) {
    await begin(pool, id, `c${seconds}`);
    await record(pool, id, `c${seconds}`, seconds === 4 ? 'failure' : 'success', {
      durationSeconds: seconds,
      error: seconds === 4 ? { type: 'Error', message: '=cmd, "quoted"\nand more', node: 'n' } : null,
      metrics: {
        execution_time: seconds,
        token_usage: seconds * 100,
        tool_calls_count: 2,
        cost: 0.5,
        words: seconds,
      },
    });
  }
  await begin(pool, id, 'f1', 'fast');
  await record(pool, id, 'f1', 'success', { durationSeconds: 2 });
  await begin(pool, id, 'running');
});
afterAll(async () => {
  await victor.close();
  await pool.end();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

const ids = async (rows: AsyncIterable<{ executionId: string }>): Promise<string[]> => {
  const found: string[] = [];
  for await (const { executionId } of rows) found.push(executionId);
  return found;
};

describe('executions', () => {
  it('are the newest first, filtered, and paged by their number', async () => {
    const all = await getExecutions(victor, id);
    expect(all.map((row) => [row.executionId, row.variantId, row.outcome])).toEqual([
      ['running', 'control', 'running'],
      ['f1', 'fast', 'success'],
      ['c4', 'control', 'failure'],
      ['c3', 'control', 'success'],
      ['c2', 'control', 'success'],
      ['c1', 'control', 'success'],
    ]);
    expect(all[2]).toMatchObject({ durationSeconds: 4, metrics: { words: 4 }, error: { node: 'n' } });
    expect(all[0]).toMatchObject({ endedAt: null, durationSeconds: null, metrics: {} });
    const [first, second] = await getExecutions(victor, id, {
      variantId: 'control',
      outcome: 'success',
      limit: 2,
    });
    expect([first?.executionId, second?.executionId]).toEqual(['c3', 'c2']);
    const rest = iterateExecutions(victor, id, { variantId: 'control', after: second?.number ?? 0 });
    expect(await ids(rest)).toEqual(['c1']);
    await expect(getExecutions(victor, id, { variantId: 'none' })).rejects.toThrow(/it has control, fast/);
    await expect(getExecutions(victor, id, { limit: 0 })).rejects.toThrow(/limit is 0, must be an integer/);
    await expect(getExecutions(victor, 'none')).rejects.toMatchObject({ kind: 'NotFound' });
  });

  it('are complete when there are more than a page of them', async () => {
    const many = await seedExperiment(pool);
    await pool.query(
      `insert into victor_data.executions (experiment_id, execution_id, seq, unit, variant_id, workflow_id, run_id,
         temporal_cluster_id, temporal_namespace, deadline_at)
       select $1, 'x' || n, nextval('victor_data.row_seq'), 'u' || n, 'control', 'w', 'r', 'c', 'd', now()
       from generate_series(1, 2500) n`,
      [many],
    );
    expect(new Set(await ids(iterateExecutions(victor, many))).size).toBe(2500);
    expect(await ids(iterateExecutions(victor, many, { limit: 1001 }))).toHaveLength(1001);
    const lines = await run('executions', many, '--format', 'jsonl');
    expect(lines.stdout.trimEnd().split('\n')).toHaveLength(2500);
  });

  it('are exported as JSON, JSON lines, CSV and Parquet with the same content', async () => {
    const array = JSON.parse((await run('executions', id, '--json')).stdout) as Record<string, unknown>[];
    expect(array).toHaveLength(6);
    expect(array[2]).toMatchObject({
      execution_id: 'c4',
      duration_seconds: 4,
      metrics: { token_usage: 400 },
    });
    const lines = (await run('executions', id, '--format', 'jsonl')).stdout.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(array);
    const csv = parse((await run('executions', id, '--format', 'csv')).stdout, { columns: true });
    expect(csv[2]).toMatchObject({
      execution_id: 'c4',
      duration_seconds: '4',
      began_at: array[2]?.['began_at'],
      error_message: `'=cmd, "quoted"\nand more`,
    });
    const written = await run('executions', id, '-o', 'out.parquet');
    expect(written).toMatchObject({ code: 0, stdout: '', stderr: '6 executions written to out.parquet\n' });
    const rows = await parquetReadObjects({ file: await asyncBufferFromFile(join(folder, 'out.parquet')) });
    expect(rows.map((row) => row['execution_id'])).toEqual(array.map((row) => row['execution_id']));
    expect(rows[2]).toMatchObject({
      number: BigInt(array[2]?.['number'] as number),
      duration_seconds: 4,
      token_usage: 400,
      error_message: '=cmd, "quoted"\nand more',
      began_at: new Date(array[2]?.['began_at'] as string),
    });
    expect(rows[0]).toMatchObject({ outcome: 'running', ended_at: null, duration_seconds: null });
    await run('executions', id, '--outcome', 'timeout', '-o', 'none.parquet');
    const none = await parquetReadObjects({ file: await asyncBufferFromFile(join(folder, 'none.parquet')) });
    expect(none).toEqual([]);
    await run('executions', id, '-o', 'out.csv');
    expect(readFileSync(join(folder, 'out.csv'), 'utf8').startsWith('execution_id,number,unit')).toBe(true);
    expect(readdirSync(folder).filter((name) => name.includes('unfinished'))).toEqual([]);
  });

  it('refuse what cannot be written, and show a table', async () => {
    const table = await run('executions', id, '--limit', '2');
    expect(table.stdout).toMatch(/^ *number +execution +unit +variant +outcome/);
    expect(table.stderr).toMatch(/older ones: --after \d+/);
    for (const [args, message] of [
      [['--format', 'parquet'], /parquet needs a file/],
      [['-o', 'x.txt'], /x\.txt does not say its format/],
      [['-o', '/nowhere/x.csv'], /\/nowhere\/x\.csv cannot be written \(ENOENT\)/],
      [['--limit', '-1'], /it must be a whole number/],
      [['--outcome', 'lost'], /Allowed choices are success/],
    ] as const) {
      const refused = await run('executions', id, ...args);
      expect(refused).toMatchObject({ code: 2, stdout: '' });
      expect(refused.stderr).toMatch(message);
    }
  });
});

describe('metrics', () => {
  it('are the aggregates of ended executions, failures included', async () => {
    const control = await getVariantMetrics(victor, id, 'control');
    expect(control).toMatchObject({
      sampleCount: 4,
      executionTimeMean: 2.5,
      executionTimeMedian: 2.5,
      totalTokensMean: 250,
      totalTokensMedian: 250,
      totalTokensSum: 1000,
      toolCallsMean: 2,
      toolErrorsTotal: null,
      toolErrorRate: null,
      successCount: 3,
      successRate: 0.75,
      totalCost: 2,
      costPerExecutionMean: 0.5,
      customMetricsAggregated: { words: { mean: 2.5, median: 2.5, sum: 10, count: 4 } },
    });
    expect(control.executionTimeStd).toBeCloseTo(1.2909944487, 9);
    expect(control.executionTimeP95).toBeCloseTo(3.85, 9);
    // scipy.stats.t.interval(0.95, 3, 2.5, sem([1, 2, 3, 4])); statsmodels proportion_confint(3, 4, method="wilson")
    expect(control.executionTimeCi?.[0]).toBeCloseTo(0.4457397432, 7);
    expect(control.executionTimeCi?.[1]).toBeCloseTo(4.5542602568, 7);
    expect(control.successRateCi?.[0]).toBeCloseTo(0.3006418423, 7);
    expect(control.successRateCi?.[1]).toBeCloseTo(0.9544127391, 7);
  });

  it('say null where there is not enough data', async () => {
    const [, fast] = await getVariantMetrics(victor, id);
    expect(fast).toMatchObject({
      sampleCount: 1,
      executionTimeMean: 2,
      executionTimeStd: null,
      executionTimeCi: null,
    });
    const [none] = await getVariantMetrics(victor, await seedDraft(pool));
    expect(none).toMatchObject({ sampleCount: 0, successRate: null, successRateCi: null, totalTokensSum: 0 });
    await expect(getVariantMetrics(victor, id, 'none')).rejects.toThrow(/it has control, fast/);
  });

  it('have the names of the document on the command line', async () => {
    const { stdout } = await run('metrics', id, '--variant', 'control', '--json');
    const names =
      `variant_id sample_count execution_time_mean execution_time_median execution_time_std execution_time_p95
      execution_time_ci total_tokens_mean total_tokens_median total_tokens_sum tool_calls_mean tool_errors_total
      tool_error_rate success_count success_rate success_rate_ci total_cost cost_per_execution_mean
      custom_metrics_aggregated`.split(/\s+/);
    expect(Object.keys(JSON.parse(stdout) as object)).toEqual(names);
    expect((await run('metrics', id)).stdout).toMatch(/execution time, mean +2\.5 s +2 s/);
  });
});

it('an execution that is excluded by hand says so, and is left out of the metrics, until it is taken back', async () => {
  const other = await seedExperiment(pool);
  for (const unit of ['a', 'b']) {
    await begin(pool, other, unit);
    await record(pool, other, unit);
  }
  const counted = async () => (await getVariantMetrics(victor, other, 'control')).sampleCount;
  const refused = await run('executions', other, '--exclude', 'a');
  expect(refused).toMatchObject({ code: 2, stdout: '' });
  const out = await run('executions', other, '--exclude', 'a', '--reason', 'an outage', '--json');
  expect(JSON.parse(out.stdout)).toEqual({ execution_id: 'a', excluded: true, changed: true });
  const rows = await getExecutions(victor, other);
  expect(rows.map((row) => [row.executionId, row.excluded, row.exclusionReason])).toEqual([
    ['b', false, null],
    ['a', true, 'an outage'],
  ]);
  expect(await counted()).toBe(1);
  const back = await run('executions', other, '--include', 'a', '--reason', 'it was none');
  expect(back.stdout).toBe('a is part of the looks to come\n');
  expect(await counted()).toBe(2);
});

describe('events', () => {
  it('are read from the first one or after a number, also on the command line', async () => {
    const lines = (await run('events', id, '--json')).stdout.trimEnd().split('\n');
    const events = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events.map(({ number, type }) => [number, type])).toEqual([
      [1, 'created'],
      [2, 'transition'],
    ]);
    expect(Object.keys(events[1] ?? {})).toEqual(['number', 'at', 'type', 'actor', 'reason', 'data']);
    expect(events[1]).toMatchObject({ actor: 'tests', at: expect.stringMatching(/^\d{4}-.*T.*\.\d{3}Z$/) });
    expect((await run('events', id, '--after', '1')).stdout).toMatch(/^ +2 {2}.* UTC {2}transition/);
    expect((await run('events', 'none')).code).toBe(3);
  });

  it('are followed across disconnects, each at least once, until the experiment is archived', async () => {
    const proxy = await startProxy(database.url);
    const watcher = openAt(proxy.url);
    try {
      const watched = await seedDraft(pool);
      const seen: number[] = [];
      const actions: unknown[] = [];
      const reading = (async () => {
        for await (const event of watchExperiment(watcher, watched, { everyMs: 20 })) {
          seen.push(event.number);
          if (event.type === 'transition') actions.push(event.data['action']);
        }
      })();
      await eventually('the first event', () => (seen.length > 0 ? true : null));
      for (const action of ['start', 'pause', 'resume', 'stop', 'archive'] as const) {
        proxy.cut();
        await move(pool, watched, action);
        proxy.mend();
      }
      await reading;
      expect(seen).toEqual(seen.map((_, index) => index + 1));
      expect(actions).toEqual(['start', 'pause', 'resume', 'stop', 'archive']);
    } finally {
      await watcher.close();
      proxy.close();
    }
  });

  it('end with the signal, with the analysis when asked, and give up on a database that stays away', async () => {
    const stop = new AbortController();
    const first = watchExperiment(victor, id, { signal: stop.signal, after: 1 });
    expect((await first.next()).value).toMatchObject({ number: 2 });
    stop.abort(new Error('enough'));
    await expect(first.next()).rejects.toThrow();
    const archived = await seedDraft(pool);
    await move(pool, archived, 'archive');
    const all = watchExperiment(victor, archived, { until: 'analyzed' });
    expect([await all.next(), await all.next(), await all.next()].map(({ done }) => done)).toEqual([
      false,
      false,
      true,
    ]);
    const proxy = await startProxy(database.url);
    const watcher = openAt(proxy.url);
    const lost = watchExperiment(watcher, id, { after: 1, patienceMs: 100, everyMs: 10 });
    await lost.next();
    proxy.close();
    await expect(lost.next()).rejects.toMatchObject({ kind: 'Unavailable' });
    await watcher.close();
  });
});
