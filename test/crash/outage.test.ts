import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createPool } from '../../src/db/pool.ts';
import { createExperiment } from '../../src/operations/create.ts';
import { pauseExperiment, resumeExperiment, startExperiment } from '../../src/operations/transition.ts';
import { waitForResults } from '../../src/operations/wait.ts';
import { cloneDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { tally, twoVariants } from '../support/experiments.ts';
import { startProxy } from '../support/proxy.ts';
import type { Proxy } from '../support/proxy.ts';
import { eventually, startPlanes } from '../support/workers.ts';
import type { TestPlanes } from '../support/workers.ts';

/** CI is short of time; the same holds for a minute and more. */
const OUTAGE_MS = Number(process.env['VICTOR_TEST_OUTAGE_MS'] ?? 12_000);
const N = 60;

let database: TestDatabase;
let proxy: Proxy;
let planes: TestPlanes;

beforeAll(async () => {
  database = await cloneDatabase();
  proxy = await startProxy(database.url);
  planes = await startPlanes({ databaseUrl: proxy.url });
});
afterAll(async () => {
  await planes.stop();
  proxy.close();
  await database.drop();
});

const items = (ms: number) => Array.from({ length: N }, (_, i) => ({ user_id: `u${i}`, ms }));

it('a database that goes away makes looks late and loses nothing', {
  timeout: OUTAGE_MS + 120_000,
}, async () => {
  const { victor } = planes;
  const config = twoVariants('Outage', ['wait', 'large', 'metered'], {
    inputs: { items: items(200) },
    concurrency: 4,
    min_sample_size: 20,
    decision: { rule: 'group_sequential', looks: { count: 4 }, check_interval: '1s' },
  });
  const { experimentId } = (await createExperiment(victor, { from: { config }, experimentId: 'outage' }))
    .status;
  await startExperiment(victor, experimentId);
  const direct = createPool(database.url, { plane: 'client', max: 1 });
  await eventually('12 begun', async () =>
    (await tally(direct, experimentId)).executions >= 12 ? true : null,
  );
  proxy.cut();
  const during = await tally(direct, experimentId);
  await sleep(OUTAGE_MS);
  expect((await tally(direct, experimentId)).executions).toBe(during.executions);
  proxy.mend();

  const results = await waitForResults(victor, experimentId);
  const rows = await tally(direct, experimentId);
  await direct.end();
  expect(rows).toMatchObject({
    executions: rows.distinct,
    outcomes: rows.executions,
    successes: rows.executions,
  });
  expect(rows.executions).toBeGreaterThanOrEqual(results.totalSamples);
  expect(results.looks.map((look) => look.look)).toEqual(results.looks.map((_, index) => index + 1));
  const cuts = results.looks.map((look) => look.cut);
  expect(cuts).toEqual(cuts.toSorted((a, b) => a - b));
});

it('a frozen data worker cannot delay a pause, and finishes its work when it wakes', {
  timeout: 90_000,
}, async () => {
  const { victor } = planes;
  const config = twoVariants('Frozen', ['wait'], {
    inputs: { items: items(20) },
    concurrency: 8,
    min_sample_size: N,
  });
  await createExperiment(victor, { from: { config }, experimentId: 'frozen' });
  await startExperiment(victor, 'frozen');
  await eventually('some begun', async () =>
    (await tally(victor.pool, 'frozen')).executions >= 5 ? true : null,
  );
  const [worker] = planes.processes.data;
  worker?.kill('SIGSTOP');
  try {
    expect(await pauseExperiment(victor, 'frozen')).toMatchObject({ status: 'paused' });
    const before = await tally(victor.pool, 'frozen');
    await sleep(1500);
    expect((await tally(victor.pool, 'frozen')).executions).toBe(before.executions);
  } finally {
    worker?.kill('SIGCONT');
  }
  await resumeExperiment(victor, 'frozen');
  await waitForResults(victor, 'frozen');
  expect(await tally(victor.pool, 'frozen')).toEqual({
    executions: N,
    distinct: N,
    outcomes: N,
    successes: N,
  });
});
