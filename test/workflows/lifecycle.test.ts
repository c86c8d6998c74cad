import { randomUUID } from 'node:crypto';
import { WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startExecution } from '../../src/operations/execute.ts';
import { archiveExperiment, pauseExperiment, stopExperiment } from '../../src/operations/transition.ts';
import { transitionExperiment } from '../../src/operations/transition.ts';
import { ACTIONS } from '../../src/model/lifecycle.ts';
import type { Action } from '../../src/model/lifecycle.ts';
import { eventually, startPlanes } from '../support/workers.ts';
import type { TestPlanes } from '../support/workers.ts';
import { becomes, clientOf, draft, events, executions, pair, rows, running, statusOf } from './experiments.ts';

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

/** Until it is cancelled, or its experiment is over and it with it. */
const LONG = { ms: 120_000 };

/** How an experiment gets into each state and stays there. */
const REACH: Readonly<Record<string, () => Promise<string>>> = {
  draft: () => draft(planes),
  running: () => running(planes),
  paused: async () => {
    const id = await running(planes);
    await pauseExperiment(planes.victor, id);
    return id;
  },
  // its final look waits for an execution that has not ended
  completed: async () => {
    const id = await running(planes, { variants: pair(['wait']) });
    await startExecution(planes.victor, id, { executionId: 'long', unit: 'u', input: LONG });
    await eventually('it has begun', async () => ((await executions(planes, id)).length === 1 ? true : null));
    await stopExperiment(planes.victor, id);
    return id;
  },
  analyzed: async () => {
    const id = await running(planes);
    await stopExperiment(planes.victor, id);
    await becomes(planes, id, 'analyzed');
    return id;
  },
};

const TABLE: Readonly<Record<string, { readonly to: Partial<Record<Action, string>>; readonly legal: string }>> = {
  draft: { to: { start: 'running', archive: 'archived' }, legal: 'start, archive' },
  running: { to: { pause: 'paused', stop: 'completed' }, legal: 'pause, stop' },
  paused: {
    to: { resume: 'running', stop: 'completed', archive: 'archived' },
    legal: 'resume, stop, archive',
  },
  completed: { to: { analyze: 'analyzed', archive: 'archived' }, legal: 'analyze, archive' },
  analyzed: { to: { deploy: 'rolled_out', archive: 'archived' }, legal: 'deploy, archive' },
};
/** Legal, but not by request: the final look comes by itself, and deploy is for later. */
const NOT_BY_REQUEST = ['analyze', 'deploy'];

describe.each(Object.keys(TABLE))('an experiment that is %s', (state) => {
  const { to, legal } = TABLE[state] ?? { to: {}, legal: '' };

  it('refuses the other moves, naming its state and the legal ones, and stays as it is', async () => {
    const id = await REACH[state]?.() ?? '';
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
    const id = await REACH[state]?.() ?? '';
    const after = await update(id, { action, actor: 'anna', reason: `because of ${action}` });
    expect(after).toMatchObject({ experiment_id: id, status: to[action] });
    expect((await events(planes, id)).filter(({ actor }) => actor === 'anna')).toMatchObject([
      { type: 'transition', reason: `because of ${action}`, data: { action, from: state, to: to[action] } },
    ]);
  });
});
