import { randomBytes, randomUUID } from 'node:crypto';
import {
  WithStartWorkflowOperation,
  WorkflowFailedError,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import type { WorkflowHandle, WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { archiveExperiment } from '../../src/operations/transition.ts';
import { eventually, startPlanes } from '../support/workers.ts';
import type { TestPlanes } from '../support/workers.ts';
import {
  becomes,
  clientOf,
  config,
  draft,
  ended,
  events,
  executions,
  graph,
  items,
  pair,
  running,
  statusOf,
} from './experiments.ts';
import type { Keys } from './experiments.ts';
import { LONG, REACHABLE, reach } from './states.ts';
import { temporal } from './temporal-cli.ts';
import { startUserWorker } from './user-worker.ts';
import type { UserWorker } from './user-worker.ts';

let planes: TestPlanes;
let user: UserWorker;
beforeAll(async () => {
  planes = await startPlanes();
  user = await startUserWorker(planes);
});
afterAll(async () => {
  await user.stop();
  await planes.stop();
});

const newId = (): string => `bare-${randomBytes(4).toString('hex')}`;

const startExperimentWorkflow = async (id: string, ...args: unknown[]): Promise<WorkflowHandle> =>
  (await clientOf(planes)).workflow.start('experiment', {
    workflowId: `experiment/${id}`,
    taskQueue: `${planes.prefix}-control`,
    args,
  });

async function start(workflowId: string, argument?: unknown): Promise<WorkflowHandleWithFirstExecutionRunId> {
  const args = argument === undefined ? [] : [argument];
  return (await clientOf(planes)).workflow.start('execution', {
    workflowId,
    taskQueue: `${planes.prefix}-executions`,
    args,
  });
}

const execute = async (workflowId: string, argument?: unknown): Promise<Record<string, unknown>> =>
  (await start(workflowId, argument)).result() as Promise<Record<string, unknown>>;

/** Type and message of a failure, whatever it is wrapped in. */
async function failureOf(
  work: Promise<unknown>,
): Promise<{ type: string; message: string; details: unknown }> {
  try {
    return { type: 'none', message: JSON.stringify(await work), details: null };
  } catch (error) {
    let cause: unknown = error;
    if (!(cause instanceof WorkflowFailedError || cause instanceof WorkflowUpdateFailedError)) throw error;
    while (cause instanceof Error && !(cause instanceof ApplicationFailure)) cause = cause.cause;
    if (!(cause instanceof ApplicationFailure)) throw error;
    return { type: cause.type ?? '', message: cause.message, details: cause.details?.[0] };
  }
}

const YAML = `workflows:
  greeting:
    nodes:
      - {id: greet, type: compute, handler: echo, inputs: {name: $ctx.name}}
`;

describe('an experiment of a bare client', () => {
  it('is created, run to its end and archived by Temporal alone', async () => {
    const id = newId();
    const yaml = (variant_id: string): Keys => ({
      variant_id,
      workflow_type: 'yaml',
      workflow_config: { path: 'greeting.yaml', files: { 'greeting.yaml': YAML } },
    });
    const content = config({
      variants: [yaml('control'), yaml('treatment')],
      inputs: { items: items(4, { name: 'ada' }) },
    });
    const handle = await startExperimentWorkflow(id, { config: content });
    expect(await handle.executeUpdate('created')).toMatchObject({
      experiment_id: id,
      status: 'draft',
      planned_units: 2000,
    });
    await handle.signal('start');
    await becomes(planes, id, 'analyzed');
    const rows = await executions(planes, id);
    expect(rows.map(({ outcome, output }) => [outcome, output?.['greet']])).toEqual(
      Array(4).fill(['success', { echoed: { name: 'ada' } }]),
    );
    await eventually('the query shows the end', async () => {
      const results = await handle.query<Record<string, unknown>>('results');
      return results['look'] === 1 && results['total_samples'] === 4 ? true : null;
    });
    await handle.signal('archive');
    expect(await handle.result()).toMatchObject({ experiment_id: id, status: 'archived' });
  });

  it('with a bad config is InvalidInput with every message, and its workflow fails with that', async () => {
    const id = newId();
    const operation = new WithStartWorkflowOperation('experiment', {
      workflowId: `experiment/${id}`,
      taskQueue: `${planes.prefix}-control`,
      args: [
        { config: config({ min_sample_size: 1, concurency: 3, variants: [graph('control', ['echo'])] }) },
      ],
      workflowIdConflictPolicy: 'FAIL',
    });
    const created = (await clientOf(planes)).workflow.executeUpdateWithStart('created', {
      startWorkflowOperation: operation,
    });
    const fromUpdate = await failureOf(created);
    expect(fromUpdate.type).toBe('InvalidInput');
    for (const part of ['min_sample_size', 'concurency', 'concurrency', 'must hold at least 2']) {
      expect(fromUpdate.message).toContain(part);
    }
    const handle = await operation.workflowHandle();
    expect(await failureOf(handle.result())).toEqual(fromUpdate);
    expect((await handle.describe()).status.name).toBe('FAILED');
    expect(await statusOf(planes, id)).toBe('unknown');
  });

  it.each([
    ['nothing', []],
    ['no config', [{}]],
    ['a text', ['experiment']],
    ['a list', [[1, 2]]],
    [
      'a file on a disk that the worker does not read',
      [{ config: { ...config(), inputs: { csv: 'a.csv' } } }],
    ],
  ])('made of %s is InvalidInput', async (_, args) => {
    const handle = await startExperimentWorkflow(newId(), ...args);
    expect((await failureOf(handle.result())).type).toBe('InvalidInput');
  });

  it('inlines at most 1 MB of files and inputs', async () => {
    const file = `# ${'x'.repeat(600 * 1024)}\nnodes: [echo]\n`;
    const variant = (variant_id: string): Keys => ({
      variant_id,
      workflow_type: 'stategraph',
      workflow_config: { path: 'echo.yaml', files: { 'echo.yaml': file } },
    });
    const inputs = { items: items(1, { text: 'x'.repeat(200 * 1024) }) };
    const one = config({ variants: [variant('control'), graph('treatment', ['echo'])], inputs });
    const fits = await startExperimentWorkflow(newId(), { config: one });
    expect(await fits.executeUpdate('created')).toMatchObject({ status: 'draft' });
    const two = config({ variants: [variant('control'), variant('treatment')], inputs });
    expect(await failureOf((await startExperimentWorkflow(newId(), { config: two })).result())).toMatchObject(
      {
        type: 'InvalidInput',
        message: expect.stringContaining(
          '1.37 MB in all (files 1.17 MB, items 0.20 MB), must have at most 1.00 MB',
        ),
      },
    );
  });

  it('is stopped, analysed at once and deployed, with everybody and every reason in the audit trail', async () => {
    const id = await running(planes, { variants: pair(['wait']) });
    const handle = (await clientOf(planes)).workflow.getHandle(`experiment/${id}`);
    await execute(`execution/${id}/short`, { unit: 'a', input: { ms: 1 } });
    await start(`execution/${id}/long`, { unit: 'b', input: LONG });
    await eventually('both have begun', async () =>
      (await executions(planes, id)).length === 2 ? true : null,
    );
    await handle.signal('stop', { actor: 'ann', reason: 'the budget is spent' });
    await becomes(planes, id, 'completed');
    const move = (request: Keys): Promise<unknown> =>
      handle.executeUpdate('transition', { args: [{ actor: 'bob', ...request }] });
    await move({ action: 'analyze', now: true, reason: 'no time' });
    await becomes(planes, id, 'analyzed');
    const results = await eventually('the query shows the look', async () => {
      const found = await handle.query<{ look: number; warnings: readonly Keys[] }>('results');
      return found.look === 1 ? found : null;
    });
    expect(results.warnings).toContainEqual(expect.objectContaining({ code: 'COHORT_TRUNCATED' }));
    const deploy = { action: 'deploy', variant_id: 'treatment' };
    expect(await failureOf(move(deploy))).toMatchObject({ message: expect.stringContaining('reason') });
    expect(await move({ ...deploy, reason: 'less to maintain' })).toMatchObject({
      status: 'rolled_out',
      deployed_variant_id: 'treatment',
    });
    const told = (await events(planes, id)).filter(({ reason }) => reason !== null);
    for (const [actor, reason] of [
      ['ann', 'the budget is spent'],
      ['bob', 'no time'],
      ['bob', 'less to maintain'],
    ]) {
      expect(told).toContainEqual(expect.objectContaining({ actor, reason }));
    }
    await (await clientOf(planes)).workflow.getHandle(`execution/${id}/long`).cancel();
  });

  it('needs a workflow id of its form', async () => {
    const handle = await startExperimentWorkflow('No Capitals', { config: config() });
    expect(await failureOf(handle.result())).toMatchObject({
      type: 'InvalidInput',
      message: expect.stringContaining('experiment/No Capitals is not of the form experiment/<id>'),
    });
  });

  it('that says its rows are there, and they are not, is NotFound', async () => {
    const handle = await startExperimentWorkflow(newId(), { stored: true });
    expect((await failureOf(handle.result())).type).toBe('NotFound');
  });

  it('with a name or an id that is taken is a Conflict; an archived one gives its name back', async () => {
    const content = config();
    const first = newId();
    await (await startExperimentWorkflow(first, { config: content })).executeUpdate('created');
    const second = newId();
    const refused = await startExperimentWorkflow(second, { config: content });
    expect(await failureOf(refused.result())).toMatchObject({
      type: 'Conflict',
      message: expect.stringContaining(`named "${String(content['name'])}" exists`),
    });
    await archiveExperiment(planes.victor, first);
    const sameId = await startExperimentWorkflow(first, { config: content });
    expect(await failureOf(sameId.result())).toMatchObject({
      type: 'Conflict',
      message: expect.stringContaining(`with id ${first} exists (archived)`),
    });
    // the name is free again, the id that was refused above as well
    const again = await startExperimentWorkflow(second, { config: content });
    expect(await again.executeUpdate('created')).toMatchObject({ experiment_id: second, status: 'draft' });
  });
});

describe('an execution of a bare client', () => {
  it('gives the execute object, and the row agrees', async () => {
    const id = await running(planes, { variants: pair(['echo', 'metered']) });
    const workflowId = `execution/${id}/order@7:a`;
    const handle = await start(workflowId, {
      experiment_id: id,
      context: { user_id: 42, tier: 'pro' },
      input: { text: 'hi' },
    });
    const result = (await handle.result()) as Record<string, unknown>;
    const [row] = await executions(planes, id);
    expect(result).toEqual({
      experiment_id: id,
      execution_id: 'order@7:a',
      variant_id: row?.variant_id,
      recorded: true,
      phase: 'experiment',
      outcome: 'success',
      output: { text: 'hi', echoed: { text: 'hi' } },
      error: null,
      duration_seconds: row?.duration_seconds,
      metrics: {
        execution_time: row?.duration_seconds,
        token_usage: 120,
        tool_calls_count: 2,
        cost: 0.003,
      },
      workflow_id: workflowId,
      run_id: handle.firstExecutionRunId,
    });
    expect(row).toMatchObject({
      execution_id: 'order@7:a',
      unit: '42',
      outcome: 'success',
      recorded_by: 'workflow',
    });
    const { searchAttributes } = await handle.describe();
    expect(searchAttributes).toMatchObject({ ExperimentId: [id], VariantId: [row?.variant_id] });
  });

  it('is a failed variant in a completed workflow, or in a failed one when throw_on_failure says so', async () => {
    const id = await running(planes, {
      variants: pair({ nodes: [{ id: 'throws' }], entry_point: 'throws' }),
    });
    const calm = await execute(`execution/${id}/calm`, { unit: 'u' });
    expect(calm).toMatchObject({
      outcome: 'failure',
      error: { type: 'Error', message: 'the handler has failed', node: 'throws' },
    });
    const thrown = await failureOf(execute(`execution/${id}/loud`, { unit: 'u', throw_on_failure: true }));
    expect(thrown).toMatchObject({
      type: 'ExecutionFailed',
      message: 'the handler has failed',
      details: { execution_id: 'loud', outcome: 'failure', recorded: true, error: { node: 'throws' } },
    });
    const rows = await executions(planes, id);
    expect(rows.map(({ execution_id, outcome }) => [execution_id, outcome])).toEqual([
      ['calm', 'failure'],
      ['loud', 'failure'],
    ]);
  });

  it('takes the unit from the argument, the context or the input, and needs one', async () => {
    const id = await running(planes);
    await execute(`execution/${id}/a`, {
      unit: 'ann',
      context: { user_id: 'other' },
      input: { user_id: 'third' },
    });
    await execute(`execution/${id}/b`, { context: { user_id: 'bob' }, input: { user_id: 'third' } });
    await execute(`execution/${id}/c`, { input: { user_id: 'cid' } });
    expect((await executions(planes, id)).map(({ unit }) => unit)).toEqual(['ann', 'bob', 'cid']);
    for (const argument of [undefined, {}, { context: { user: 'x' } }, { context: { user_id: null } }]) {
      expect(await failureOf(execute(`execution/${id}/d`, argument))).toMatchObject({
        type: 'InvalidInput',
        message: expect.stringContaining('neither unit nor context.user_id is given'),
      });
    }
    expect((await executions(planes, id)).length).toBe(3);
  });

  it('with an argument that is wrong is InvalidInput and leaves no row', async () => {
    const id = await running(planes);
    const cases: readonly (readonly [unknown, string])[] = [
      [{ experiment_id: 'another', unit: 'u' }, 'experiment_id is "another", the workflow id says'],
      [{ execution_id: 'another', unit: 'u' }, 'execution_id is "another", the workflow id says x'],
      [{ unit: 'u', contxt: {} }, 'unknown key contxt'],
      [{ unit: ['u'] }, 'unit is a list'],
      [{ unit: 'u', context: 'user' }, 'context is a string, must be an object'],
      [
        { unit: 'u', when_not_running: 'queue' },
        'when_not_running is "queue", must be one of control, refuse',
      ],
      [{ unit: 'u', throw_on_failure: 'yes' }, 'throw_on_failure is "yes", must be true or false'],
      ['u', 'the argument of execution is a string, must be an object'],
      [{ unit: 'x'.repeat(1001) }, 'the unit has 1001 bytes'],
      [{ unit: 'a\u0000b' }, 'NUL'],
    ];
    const found = await Promise.all(
      cases.map(async ([argument, message], index) => {
        const workflowId = `execution/${id}/x`.replace(/x$/, message.includes('says x') ? 'x' : `x${index}`);
        return failureOf(execute(workflowId, argument));
      }),
    );
    expect(found).toEqual(
      cases.map(([, message]) => ({
        type: 'InvalidInput',
        message: expect.stringContaining(message),
        details: undefined,
      })),
    );
    expect(await executions(planes, id)).toEqual([]);
  });

  it('needs a workflow id of its form', async () => {
    for (const workflowId of [
      `execution/only-${randomUUID()}`,
      `execution/a/b/${randomUUID()}`,
      'execution/Bad/x',
    ]) {
      expect(await failureOf(execute(workflowId, { unit: 'u' }))).toMatchObject({
        type: 'InvalidInput',
        message: expect.stringContaining('is not of the form execution/<experiment id>/<execution id>'),
      });
    }
  });

  it('of an experiment that nobody knows is NotFound', async () => {
    expect(await failureOf(execute('execution/nobody-knows-it/x', { unit: 'u' }))).toMatchObject({
      type: 'NotFound',
      message: 'no experiment has the id nobody-knows-it',
    });
  });

  it('is started and read with the program of Temporal', async () => {
    const id = await draft(planes);
    const experiment = ['--workflow-id', `experiment/${id}`] as const;
    await temporal(planes, 'workflow', 'signal', ...experiment, '--name', 'start');
    await becomes(planes, id, 'running');
    const execution = ['--workflow-id', `execution/${id}/cli-1`] as const;
    await temporal(
      planes,
      'workflow',
      'start',
      '--type',
      'execution',
      '--task-queue',
      `${planes.prefix}-executions`,
      ...execution,
      '--input',
      JSON.stringify({ unit: 'u1', input: { text: 'from the shell' } }),
    );
    expect(await temporal(planes, 'workflow', 'result', ...execution)).toMatchObject({
      status: 'COMPLETED',
      result: {
        experiment_id: id,
        execution_id: 'cli-1',
        outcome: 'success',
        output: { echoed: { text: 'from the shell' } },
      },
    });
    const pause = JSON.stringify({ action: 'pause', actor: 'the shell' });
    const moved = ['workflow', 'update', 'execute', ...experiment, '--name', 'transition', '--input', pause];
    expect(JSON.stringify(await temporal(planes, ...moved))).toContain('paused');
    const query = await temporal(planes, 'workflow', 'query', ...experiment, '--type', 'status');
    expect(query).toMatchObject({
      queryResult: [{ status: 'paused', executions: { started: 1, success: 1 } }],
    });
  });
});

describe.each(REACHABLE.filter((state) => state !== 'running'))('an execution while it is %s', (state) => {
  it("runs control's workflow unrecorded, or is refused", async () => {
    const id = await reach(planes, state);
    const before = await executions(planes, id);
    const units = Array.from({ length: 5 }, (_, index) => `unit ${index}`);
    const results = await Promise.all(
      units.map((unit) => execute(`execution/${id}/${randomUUID()}`, { unit, input: { ms: 1 } })),
    );
    for (const result of results) {
      expect(result).toMatchObject({
        experiment_id: id,
        variant_id: 'control',
        recorded: false,
        phase: null,
        outcome: 'success',
        error: null,
      });
      expect(result['output']).toMatchObject({ ms: 1 });
    }
    const refused = execute(`execution/${id}/refused`, { unit: 'u', when_not_running: 'refuse' });
    expect(await failureOf(refused)).toEqual({
      type: 'NotRunning',
      message: `experiment ${id} is ${state} and when_not_running is refuse`,
      details: state,
    });
    expect(await executions(planes, id)).toEqual(before);
  });
});

describe("a user's own workflow", () => {
  const startOrder = async (experiment: string, order: string, input: Keys): Promise<WorkflowHandle> =>
    (await clientOf(planes)).workflow.start('order', {
      workflowId: `order/${experiment}/${order}`,
      taskQueue: user.taskQueue,
      args: [{ experiment, order, customer: 'c1', taskQueue: `${planes.prefix}-executions`, input }],
    });

  it('runs an execution as its child', async () => {
    const id = await running(planes);
    const { step } = (await (await startOrder(id, '7', { text: 'hi' })).result()) as { step: unknown };
    const [row] = await executions(planes, id);
    expect(row).toMatchObject({ execution_id: '7', unit: 'c1', outcome: 'success' });
    expect(step).toMatchObject({
      execution_id: '7',
      variant_id: row?.variant_id,
      recorded: true,
      outcome: 'success',
    });
  });

  it('that is cancelled or terminated cancels it, or loses it', async () => {
    const id = await running(planes, { variants: pair(['wait']) });
    const [cancelled, terminated] = [await startOrder(id, 'c', LONG), await startOrder(id, 't', LONG)];
    await eventually('both have begun', async () =>
      (await executions(planes, id)).length === 2 ? true : null,
    );
    await cancelled.cancel();
    await terminated.terminate('by hand');
    const error = await cancelled.result().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(WorkflowFailedError);
    expect((error as WorkflowFailedError).cause).toBeInstanceOf(CancelledFailure);
    await ended(planes, id, 2);
    const rows = await executions(planes, id);
    expect(
      rows
        .map(({ execution_id, outcome, error: e }) => [execution_id, outcome, e?.type])
        .toSorted((a, b) => String(a[0]).localeCompare(String(b[0]))),
    ).toEqual([
      ['c', 'cancelled', 'Cancelled'],
      ['t', 'failure', 'Terminated'],
    ]);
  });
});
