import { mkdtempSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  pauseExperiment,
  resumeExperiment,
  startExperiment,
  stopExperiment,
} from '../../src/operations/transition.ts';
import { getExperimentStatus } from '../../src/operations/read.ts';
import { eventually, startPlanes } from '../support/workers.ts';
import type { TestPlanes } from '../support/workers.ts';
import {
  becomes,
  clientOf,
  draft,
  ended,
  executions,
  items,
  pair,
  positions,
  rows,
  running,
} from './experiments.ts';
import type { Execution } from './experiments.ts';

let planes: TestPlanes;
beforeAll(async () => {
  planes = await startPlanes();
});
afterAll(() => planes.stop());

const ids = (found: readonly Execution[]): readonly string[] =>
  found.map(({ execution_id }) => execution_id).toSorted();

/** Each position once, each of its own unit, each ended. */
async function expectAllOnce(id: string, count: number): Promise<readonly Execution[]> {
  const found = await executions(planes, id);
  expect(ids(found)).toEqual(positions(count));
  expect(new Set(found.map(({ unit }) => unit)).size).toBe(count);
  expect(found.filter(({ outcome }) => outcome === 'running')).toEqual([]);
  const outcomes = await rows(
    planes,
    'select execution_id from victor_data.outcomes where experiment_id = $1 order by execution_id',
    [id],
  );
  expect(outcomes).toEqual(positions(count).map((execution_id) => ({ execution_id })));
  return found;
}

async function largestAtOnce(id: string): Promise<number> {
  const [row] = await rows<{ most: number }>(
    planes,
    `select max((select count(*) from victor.executions b where b.experiment_id = $1
       and b.began_at <= a.began_at and b.ended_at > a.began_at)) as most
     from victor.executions a where a.experiment_id = $1`,
    [id],
  );
  return row?.most ?? 0;
}

describe('a dataset', () => {
  it('runs each input once, as the unit that it names, with the input as its state', async () => {
    const id = await running(planes, { inputs: { items: items(40) }, concurrency: 10 });
    await becomes(planes, id, 'analyzed', 40_000);
    const found = await expectAllOnce(id, 40);
    for (const { execution_id, unit, outcome, output } of found) {
      const n = Number(execution_id);
      expect([unit, outcome, output?.['echoed']]).toEqual([`u${n}`, 'success', { n, user_id: `u${n}` }]);
    }
    expect(await getExperimentStatus(planes.victor, id)).toMatchObject({
      status: 'analyzed',
      completedBecause: 'dataset_end',
      executions: { started: 40, success: 40, running: 0 },
    });
  });

  it('runs inputs that are no objects, and those that name no unit, as units of their own', async () => {
    const id = await running(planes, { inputs: { items: ['a', 7, null, [1], { n: 1 }] } });
    await becomes(planes, id, 'analyzed');
    const found = await expectAllOnce(id, 5);
    const states = found.toSorted((a, b) => a.execution_id.localeCompare(b.execution_id));
    expect(states.map(({ unit, output }) => [unit, output?.['echoed']])).toEqual([
      ['000001', { input: 'a' }],
      ['000002', { input: 7 }],
      ['000003', { input: null }],
      ['000004', { input: [1] }],
      ['000005', { n: 1 }],
    ]);
  });

  it('begins nothing after a pause has returned, and after the resume all the rest', async () => {
    const id = await running(planes, {
      variants: pair(['wait']),
      inputs: { items: items(14, { ms: 500 }) },
      concurrency: 4,
    });
    await ended(planes, id, 4);
    expect(await pauseExperiment(planes.victor, id)).toMatchObject({ status: 'paused' });
    const begun = (await executions(planes, id)).length;
    expect(begun).toBeLessThan(14);
    await sleep(1500);
    const whilePaused = await executions(planes, id);
    expect(whilePaused.length).toBe(begun);
    expect(whilePaused.filter(({ outcome }) => outcome === 'running')).toEqual([]);
    await resumeExperiment(planes.victor, id);
    await becomes(planes, id, 'analyzed');
    const found = await expectAllOnce(id, 14);
    expect(found.every(({ outcome }) => outcome === 'success')).toBe(true);
  });

  it('goes on at once, however often it is paused and resumed', async () => {
    // of all lengths, so that a pause meets executions that begin, run and end
    const inputs = items(36).map((item, index) => ({ ...item, ms: (index * 53) % 200 }));
    const id = await running(planes, {
      variants: pair(['wait']),
      inputs: { items: inputs },
      concurrency: 6,
    });
    for (let round = 0; round < 8; round += 1) {
      await pauseExperiment(planes.victor, id);
      await sleep(round * 30);
      await resumeExperiment(planes.victor, id);
    }
    // none is forgotten, and none waits for the half-minute poll
    await becomes(planes, id, 'analyzed', 25_000);
    await expectAllOnce(id, 36);
  });

  it('ends with a stop: what runs is recorded, the rest is never begun', async () => {
    const id = await running(planes, {
      variants: pair(['wait']),
      inputs: { items: items(40, { ms: 200 }) },
      concurrency: 4,
    });
    await ended(planes, id, 4);
    expect(await stopExperiment(planes.victor, id)).toMatchObject({ completedBecause: 'manual' });
    const begun = ids(await executions(planes, id));
    await becomes(planes, id, 'analyzed');
    const found = await executions(planes, id);
    expect(ids(found)).toEqual(begun);
    expect(begun.length).toBeLessThan(40);
    expect(found.every(({ outcome }) => outcome === 'success')).toBe(true);
    const dataset = (await clientOf(planes)).workflow.getHandle(`dataset/${id}`);
    await eventually('the dataset ends', async () =>
      (await dataset.describe()).status.name === 'COMPLETED' ? true : null,
    );
    expect((await executions(planes, id)).length).toBe(begun.length);
  });

  it('records failures of inputs as outcomes and goes on', async () => {
    const inputs = items(12).map((item, index) => ({ ...item, fail: index % 3 === 0 }));
    const nodes = { nodes: [{ id: 'sometimes', retry: { max_attempts: 1 } }], entry_point: 'sometimes' };
    const id = await running(planes, { variants: pair(nodes), inputs: { items: inputs }, concurrency: 3 });
    await becomes(planes, id, 'analyzed');
    const found = await expectAllOnce(id, 12);
    const failed = found.filter(({ outcome }) => outcome === 'failure');
    expect(ids(failed)).toEqual(['000001', '000004', '000007', '000010']);
    for (const { error } of failed)
      expect(error).toMatchObject({ message: 'this input fails', node: 'sometimes' });
    expect(await getExperimentStatus(planes.victor, id)).toMatchObject({
      executions: { started: 12, success: 8, failure: 4 },
    });
  });

  it('never runs more at once than its concurrency, and that many when it can', async () => {
    const id = await running(planes, {
      variants: pair(['wait']),
      inputs: { items: items(25, { ms: 500 }) },
      concurrency: 5,
    });
    let sampled = 0;
    const sampling = (async () => {
      for (let status = 'running'; status === 'running'; await sleep(20)) {
        const now = await getExperimentStatus(planes.victor, id);
        sampled = Math.max(sampled, now.executions.running);
        ({ status } = now);
      }
    })();
    await becomes(planes, id, 'analyzed');
    await sampling;
    await expectAllOnce(id, 25);
    expect(sampled).toBeLessThanOrEqual(5);
    expect(await largestAtOnce(id)).toBe(5);
  });

  it('stops at max_iterations at once, without asking again and again', async () => {
    const id = await running(planes, {
      inputs: { items: items(30) },
      concurrency: 4,
      max_iterations: 10,
      decision: { check_interval: '1m' },
    });
    await becomes(planes, id, 'analyzed', 25_000);
    expect((await executions(planes, id)).length).toBe(10);
    expect(await getExperimentStatus(planes.victor, id)).toMatchObject({
      completedBecause: 'max_iterations',
    });
    const dataset = (await clientOf(planes)).workflow.getHandle(`dataset/${id}`);
    await eventually('the dataset ends', async () =>
      (await dataset.describe()).status.name === 'COMPLETED' ? true : null,
    );
    const { events } = await dataset.fetchHistory();
    const started = events?.filter((event) => event.startChildWorkflowExecutionInitiatedEventAttributes);
    expect(started?.length).toBeLessThanOrEqual(10 + 2 * 4);
  });

  it('with two data workers runs each input once, on both of them', async () => {
    const workers = [planes.processes.data[0]?.pid, planes.start('data').pid];
    const { workflowService, options } = await clientOf(planes);
    await eventually('both ask for work', async () => {
      const { pollers } = await workflowService.describeTaskQueue({
        namespace: options.namespace,
        taskQueue: { name: `${planes.prefix}-executions` },
        taskQueueType: 2,
      });
      const asks = (pid: number | undefined): boolean =>
        (pollers ?? []).some(({ identity }) => identity?.startsWith(`${pid}@`));
      return workers.every(asks) ? true : null;
    });
    const id = await running(planes, {
      variants: pair(['wait', 'worker']),
      inputs: { items: items(40, { ms: 50 }) },
      concurrency: 12,
    });
    await becomes(planes, id, 'analyzed', 40_000);
    const found = await expectAllOnce(id, 40);
    expect(found.every(({ outcome }) => outcome === 'success')).toBe(true);
    expect(new Set(found.map(({ output }) => output?.['worker']))).toEqual(new Set(workers));
  });
});

describe('a dataset of files', () => {
  it('fails inputs above 256 KB that have changed or gone since create, and no others', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'victor-dataset-'));
    try {
      const large = 'x'.repeat(300 * 1024);
      const contents = {
        'changed-large.txt': large,
        'changed-small.txt': 'small',
        'gone-large.txt': `${large}gone`,
        'gone-small.txt': 'smaller',
        'kept-large.txt': `${large}kept`,
        'kept-small.txt': 'smallest',
      };
      for (const [name, text] of Object.entries(contents)) writeFileSync(join(folder, name), text);
      const keys = {
        variants: pair(['content_length']),
        unit: 'path',
        inputs: { glob: '*.txt' },
        concurrency: 1,
      };
      const id = await draft(planes, keys, folder);
      for (const name of ['changed-large.txt', 'changed-small.txt']) writeFileSync(join(folder, name), 'new');
      for (const name of ['gone-large.txt', 'gone-small.txt']) unlinkSync(join(folder, name));
      await startExperiment(planes.victor, id);
      await becomes(planes, id, 'analyzed');
      const found = (await expectAllOnce(id, 6)).toSorted((a, b) =>
        a.execution_id.localeCompare(b.execution_id),
      );
      expect(
        found.map(({ unit, outcome, error, output }) => [unit, outcome, error?.type ?? output?.['length']]),
      ).toEqual([
        ['changed-large.txt', 'failure', 'InputChanged'],
        ['changed-small.txt', 'success', 5],
        ['gone-large.txt', 'failure', 'InputChanged'],
        ['gone-small.txt', 'success', 7],
        ['kept-large.txt', 'success', large.length + 4],
        ['kept-small.txt', 'success', 8],
      ]);
      expect(found[0]?.error).toMatchObject({ message: expect.stringContaining('has changed since create') });
      expect(found[2]?.error).toMatchObject({ message: expect.stringContaining('cannot be read') });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
