import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { archiveExperiment, pauseExperiment, stopExperiment } from '../../src/operations/transition.ts';
import { eventually, startPlanes } from '../support/workers.ts';
import type { TestPlanes } from '../support/workers.ts';
import {
  becomes,
  clientOf,
  draft,
  ended,
  events,
  executions,
  items,
  pair,
  positions,
  rows,
  running,
} from './experiments.ts';
import { holdExperiment } from './held.ts';

let planes: TestPlanes;
beforeAll(async () => {
  planes = await startPlanes();
});
afterAll(() => planes.stop());

/** A different run of the workflow is open. */
async function terminate(workflowId: string): Promise<string> {
  const handle = (await clientOf(planes)).workflow.getHandle(workflowId);
  const { runId } = await handle.describe();
  await handle.terminate('by hand');
  return runId;
}

async function openRun(workflowId: string): Promise<string | null> {
  const found = await (await clientOf(planes)).workflow.getHandle(workflowId).describe();
  return found.status.name === 'RUNNING' ? found.runId : null;
}

const revivals = async (id: string) => (await events(planes, id)).filter(({ type }) => type === 'revived');

/** The reconciler leaves experiments alone that were created a moment ago. */
const age = (id: string): Promise<unknown[]> =>
  rows(
    planes,
    `update victor_data.experiments set created_at = created_at - interval '1 minute' where experiment_id = $1`,
    [id],
  );

async function reconcileNow(): Promise<{ readonly result: () => Promise<unknown> }> {
  return (await clientOf(planes)).workflow.start('reconcile', {
    workflowId: `reconcile-now/${randomUUID()}`,
    taskQueue: `${planes.prefix}-control`,
    args: [],
  });
}

async function expectAllOnce(id: string, count: number): Promise<void> {
  const found = await executions(planes, id);
  expect(found.map(({ execution_id }) => execution_id).toSorted()).toEqual(positions(count));
  expect(found.map(({ outcome }) => outcome)).toEqual(Array(count).fill('success'));
}

describe('an experiment whose workflow was terminated', () => {
  it('comes back with the next transition, which is then made', async () => {
    const id = await running(planes);
    const before = await terminate(`experiment/${id}`);
    expect(await pauseExperiment(planes.victor, id, { actor: 'anna', reason: 'lunch' })).toMatchObject({
      status: 'paused',
    });
    expect(await openRun(`experiment/${id}`)).not.toBe(before);
    const trail = (await events(planes, id)).slice(-2);
    expect(trail).toMatchObject([
      { type: 'revived', actor: 'anna', reason: 'its workflow was closed' },
      { type: 'transition', actor: 'anna', reason: 'lunch', data: { action: 'pause', to: 'paused' } },
    ]);
  });

  it('comes back once when several ask at once', async () => {
    const id = await running(planes);
    await terminate(`experiment/${id}`);
    const answers = await Promise.allSettled(
      Array.from({ length: 8 }, (_, index) =>
        (index % 2 === 0 ? pauseExperiment : stopExperiment)(planes.victor, id),
      ),
    );
    expect(answers.some(({ status }) => status === 'fulfilled')).toBe(true);
    expect((await revivals(id)).length).toBe(1);
  });

  it('comes back by itself, and goes on where it was', async () => {
    const id = await running(planes, {
      variants: pair(['wait']),
      inputs: { items: items(10, { ms: 200 }) },
      concurrency: 1,
      decision: { check_interval: '200ms' },
    });
    await age(id);
    const before = await terminate(`experiment/${id}`);
    await eventually('it is open again', async () => openRun(`experiment/${id}`), 40_000);
    expect(await openRun(`experiment/${id}`)).not.toBe(before);
    await becomes(planes, id, 'analyzed');
    await expectAllOnce(id, 10);
    expect(await revivals(id)).toMatchObject([{ actor: 'victor', reason: 'its workflow was terminated' }]);
  });

  it('is left alone by a client of another Temporal', async () => {
    const id = await draft(planes);
    await terminate(`experiment/${id}`);
    const move = `update victor_data.experiments set temporal_cluster_id = 'elsewhere' where experiment_id = $1`;
    await rows(planes, move, [id]);
    await expect(archiveExperiment(planes.victor, id)).rejects.toMatchObject({
      kind: 'Conflict',
      message: expect.stringContaining('lives in another Temporal'),
    });
    await (await reconcileNow()).result();
    expect(await openRun(`experiment/${id}`)).toBeNull();
    expect(await revivals(id)).toEqual([]);
  });
});

describe('the reconciler', () => {
  it('leaves alone what is archived while it looks at another', async () => {
    const [first, second] = [await draft(planes), await draft(planes)];
    await age(first);
    await age(second);
    await terminate(`experiment/${first}`);
    // it has read its list, and waits to note the first one
    const held = await holdExperiment(planes, first);
    const reconciler = await reconcileNow();
    await held.waiting(1);
    await archiveExperiment(planes.victor, second);
    await held.release();
    await reconciler.result();
    expect((await revivals(first)).length).toBe(1);
    expect(await openRun(`experiment/${second}`)).toBeNull();
    expect(await revivals(second)).toEqual([]);
  });
});

describe('a dataset whose workflow was terminated', () => {
  it('starts again and finishes every input once', async () => {
    const id = await running(planes, {
      variants: pair(['wait']),
      inputs: { items: items(24, { ms: 150 }) },
      concurrency: 4,
      decision: { check_interval: '200ms' },
    });
    await ended(planes, id, 5);
    const first = await terminate(`dataset/${id}`);
    await ended(planes, id, 12);
    expect(await terminate(`dataset/${id}`)).not.toBe(first);
    await becomes(planes, id, 'analyzed', 30_000);
    await expectAllOnce(id, 24);
  });

  it('finishes also those inputs whose execution had not begun', async () => {
    const [worker] = planes.processes.data;
    worker?.kill('SIGKILL');
    if (worker?.exitCode === null && worker.signalCode === null) await once(worker, 'exit');
    try {
      const id = await running(planes, {
        inputs: { items: items(6) },
        decision: { check_interval: '200ms' },
      });
      const client = await clientOf(planes);
      const last = client.workflow.getHandle(`execution/${id}/000006`);
      await eventually('all are started', () =>
        last.describe().then(
          () => true as const,
          () => null,
        ),
      );
      const before = await terminate(`dataset/${id}`);
      await eventually('it has started again', async () => {
        const run = await openRun(`dataset/${id}`);
        return run === null || run === before ? null : run;
      });
      await sleep(1500);
      expect((await executions(planes, id)).length).toBe(0);
      planes.start('data');
      await becomes(planes, id, 'analyzed', 30_000);
      await expectAllOnce(id, 6);
    } finally {
      if (planes.processes.data.length === 0) planes.start('data');
    }
  });
});
