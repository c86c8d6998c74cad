import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { waitForWorkers } from '../../src/cli/workers-ready.ts';
import type { StackHandle } from '../../src/local/stack-types.ts';
import { createExperiment } from '../../src/operations/create.ts';
import { startExperiment } from '../../src/operations/transition.ts';
import { openVictor } from '../../src/operations/victor.ts';
import type { Victor } from '../../src/operations/victor.ts';
import { waitForResults } from '../../src/operations/wait.ts';
import { tally, twoVariants } from '../support/experiments.ts';
import { startTestStack } from '../support/stack.ts';
import { HANDLERS, MAIN, eventually } from '../support/workers.ts';

/** These tests kill servers: only their own, whatever the environment names. */
const { DATABASE_URL: _url, TEMPORAL_ADDRESS: _address, ...env } = process.env;
const worker = (...args: readonly string[]): string[] => [process.execPath, MAIN, 'worker', ...args];
const N = 80;

let stack: StackHandle;
let victor: Victor;

beforeAll(async () => {
  stack = await startTestStack({
    env: { ...env, VICTOR_LOG_LEVEL: 'fatal' },
    persistentTemporal: true,
    prepare: [process.execPath, MAIN, 'migrate', '--quiet'],
    processes: [
      { name: 'control', argv: worker('--control') },
      { name: 'data', argv: worker('--data', '--config', HANDLERS) },
    ],
  });
  await waitForWorkers(stack.addresses, env, 'victor', AbortSignal.timeout(40_000));
  victor = openVictor({ ...stack.addresses, env });
});
afterAll(async () => {
  await victor.close();
  await stack.stop();
});

function kill(name: string): void {
  const pid = stack.pids().find((one) => one.name === name)?.pid;
  if (pid === undefined) throw new Error(`${name} does not run`);
  process.kill(pid, 'SIGKILL');
}

async function runningIds(experimentId: string): Promise<readonly string[]> {
  const { rows } = await victor.pool.query<{ execution_id: string }>(
    `select execution_id from victor.executions where experiment_id = $1 and outcome = 'running'`,
    [experimentId],
  );
  return rows.map((row) => row.execution_id);
}

it('loses nothing and doubles nothing when worker, server and Postgres are killed in turn', {
  timeout: 240_000,
}, async () => {
  const items = Array.from({ length: N }, (_, i) => ({ user_id: `u${i}`, ms: 300 }));
  const config = twoVariants('Killed', ['wait', 'metered', 'sometimes'], {
    inputs: { items },
    concurrency: 6,
    min_sample_size: N,
  });
  const { status } = await createExperiment(victor, { from: { config }, experimentId: 'killed' });
  await startExperiment(victor, status.experimentId);

  const begun = async (n: number) =>
    eventually(
      `${n} begun`,
      async () => ((await tally(victor.pool, 'killed')).executions >= n ? true : null),
      60_000,
    );
  await begun(10);

  // what ran in the killed worker is done again, elsewhere or later, within 15 s
  const lost = await runningIds('killed');
  expect(lost.length).toBeGreaterThan(0);
  kill('data');
  const killedAt = Date.now();
  await eventually(
    'the lost activities recover',
    async () => {
      const still = await runningIds('killed');
      return lost.some((id) => still.includes(id)) ? null : true;
    },
    15_000,
  );
  console.log(
    `activities lost with a worker recovered after ${((Date.now() - killedAt) / 1000).toFixed(1)} s`,
  );

  for (const name of ['temporal', 'postgres', 'control']) {
    kill(name);
    await sleep(4000);
  }
  const results = await waitForResults(victor, 'killed');
  expect(results).toMatchObject({ status: 'analyzed', look: 1 });
  expect(await tally(victor.pool, 'killed')).toEqual({
    executions: N,
    distinct: N,
    outcomes: N,
    successes: N,
  });
  const { rows } = await victor.pool.query(
    `select count(*) as n from victor_data.metric_values where experiment_id = 'killed' and name = 'token_usage' and value = 120`,
  );
  expect(rows).toEqual([{ n: N }]);
  expect(results.totalSamples).toBe(N);
});
