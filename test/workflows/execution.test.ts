import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { executeWorkflow, startExecution } from '../../src/operations/execute.ts';
import type { ExecuteRequest, StartedExecution } from '../../src/operations/execute.ts';
import { pauseExperiment } from '../../src/operations/transition.ts';
import type { ExecutionResult } from '../../src/model/execution.ts';
import { eventually, startPlanes } from '../support/workers.ts';
import type { TestPlanes } from '../support/workers.ts';
import { clientOf, ended, executions, graph, pair, rows, running } from './experiments.ts';
import type { Keys } from './experiments.ts';
import { LONG } from './states.ts';
import { startUserWorker } from './user-worker.ts';
import type { UserWorker } from './user-worker.ts';

let planes: TestPlanes;
let user: UserWorker;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'victor-executions-'));
  planes = await startPlanes();
  user = await startUserWorker(planes);
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await user.stop();
  await planes.stop();
});

const execute = (id: string, request: ExecuteRequest = {}): Promise<ExecutionResult> =>
  executeWorkflow(planes.victor, id, { unit: 'u', ...request });

/** Started, and its row is there. */
async function begin(id: string, request: ExecuteRequest = {}): Promise<StartedExecution> {
  const started = await startExecution(planes.victor, id, { unit: 'u', ...request });
  await eventually('it has begun', async () =>
    (await executions(planes, id)).some(({ execution_id }) => execution_id === started.executionId)
      ? true
      : null,
  );
  return started;
}

/** One node without retries. */
const once = (handler: string, keys: Keys = {}): Keys => ({
  nodes: [{ id: handler, retry: { max_attempts: 1 }, ...keys }],
  entry_point: handler,
});

/** Names of the events of a history. */
async function history(workflowId: string): Promise<readonly string[]> {
  const { events } = await (await clientOf(planes)).workflow.getHandle(workflowId).fetchHistory();
  return (events ?? []).map((event) => {
    const attributes = Object.entries(event).find(
      ([key, value]) => key.endsWith('Attributes') && value !== null,
    );
    return attributes?.[0].replace('EventAttributes', '') ?? '';
  });
}

describe('an execution', () => {
  it.each<[string, Keys, Keys, { type: string; message: string }]>([
    ['throws', once('throws'), {}, { type: 'Error', message: 'the handler has failed' }],
    [
      'is not registered',
      once('nobody'),
      {},
      { type: 'HandlerNotRegistered', message: 'handler nobody is not registered' },
    ],
    ['hangs', once('hangs'), { node: '1s' }, { type: 'Timeout', message: 'timed out' }],
    [
      'hangs at a node with a limit of its own',
      once('hangs', { timeout: '1s' }),
      {},
      { type: 'Timeout', message: 'timed out' },
    ],
    ['returns NaN', once('returns_nan'), {}, { type: 'InvalidResult', message: '$.value is NaN' }],
    ['returns a cycle', once('returns_cycle'), {}, { type: 'InvalidResult', message: '$.self is a cycle' }],
    [
      'returns a list',
      once('returns_list'),
      {},
      { type: 'InvalidResult', message: 'a list, must be an object' },
    ],
    [
      'meters NaN',
      once('meters_nan'),
      {},
      { type: 'InvalidMetric', message: 'a handler metered NaN tokens' },
    ],
  ])('whose handler %s is a failure that names the node', async (_, nodes, timeouts, { type, message }) => {
    const id = await running(planes, { variants: pair(nodes), timeouts });
    const result = await execute(id);
    expect(result).toMatchObject({
      outcome: 'failure',
      recorded: true,
      output: null,
      error: { type, message: expect.stringContaining(message), node: nodes['entry_point'] },
    });
    const [row, ...others] = await executions(planes, id);
    expect(others).toEqual([]);
    expect(row).toMatchObject({ outcome: 'failure', error: result.error, recorded_by: 'workflow' });
    expect(row?.duration_seconds).toBe(result.durationSeconds);
  });

  it('tries a node three times unless the file says otherwise', async () => {
    const [three, two] = await Promise.all([
      running(planes, { variants: pair(['third_time']) }),
      running(planes, { variants: pair(once('third_time', { retry: { max_attempts: 2 } })) }),
    ]);
    expect(await execute(three)).toMatchObject({ outcome: 'success', output: { attempt: 3 } });
    expect(await execute(two)).toMatchObject({ outcome: 'failure', error: { message: 'not yet' } });
  });

  it('that passes its deadline is a timeout, counted from begin', async () => {
    const id = await running(planes, { variants: pair(['hangs']), timeouts: { execution: '2s' } });
    const result = await execute(id);
    expect(result).toMatchObject({ outcome: 'timeout', error: { type: 'Timeout', node: null } });
    expect(result.error?.message).toContain('passed its deadline');
    expect(result.durationSeconds).toBeGreaterThan(1.9);
    expect(result.durationSeconds).toBeLessThan(6);
    expect(result.metrics['execution_time']).toBe(result.durationSeconds);
    expect((await executions(planes, id)).map(({ outcome }) => outcome)).toEqual(['timeout']);
  });

  it('whose isolated handler blocks is ended at its limit, and the thread with it', async () => {
    const id = await running(planes, { variants: pair(once('scribbles')), timeouts: { node: '6s' } });
    const file = join(folder, 'scribbles');
    const started = await begin(id, { input: { file } });
    await eventually('it writes', () =>
      (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0 ? true : null,
    );
    // others are served meanwhile
    expect(await execute(await running(planes))).toMatchObject({ outcome: 'success' });
    expect(await started.result()).toMatchObject({
      outcome: 'failure',
      error: { type: 'Timeout', node: 'scribbles' },
    });
    await sleep(300);
    const { size } = statSync(file);
    await sleep(300);
    expect(statSync(file).size).toBe(size);
  });

  it('whose isolated handler blocks is cancelled at once, and the thread with it', async () => {
    const id = await running(planes, { variants: pair(once('scribbles')) });
    const file = join(folder, 'cancelled');
    const started = await begin(id, { input: { file } });
    await eventually('it writes', () =>
      (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0 ? true : null,
    );
    await (await clientOf(planes)).workflow.getHandle(started.workflowId).cancel();
    expect(await started.result()).toMatchObject({ outcome: 'cancelled' });
    const still = async (): Promise<true | null> => {
      const { size } = statSync(file);
      await sleep(300);
      return statSync(file).size === size ? true : null;
    };
    // told with a heartbeat
    await eventually('the thread is gone', still, 10_000);
  });

  it('keeps large values out of the history, and out of what it returns', async () => {
    const id = await running(planes, { variants: pair(['returns_large', 'length_of_large', 'echo']) });
    const small = await execute(id, { executionId: 'small' });
    expect(small).toMatchObject({
      outcome: 'success',
      output: { length: 5 * 1024 * 1024, large: null, echoed: { length: 5 * 1024 * 1024 } },
    });
    const other = await running(planes, { variants: pair(['returns_large']) });
    const large = await execute(other, { executionId: 'large' });
    expect(large).toMatchObject({ outcome: 'success', output: null, outputTruncated: true, error: null });
    for (const workflowId of [small.workflowId, large.workflowId]) {
      const description = await (await clientOf(planes)).workflow.getHandle(workflowId).describe();
      expect(description.historySize).toBeLessThan(100_000);
    }
    const [row] = await rows(
      planes,
      'select output_truncated from victor_data.outcomes where experiment_id = $1',
      [other],
    );
    expect(row).toEqual({ output_truncated: true });
    expect(
      await rows(planes, 'select from victor_data.state_values where experiment_id in ($1, $2)', [id, other]),
    ).toEqual([]);
  });

  it('that is cancelled from outside is cancelled in Temporal and in its row', async () => {
    const id = await running(planes, { variants: pair(['wait']) });
    const started = await begin(id, { input: LONG });
    const handle = (await clientOf(planes)).workflow.getHandle(started.workflowId);
    await handle.cancel();
    expect(await started.result()).toMatchObject({
      outcome: 'cancelled',
      recorded: true,
      error: { type: 'Cancelled', message: 'the execution was cancelled', node: null },
    });
    expect((await handle.describe()).status.name).toBe('CANCELLED');
    const [row] = await executions(planes, id);
    expect(row).toMatchObject({
      outcome: 'cancelled',
      recorded_by: 'workflow',
      error: { type: 'Cancelled' },
    });
    // asked again, it is what it was
    expect(await execute(id, { executionId: started.executionId })).toMatchObject({ outcome: 'cancelled' });
    expect((await executions(planes, id)).length).toBe(1);
  });

  it('that is terminated from outside is closed by the reconciler as a failure', async () => {
    const id = await running(planes, { variants: pair(['wait']) });
    const started = await begin(id, { input: LONG });
    await (await clientOf(planes)).workflow.getHandle(started.workflowId).terminate('by hand');
    await ended(planes, id, 1);
    const [row] = await executions(planes, id);
    expect(row).toMatchObject({
      outcome: 'failure',
      error: { type: 'Terminated', message: 'the workflow was terminated', node: null },
      recorded_by: 'reconciler',
    });
    expect(row?.duration_seconds).toBeGreaterThan(0);
    expect(row?.duration_seconds).toBeLessThan(10);
  });

  it('counts what failed attempts have metered: it was paid for', async () => {
    const id = await running(planes, { variants: pair(['meters_and_fails']) });
    expect((await execute(id, {})).metrics).toMatchObject({ token_usage: 300 });
    const failed = await execute(id, { input: { fail: true } });
    expect(failed).toMatchObject({ outcome: 'failure', metrics: { token_usage: 300 } });
  });

  it('keeps type and finality of a failure in a thread of its own, and what it metered', async () => {
    const id = await running(planes, { variants: pair(['isolated_fails']) });
    expect(await execute(id, {})).toMatchObject({
      outcome: 'failure',
      error: { type: 'Mine', message: 'no', node: 'isolated_fails' },
      metrics: { token_usage: 5 },
    });
  });

  it('counts what was metered by an attempt whose worker was killed', async () => {
    const slow = await startPlanes({
      env: { VICTOR_EXPERIMENTS_METRICS_BUFFER_SIZE: '1' },
    });
    try {
      const id = await running(slow, { variants: pair(['meters_and_waits']) });
      const started = await startExecution(slow.victor, id, { unit: 'u' });
      await eventually('its meter is flushed', async () => {
        const handle = (await clientOf(slow)).workflow.getHandle(started.workflowId);
        const [pending] = (await handle.describe()).raw.pendingActivities ?? [];
        return pending?.heartbeatDetails?.payloads?.[0] === undefined ? null : true;
      });
      slow.processes.data[0]?.kill('SIGKILL');
      slow.start('data');
      expect(await started.result()).toMatchObject({ outcome: 'success', metrics: { token_usage: 11 } });
    } finally {
      await slow.stop();
    }
  });

  it('records what its handlers meter, added up over all nodes', async () => {
    const nodes = ['metered', 'isolated', { id: 'again', handler: 'metered' }].map((node) =>
      typeof node === 'string' ? { id: node } : node,
    );
    const edges = [
      { source: 'metered', target: 'isolated' },
      { source: 'isolated', target: 'again' },
    ];
    const id = await running(planes, { variants: pair({ nodes, edges, entry_point: 'metered' }) });
    const { executionId, metrics } = await execute(id, { input: { text: 'four' } });
    expect(metrics).toMatchObject({ token_usage: 247, tool_calls_count: 4, cost: 0.006 });
    const values = await rows<{ name: string; value: number }>(
      planes,
      'select name, value from victor.metric_values where experiment_id = $1 and execution_id = $2 order by name',
      [id, executionId],
    );
    expect(values).toEqual([
      { name: 'cost', value: 0.006 },
      { name: 'execution_time', value: metrics['execution_time'] },
      { name: 'token_usage', value: 247 },
      { name: 'tool_calls_count', value: 4 },
    ]);
  });

  it('sees the overrides of its variant, before its input', async () => {
    const variants = [
      graph('control', ['parameters', 'echo'], { parameter_overrides: { model: 'm1' } }),
      graph('treatment', ['parameters', 'echo'], { parameter_overrides: { 'state.model': 'm2', budget: 7 } }),
    ];
    const id = await running(planes, { variants });
    const seen = new Map<string, unknown>();
    for (let index = 0; seen.size < 2 && index < 40; index += 1) {
      const result = await execute(id, { unit: `u${index}`, input: { model: 'mine', text: 'hi' } });
      seen.set(result.variantId ?? '', result.output);
    }
    expect(seen.get('control')).toMatchObject({
      parameters: { model: 'm1' },
      echoed: { model: 'm1', text: 'hi' },
    });
    expect(seen.get('treatment')).toMatchObject({
      parameters: { 'state.model': 'm2', budget: 7 },
      echoed: { model: 'm2', budget: 7, text: 'hi' },
    });
  });

  it('runs a YAML workflow: compute nodes with inputs, and a parallel one whose children start together', async () => {
    const text = `workflows:
  work:
    start_node: prepare
    nodes:
      - {id: prepare, type: compute, handler: echo, inputs: {words: {first: $ctx.text, fixed: 7}}, output: prepared}
      - {id: both, type: parallel, parallel_nodes: [left, right], next: [last]}
      - {id: left, type: compute, handler: wait, inputs: {ms: 300}}
      - {id: right, type: compute, handler: hash, inputs: {text: $ctx.prepared.echoed.words.first}}
      - {id: last, type: compute, handler: echo, inputs: {left: $ctx.left.waited, right: $ctx.right.hash, none: $ctx.nothing.at.all}}
`;
    const yaml = (variant_id: string): Keys => ({
      variant_id,
      workflow_type: 'yaml',
      workflow_config: { path: 'work.yaml', workflow: 'work', files: { 'work.yaml': text } },
    });
    const id = await running(planes, { variants: [yaml('control'), yaml('treatment')] });
    const result = await execute(id, { input: { text: 'abc' } });
    const hash = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    expect(result).toMatchObject({
      outcome: 'success',
      output: {
        text: 'abc',
        prepared: { echoed: { words: { first: 'abc', fixed: 7 } } },
        left: { waited: 300 },
        right: { hash },
        last: { echoed: { left: 300, right: hash, none: null } },
      },
    });
    const activities = (await history(result.workflowId)).filter((type) =>
      /^activityTask(Scheduled|Completed)/.test(type),
    );
    expect(activities.map((type) => type.replace('activityTask', ''))).toEqual([
      'Scheduled',
      'Completed',
      // both at once
      'Scheduled',
      'Scheduled',
      'Completed',
      'Completed',
      'Scheduled',
      'Completed',
    ]);
  });
});

describe('an execution id', () => {
  it('gives the first outcome for ever, and nothing runs again', async () => {
    const id = await running(planes, { variants: pair(['token']) });
    const first = await execute(id, { executionId: 'one' });
    expect(first.output).toEqual({ token: expect.any(String) });
    const second = await startExecution(planes.victor, id, {
      executionId: 'one',
      unit: 'another',
      input: { x: 1 },
    });
    expect(await second.result()).toEqual(first);
    expect(second.runId).not.toBe(first.runId);
    expect(await history(second.workflowId)).not.toContain('activityTaskScheduled');
    await pauseExperiment(planes.victor, id);
    expect(await execute(id, { executionId: 'one', whenNotRunning: 'refuse' })).toEqual(first);
    expect((await executions(planes, id)).map(({ execution_id, unit }) => [execution_id, unit])).toEqual([
      ['one', 'u'],
    ]);
  });

  it('that runs is attached to', async () => {
    const id = await running(planes, { variants: pair(['token', 'wait']) });
    const first = await begin(id, { executionId: 'one', input: { ms: 1500 } });
    const second = await startExecution(planes.victor, id, { executionId: 'one', unit: 'u' });
    expect(second.runId).toBe(first.runId);
    const [a, b] = await Promise.all([first.result(), second.result()]);
    expect(a).toMatchObject({
      outcome: 'success',
      runId: first.runId,
      output: { token: expect.any(String) },
    });
    expect(b).toEqual(a);
  });
});

describe('a unit', () => {
  it('always gets the same variant, and the variants share the units', async () => {
    const id = await running(planes, { variants: pair(['echo']) });
    const units = Array.from({ length: 16 }, (_, index) => `unit-${index}`);
    const visit = async (): Promise<readonly string[]> =>
      Promise.all(units.map(async (unit) => (await execute(id, { unit })).variantId ?? ''));
    const first = await visit();
    expect(new Set(first)).toEqual(new Set(['control', 'treatment']));
    expect(await visit()).toEqual(first);
    const stored = await rows<{ unit: string; variant_id: string; executions: number }>(
      planes,
      'select unit, variant_id, executions from victor.units where experiment_id = $1',
      [id],
    );
    expect(Object.fromEntries(stored.map((row) => [row.unit, [row.variant_id, row.executions]]))).toEqual(
      Object.fromEntries(units.map((unit, index) => [unit, [first[index], 2]])),
    );
  });
});

describe('a definition', () => {
  const definition = (overrides: Keys = {}): readonly Keys[] =>
    ['control', 'treatment'].map((variant_id) => ({
      variant_id,
      workflow_type: 'definition',
      workflow_config: { workflow: 'greet', task_queue: user.taskQueue },
      parameter_overrides: overrides,
    }));

  const child = async (started: StartedExecution) => {
    const handle = (await clientOf(planes)).workflow.getHandle(`${started.workflowId}/variant`);
    await eventually('the child runs', () =>
      handle.describe().then(
        () => true as const,
        () => null,
      ),
    );
    return handle;
  };

  it("runs the user's own workflow with the overrides in its first argument", async () => {
    const id = await running(planes, { variants: definition({ model: 'm1' }) });
    expect(await execute(id, { input: { name: 'ada', model: 'mine' } })).toMatchObject({
      outcome: 'success',
      output: { greeted: { name: 'ada', model: 'm1' } },
    });
    expect(await execute(id)).toMatchObject({ output: { greeted: { model: 'm1' } } });
    await expect(execute(id, { input: 'ada' })).rejects.toMatchObject({
      kind: 'InvalidInput',
      message: expect.stringContaining('input is a string, must be an object'),
    });
  });

  it('fails with the failure of that workflow', async () => {
    const id = await running(planes, { variants: definition() });
    expect(await execute(id, { input: { fail: true } })).toMatchObject({
      outcome: 'failure',
      output: null,
      error: { type: 'NobodyThere', message: 'nobody is there', node: null },
    });
  });

  it('is a timeout at the deadline, and the child ends', async () => {
    const id = await running(planes, { variants: definition(), timeouts: { execution: '2s' } });
    const started = await begin(id, { input: { forMs: LONG.ms } });
    const handle = await child(started);
    expect(await started.result()).toMatchObject({ outcome: 'timeout' });
    await eventually('the child has ended', async () =>
      (await handle.describe()).status.name === 'RUNNING' ? null : true,
    );
  });

  it('is cancelled when its workflow is cancelled by somebody, and a failure when it is terminated', async () => {
    const id = await running(planes, { variants: definition() });
    const [one, two] = await Promise.all([
      begin(id, { input: { forMs: LONG.ms } }),
      begin(id, { input: { forMs: LONG.ms } }),
    ]);
    await (await child(one)).cancel();
    await (await child(two)).terminate('by hand');
    expect(await one.result()).toMatchObject({
      outcome: 'cancelled',
      error: { type: 'Cancelled', message: 'the variant workflow was cancelled' },
    });
    expect(await two.result()).toMatchObject({ outcome: 'failure', error: { type: 'Terminated' } });
  });

  it('is a failure when another workflow has its id', async () => {
    const id = await running(planes, { variants: definition() });
    const squatter = await (await clientOf(planes)).workflow.start('greet', {
      workflowId: `execution/${id}/x/variant`,
      taskQueue: user.taskQueue,
      args: [{ forMs: LONG.ms }],
    });
    expect(await execute(id, { executionId: 'x' })).toMatchObject({
      outcome: 'failure',
      error: { type: 'AlreadyStarted' },
    });
    await squatter.terminate();
  });
});
