import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowNotFoundError, WorkflowUpdateFailedError, WorkflowUpdateStage } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  archiveExperiment,
  pauseExperiment,
  resumeExperiment,
  startExperiment,
  stopExperiment,
  transitionExperiment,
} from '../../src/operations/transition.ts';
import { getExperimentResults } from '../../src/operations/read.ts';
import { applyTransition } from '../../src/db/transitions.ts';
import { ACTIONS } from '../../src/model/lifecycle.ts';
import type { Action } from '../../src/model/lifecycle.ts';
import { eventually, startPlanes } from '../support/workers.ts';
import type { TestPlanes } from '../support/workers.ts';
import type { Keys } from './experiments.ts';
import { LONG, reach } from './states.ts';
import type { Reachable } from './states.ts';
import { holdExperiment, holdSummaries } from './held.ts';
import {
  becomes,
  clientOf,
  draft,
  events,
  executions,
  items,
  pair,
  running,
  statusOf,
} from './experiments.ts';

let planes: TestPlanes;
beforeAll(async () => {
  planes = await startPlanes();
});
afterAll(() => planes.stop());

const handleOf = async (id: string): Promise<WorkflowHandle> =>
  (await clientOf(planes)).workflow.getHandle(`experiment/${id}`);

const update = async (id: string, argument: unknown): Promise<Record<string, unknown>> =>
  (await handleOf(id)).executeUpdate('transition', { args: [argument] });

/** Type and message of a refused update. */
async function refusal(request: Promise<unknown>): Promise<string> {
  try {
    await request;
    return 'accepted';
  } catch (error) {
    if (!(error instanceof WorkflowUpdateFailedError)) throw error;
    const cause = error.cause as Error & { readonly type?: string };
    return `${cause.type}: ${cause.message}`;
  }
}

const queried = async (id: string): Promise<Record<string, unknown>> =>
  (await handleOf(id)).query<Record<string, unknown>>('status');

/** Its workflow has made a check, and makes none for an hour. */
const waits = (id: string): Promise<true> =>
  eventually('it waits', async () => ((await queried(id))['next_look_at'] === null ? null : true));

async function quiet(keys: Keys = {}): Promise<string> {
  const id = await running(planes, { decision: { check_interval: '1h' }, ...keys });
  await waits(id);
  return id;
}

const TABLE: Readonly<
  Record<
    Exclude<Reachable, 'archived'>,
    { readonly to: Partial<Record<Action, string>>; readonly legal: string }
  >
> = {
  draft: { to: { start: 'running', archive: 'archived' }, legal: 'start, archive' },
  running: { to: { pause: 'paused', stop: 'completed' }, legal: 'pause, stop' },
  paused: {
    to: { resume: 'running', stop: 'completed', archive: 'archived' },
    legal: 'resume, stop, archive',
  },
  completed: { to: { analyze: 'analyzed', archive: 'archived' }, legal: 'analyze, archive' },
  analyzed: { to: { deploy: 'rolled_out', archive: 'archived' }, legal: 'deploy, archive' },
};
/** Not a move of their own: the final look comes by itself, and deploy needs a variant. test/workflows/to-the-end has them. */
const NOT_BY_REQUEST = ['analyze', 'deploy'];

describe.each(Object.keys(TABLE) as (keyof typeof TABLE)[])('an experiment that is %s', (state) => {
  const { to, legal } = TABLE[state];

  it('refuses the other moves, naming its state and the legal ones, and stays as it is', async () => {
    const id = await reach(planes, state);
    const before = await events(planes, id);
    for (const action of ACTIONS.filter((candidate) => to[candidate] === undefined)) {
      expect(await refusal(update(id, { action }))).toBe(
        `IllegalTransition: cannot ${action} an experiment that is ${state}; legal moves: ${legal}`,
      );
      await expect(transitionExperiment(planes.victor, id, action)).rejects.toMatchObject({
        kind: 'IllegalTransition',
        message: expect.stringContaining(`that is ${state}; legal moves: ${legal}`),
      });
    }
    expect([await statusOf(planes, id), await events(planes, id)]).toEqual([state, before]);
  });

  const moves = (Object.keys(to) as Action[]).filter((action) => !NOT_BY_REQUEST.includes(action));
  it.each(moves)('does %s, with actor and reason in the audit trail', async (action) => {
    const id = await reach(planes, state);
    const after = await update(id, { action, actor: 'anna', reason: `because of ${action}` });
    expect(after).toMatchObject({ experiment_id: id, status: to[action] });
    expect(
      (await events(planes, id)).filter(({ actor, type }) => actor === 'anna' && type === 'transition'),
    ).toMatchObject([
      { type: 'transition', reason: `because of ${action}`, data: { action, from: state, to: to[action] } },
    ]);
  });
});

const signal = async (id: string, name: string, ...args: unknown[]): Promise<void> =>
  (await handleOf(id)).signal(name, ...args);

/** A signal as any program may send it: `data` null has no input at all. */
async function rawSignal(id: string, signalName: string, data: string | null): Promise<void> {
  const client = await clientOf(planes);
  const payload = { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from(data ?? '') };
  await client.workflowService.signalWorkflowExecution({
    namespace: client.options.namespace,
    workflowExecution: { workflowId: `experiment/${id}` },
    signalName,
    requestId: randomUUID(),
    identity: 'test',
    ...(data === null ? {} : { input: { payloads: [payload] } }),
  });
}

async function historyTypes(id: string): Promise<readonly string[]> {
  const { events: found } = await (await handleOf(id)).fetchHistory();
  return (found ?? []).map(
    (event) =>
      Object.keys(event).find(
        (key) => key.endsWith('EventAttributes') && event[key as keyof typeof event] !== null,
      ) ?? '',
  );
}

describe('signals', () => {
  it('move it like updates do, with and without input', async () => {
    const id = await draft(planes);
    await signal(id, 'start', { actor: 'anna', reason: 'go' });
    await signal(id, 'pause');
    await signal(id, 'resume', { actor: 'bert' });
    await signal(id, 'stop', null);
    await becomes(planes, id, 'analyzed');
    await signal(id, 'archive', 'please');
    await becomes(planes, id, 'archived');
    const moves = (await events(planes, id)).filter(({ type }) => type === 'transition');
    expect(moves.map(({ actor, reason, data }) => [data['action'], actor, reason])).toEqual([
      ['start', 'anna', 'go'],
      ['pause', 'signal', null],
      ['resume', 'bert', null],
      ['stop', 'signal', null],
      ['analyze', 'victor', expect.any(String)],
      ['archive', 'signal', null],
    ]);
  });

  it('that are illegal change nothing and are in the audit trail', async () => {
    const id = await draft(planes);
    for (const name of ['pause', 'resume', 'stop']) await signal(id, name, { actor: 'eve', reason: name });
    expect(await startExperiment(planes.victor, id)).toMatchObject({ status: 'running' });
    await signal(id, 'archive');
    await signal(id, 'start', { actor: 'eve', reason: 'again' });
    expect(await pauseExperiment(planes.victor, id)).toMatchObject({ status: 'paused' });
    const trail = (await events(planes, id)).slice(1);
    expect(trail.map(({ type, actor, reason, data }) => [type, data['action'], actor, reason])).toEqual([
      ['signal_ignored', 'pause', 'eve', 'pause'],
      ['signal_ignored', 'resume', 'eve', 'resume'],
      ['signal_ignored', 'stop', 'eve', 'stop'],
      ['transition', 'start', expect.any(String), null],
      ['signal_ignored', 'archive', 'signal', null],
      ['signal_ignored', 'start', 'eve', 'again'],
      ['transition', 'pause', expect.any(String), null],
    ]);
  });

  it('that arrive before its first task are taken in their order', async () => {
    const id = await draft(planes);
    const client = await clientOf(planes);
    const handle = client.workflow.getHandle(`experiment/${id}`);
    await handle.terminate('to be started again with signals waiting');
    await client.workflow.start('experiment', {
      workflowId: `experiment/${id}`,
      taskQueue: `${planes.prefix}-control`,
      args: [{ stored: true }],
      startDelay: '1500ms',
    });
    for (const name of ['pause', 'start', 'resume']) await handle.signal(name);
    await becomes(planes, id, 'running');
    await eventually('all are dealt with', async () =>
      (await events(planes, id)).length >= 4 ? true : null,
    );
    const trail = (await events(planes, id)).filter(({ type }) => type !== 'created' && type !== 'revived');
    expect(trail.map(({ type, data }) => [type, data['action']])).toEqual([
      ['signal_ignored', 'pause'],
      ['transition', 'start'],
      ['signal_ignored', 'resume'],
    ]);
  });

  it('with bad bytes, without input, or unknown, wedge nothing', async () => {
    const id = await draft(planes);
    for (const name of ['pause', 'wake', 'dataset_control', 'nonsense']) await rawSignal(id, name, '{bad');
    await rawSignal(id, 'start', '{bad');
    await becomes(planes, id, 'running');
    for (const name of ['resume', 'archive', 'wake', 'nonsense']) await rawSignal(id, name, null);
    await rawSignal(id, 'pause', null);
    await becomes(planes, id, 'paused');
    expect(await resumeExperiment(planes.victor, id)).toMatchObject({ status: 'running' });
    expect((await queried(id))['status']).toBe('running');
    expect(await historyTypes(id)).not.toContain('workflowTaskFailedEventAttributes');
    const ignored = (await events(planes, id)).filter(({ type }) => type === 'signal_ignored');
    expect(ignored.map(({ data }) => data['action'])).toEqual(['pause', 'resume', 'archive']);
  });

  it('are applied once and followed when the database goes away after the commit', async () => {
    const id = await draft(planes);
    await (await handleOf(id)).executeUpdate('created');
    const held = await holdSummaries(planes);
    await signal(id, 'start');
    await held.waiting(1);
    await held.cutOff();
    await held.release();
    await eventually(
      'it is checked',
      async () => ((await queried(id))['status'] === 'running' ? true : null),
      10_000,
    );
    expect((await events(planes, id)).map(({ type }) => type)).toEqual(['created', 'transition']);
    expect(await pauseExperiment(planes.victor, id)).toMatchObject({ status: 'paused' });
  });

  it('that the database refuses are in the audit trail, too', async () => {
    const id = await quiet();
    await applyTransition(planes.victor.pool, {
      experimentId: id,
      action: 'stop',
      actor: 'somebody else',
      reason: null,
      requestId: null,
      variantId: null,
      now: false,
      cause: null,
    });
    await signal(id, 'pause', { actor: 'late' });
    await eventually(
      'it is noted',
      async () =>
        (await events(planes, id)).find(({ type, actor }) => type === 'signal_ignored' && actor === 'late') ??
        null,
      5000,
    );
    await becomes(planes, id, 'analyzed');
  });
});

describe('updates', () => {
  it('that are no request are InvalidInput', async () => {
    const id = await draft(planes);
    for (const bad of [undefined, null, 'start', 7, [], {}, { action: 'begin' }, { action: ['start'] }]) {
      expect(await refusal(update(id, bad))).toMatch(/^InvalidInput: /);
    }
    const client = await clientOf(planes);
    const answer = await client.workflowService.updateWorkflowExecution({
      namespace: client.options.namespace,
      workflowExecution: { workflowId: `experiment/${id}` },
      waitPolicy: { lifecycleStage: 3 },
      request: {
        meta: { updateId: randomUUID(), identity: 'test' },
        input: {
          name: 'transition',
          args: {
            payloads: [{ metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('{bad') }],
          },
        },
      },
    });
    expect(answer.outcome?.failure?.applicationFailureInfo?.type).toBe('InvalidInput');
    expect(await statusOf(planes, id)).toBe('draft');
  });

  it('with a request id that was applied give the present status and move nothing', async () => {
    const id = await quiet();
    const pause = { action: 'pause', request_id: 'r1' };
    expect(await update(id, pause)).toMatchObject({ status: 'paused' });
    expect(await update(id, pause)).toMatchObject({ status: 'paused' });
    expect(await update(id, { action: 'resume', request_id: 'r2' })).toMatchObject({ status: 'running' });
    expect(await update(id, pause)).toMatchObject({ status: 'running' });
    const repeated = { requestId: 'r1' };
    expect(await pauseExperiment(planes.victor, id, repeated)).toMatchObject({ status: 'running' });
    const moves = (await events(planes, id)).filter(({ type }) => type === 'transition');
    expect(moves.map(({ data }) => data['action'])).toEqual(['start', 'pause', 'resume']);
  });

  it('two at once with one request id move it once and get one answer', async () => {
    const id = await running(planes);
    const held = await holdExperiment(planes, id);
    const handle = await handleOf(id);
    const pause = (updateId: string): Promise<unknown> =>
      handle.executeUpdate('transition', {
        args: [{ action: 'pause', request_id: 'one' }],
        updateId: `${id}-${updateId}`,
      });
    const first = pause('a');
    await held.waiting(1);
    const second = pause('b');
    await sleep(300);
    await held.release();
    expect(await Promise.all([first, second])).toMatchObject([{ status: 'paused' }, { status: 'paused' }]);
    const moves = (await events(planes, id)).filter(({ type }) => type === 'transition');
    expect(moves.map(({ data }) => data['action'])).toEqual(['start', 'pause']);
  });

  it('that wait behind an archive are refused, and it ends', async () => {
    const held = await holdSummaries(planes);
    const id = await draft(planes);
    await held.waiting(1);
    // not loaded yet: all are accepted
    const handle = await handleOf(id);
    const accepted = async (action: string) =>
      handle.startUpdate<unknown, [unknown]>('transition', {
        args: [{ action }],
        waitForStage: WorkflowUpdateStage.ACCEPTED,
      });
    const archived = await accepted('archive');
    const late = [refusal((await accepted('start')).result()), refusal((await accepted('pause')).result())];
    await held.release();
    expect(await archived.result()).toMatchObject({ status: 'archived' });
    expect(await Promise.all(late)).toEqual([
      'IllegalTransition: cannot start an experiment that is archived; no further move is possible',
      'IllegalTransition: cannot pause an experiment that is archived; no further move is possible',
    ]);
    expect(await handle.result()).toMatchObject({ status: 'archived' });
  });

  it('are not undone by a check that saw the state before', async () => {
    const id = await quiet({ variants: pair(['wait']), inputs: { items: items(1, LONG) } });
    await eventually('it runs', async () => ((await executions(planes, id)).length === 1 ? true : null));
    for (let round = 0; round < 5; round += 1) {
      await waits(id);
      const held = await holdSummaries(planes);
      // the check has read that it runs, the move is committed, and both come back at once
      await rawSignal(id, 'wake', null);
      await held.waiting(1);
      const paused = update(id, { action: 'pause' });
      await held.waiting(2);
      await held.release();
      expect(await paused).toMatchObject({ status: 'paused' });
      for (let look = 0; look < 12; look += 1) {
        expect((await queried(id))['status']).toBe('paused');
        await sleep(10);
      }
      expect(await refusal(update(id, { action: 'pause' }))).toMatch(/that is paused; legal moves: resume/);
      expect(await update(id, { action: 'resume' })).toMatchObject({ status: 'running' });
    }
    await pauseExperiment(planes.victor, id);
    await archiveExperiment(planes.victor, id);
  });

  it('work after somebody has asked Temporal to cancel the experiment', async () => {
    const id = await running(planes);
    const handle = await handleOf(id);
    await handle.cancel();
    expect(await update(id, { action: 'pause' })).toMatchObject({ status: 'paused' });
    expect(await handle.executeUpdate('created')).toMatchObject({ status: 'paused' });
    expect(await resumeExperiment(planes.victor, id)).toMatchObject({ status: 'running' });
    expect((await handle.describe()).status.name).toBe('RUNNING');
  });
});

describe('its documents', () => {
  it('are what queries and the update created return', async () => {
    const id = await draft(planes);
    const handle = await handleOf(id);
    const status = await handle.executeUpdate<Record<string, unknown>, []>('created');
    expect(status).toMatchObject({
      experiment_id: id,
      status: 'draft',
      look: 0,
      total_samples: 0,
      executions: { started: 0, success: 0, failure: 0, timeout: 0, cancelled: 0, running: 0, excluded: 0 },
      workflow_id: `experiment/${id}`,
    });
    expect({ ...(await queried(id)), as_of: null }).toEqual({ ...status, as_of: null });
    expect(await handle.query('results')).toMatchObject({
      experiment_id: id,
      status: 'draft',
      look: 0,
      recommendation: 'continue',
      p_value: null,
    });
    await startExperiment(planes.victor, id);
    expect(await queried(id)).toMatchObject({ status: 'running', started_at: expect.any(String) });
    expect((await handle.describe()).searchAttributes).toMatchObject({
      ExperimentStatus: ['running'],
      ExperimentId: [id],
    });
  });

  it('say analyzed, with an empty cohort, when it is stopped before anything has run', async () => {
    const id = await running(planes);
    expect(await stopExperiment(planes.victor, id, { reason: 'a mistake' })).toMatchObject({
      completedBecause: 'manual',
    });
    await becomes(planes, id, 'analyzed');
    expect(await getExperimentResults(planes.victor, id)).toMatchObject({
      look: 1,
      winningVariantId: null,
      totalSamples: 0,
      pValue: null,
      recommendation: 'inconclusive',
    });
    await eventually('the query knows', async () =>
      (await queried(id))['status'] === 'analyzed' ? true : null,
    );
  });

  it('end with the archive: the workflow returns the last status, and no move is possible', async () => {
    const id = await draft(planes);
    await archiveExperiment(planes.victor, id);
    const handle = await handleOf(id);
    expect(await handle.result()).toMatchObject({ experiment_id: id, status: 'archived' });
    expect((await handle.describe()).status.name).toBe('COMPLETED');
    expect(await queried(id)).toMatchObject({ status: 'archived' });
    await expect(update(id, { action: 'start' })).rejects.toBeInstanceOf(WorkflowNotFoundError);
    for (const action of ACTIONS) {
      await expect(transitionExperiment(planes.victor, id, action)).rejects.toMatchObject({
        kind: 'IllegalTransition',
        message: `cannot ${action} an experiment that is archived; no further move is possible`,
      });
    }
  });
});
