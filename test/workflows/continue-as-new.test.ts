import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate } from '../../src/db/migrate.ts';
import { createPool } from '../../src/db/pool.ts';
import type { StackHandle } from '../../src/local/stack-types.ts';
import { getExperimentStatus } from '../../src/operations/read.ts';
import { pauseExperiment, resumeExperiment } from '../../src/operations/transition.ts';
import { startTestStack } from '../support/stack.ts';
import { startPlanes } from '../support/workers.ts';
import type { TestPlanes } from '../support/workers.ts';
import { becomes, clientOf, events, executions, items, pair, positions, running } from './experiments.ts';
import { runsOf } from './runs.ts';

/** A run this long is asked to continue as new: a few moves, a page of a dataset. */
const SUGGESTED_AT = 60;

let stack: StackHandle;
let planes: TestPlanes;
beforeAll(async () => {
  // the shared server cannot be told so
  const { DATABASE_URL: _url, TEMPORAL_ADDRESS: _address, ...env } = process.env;
  stack = await startTestStack({
    env,
    dynamicConfig: { 'limit.historyCount.suggestContinueAsNew': SUGGESTED_AT },
  });
  const { addresses } = stack;
  const pool = createPool(addresses.databaseUrl, { plane: 'control', max: 1 });
  await migrate(pool);
  await pool.end();
  planes = await startPlanes({ addresses, databaseUrl: addresses.databaseUrl });
});
afterAll(async () => {
  await planes.stop();
  await stack.stop();
});

const handleOf = async (id: string): Promise<WorkflowHandle> =>
  (await clientOf(planes)).workflow.getHandle(`experiment/${id}`);

describe('an experiment that continues as new again and again', () => {
  it('loses no move, whether signal or update, and repeats none', async () => {
    const id = await running(planes, { decision: { check_interval: '100ms' } });
    const handle = await handleOf(id);
    const sent: string[] = [];
    for (let round = 0; round < 12; round += 1) {
      const [pause, resume] = [`pause ${round}`, `resume ${round}`];
      sent.push(pause, resume);
      if (round % 3 === 0) {
        await handle.signal('pause', { reason: pause });
        await handle.signal('resume', { reason: resume });
      } else {
        await pauseExperiment(planes.victor, id, { reason: pause, requestId: pause });
        if (round % 3 === 2) await sleep(100);
        await resumeExperiment(planes.victor, id, { reason: resume, requestId: resume });
      }
    }
    // a request of an earlier run
    expect(await pauseExperiment(planes.victor, id, { requestId: 'pause 1' })).toMatchObject({
      status: 'running',
    });
    await pauseExperiment(planes.victor, id, { reason: 'the end' });
    sent.push('the end');
    // by now no check is on its way: the workflow alone decides
    await sleep(1000);
    expect(await pauseExperiment(planes.victor, id, { requestId: 'pause 2' })).toMatchObject({
      status: 'paused',
    });
    const moves = (await events(planes, id)).slice(2);
    expect(moves.map(({ type, reason }) => `${type}: ${reason}`)).toEqual(
      sent.map((text) => `transition: ${text}`),
    );
    const runs = await runsOf(await clientOf(planes), `experiment/${id}`);
    expect(runs.length).toBeGreaterThan(3);
    expect(Math.max(...runs.map((run) => run.events))).toBeLessThan(3 * SUGGESTED_AT);
    expect(await handle.query('status')).toMatchObject({ status: 'paused' });
    // a summary ends with the first run, so the Web UI has the name elsewhere
    const { name } = await getExperimentStatus(planes.victor, id);
    expect((await handle.describe()).memo).toEqual({ name });
    expect(JSON.stringify(await handle.query('__temporal_workflow_metadata'))).toContain(`**${name}**`);
  });

  it('loses no signal of a burst, and no update that comes with it', async () => {
    const id = await running(planes, { decision: { check_interval: '100ms' } });
    const handle = await handleOf(id);
    const names = Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? 'pause' : 'resume'));
    const updates: Promise<unknown>[] = [];
    for (const [index, name] of names.entries()) {
      await handle.signal(name, { actor: 'burst', reason: `${index}` });
      // illegal in every state: answered at once by whichever run it meets
      if (index % 8 === 0) {
        const start = handle.executeUpdate('transition', { args: [{ action: 'start' }] });
        updates.push(
          start.then(
            () => 'accepted',
            (error: Error) => (error.cause as Error).message,
          ),
        );
      }
    }
    for (const answer of await Promise.all(updates))
      expect(answer).toMatch(/^cannot start an experiment that is/);
    expect(await handle.executeUpdate('transition', { args: [{ action: 'pause' }] })).toMatchObject({
      status: 'paused',
    });
    const trail = (await events(planes, id)).filter(({ actor }) => actor === 'burst');
    expect(trail.map(({ type, reason, data }) => [type, reason, data['action']])).toEqual(
      names.map((name, index) => ['transition', `${index}`, name]),
    );
    expect((await runsOf(await clientOf(planes), `experiment/${id}`)).length).toBeGreaterThan(1);
  });

  it('continues while it is paused, too', async () => {
    const id = await running(planes);
    await pauseExperiment(planes.victor, id);
    const handle = await handleOf(id);
    for (let index = 0; index < 20; index += 1) await handle.signal('start', { reason: `${index}` });
    const asked = Array.from({ length: 8 }, async (_, index) =>
      pauseExperiment(planes.victor, id, { requestId: `${id} ${index}` }).catch(
        (error: Error) => error.message,
      ),
    );
    for (const answer of await Promise.all(asked)) expect(answer).toMatch(/that is paused; legal moves/);
    expect(await resumeExperiment(planes.victor, id)).toMatchObject({ status: 'running' });
    const ignored = (await events(planes, id)).filter(({ type }) => type === 'signal_ignored');
    expect(ignored.map(({ reason }) => reason)).toEqual(Array.from({ length: 20 }, (_, index) => `${index}`));
    expect((await runsOf(await clientOf(planes), `experiment/${id}`)).length).toBeGreaterThan(1);
  });
});

describe('a dataset that continues as new with its experiment', () => {
  it('runs each input once, while it is paused and resumed', async () => {
    const id = await running(planes, {
      variants: pair(['wait']),
      inputs: { items: items(45, { ms: 60 }) },
      concurrency: 5,
      decision: { check_interval: '100ms' },
    });
    for (let round = 0; round < 5; round += 1) {
      await sleep(500);
      await pauseExperiment(planes.victor, id);
      await sleep(round * 60);
      await resumeExperiment(planes.victor, id);
    }
    await becomes(planes, id, 'analyzed', 40_000);
    const found = await executions(planes, id);
    expect(found.map(({ execution_id }) => execution_id).toSorted()).toEqual(positions(45));
    expect(found.every(({ outcome }) => outcome === 'success')).toBe(true);
    const client = await clientOf(planes);
    const { raw, runId } = await client.workflow.getHandle(`dataset/${id}`).describe();
    expect(runId).not.toBe(raw.workflowExecutionInfo?.firstRunId);
    expect((await runsOf(client, `dataset/${id}`)).length).toBeGreaterThan(2);
    expect((await runsOf(client, `experiment/${id}`)).length).toBeGreaterThan(2);
  });

  it('continues while it is paused, too', async () => {
    const inputs = { items: items(6, { ms: 100 }) };
    const id = await running(planes, { variants: pair(['wait']), inputs, concurrency: 1 });
    await pauseExperiment(planes.victor, id);
    const client = await clientOf(planes);
    const dataset = client.workflow.getHandle(`dataset/${id}`);
    const first = (await dataset.describe()).runId;
    // each makes it look again, as its poll does every half minute
    for (let index = 0; index < 40 && (await dataset.describe()).runId === first; index += 1) {
      await dataset.signal('dataset_control', 'running');
      await sleep(150);
    }
    expect((await dataset.describe()).runId).not.toBe(first);
    await resumeExperiment(planes.victor, id);
    await becomes(planes, id, 'analyzed');
    const found = await executions(planes, id);
    expect(found.map(({ execution_id }) => execution_id).toSorted()).toEqual(positions(6));
  });
});
