import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createExperiment } from '../../src/operations/create.ts';
import { executeWorkflow, startExecution } from '../../src/operations/execute.ts';
import { getExperimentStatus } from '../../src/operations/read.ts';
import { pauseExperiment, resumeExperiment, startExperiment } from '../../src/operations/transition.ts';
import { openVictor } from '../../src/operations/victor.ts';
import { checkInstallation } from '../../src/temporal/schedule.ts';
import { tally, twoVariants } from '../support/experiments.ts';
import { MAIN, eventually, startPlanes } from '../support/workers.ts';
import type { TestPlanes } from '../support/workers.ts';

let planes: TestPlanes;
beforeAll(async () => {
  planes = await startPlanes();
});
afterAll(() => planes.stop());

let made = 0;
async function running(
  handlers: readonly string[],
  rest: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  made += 1;
  const config = twoVariants(`Hostile ${made}`, handlers, rest);
  const { status } = await createExperiment(planes.victor, {
    from: { config },
    experimentId: `hostile-${made}`,
  });
  await startExperiment(planes.victor, status.experimentId);
  return status.experimentId;
}
const clientOf = async () => (await planes.victor.temporal()).client;

describe('recording', () => {
  it('again, after the state went with the first record, gives the first outcome', async () => {
    const id = await running(['large']);
    const first = await executeWorkflow(planes.victor, id, { executionId: 'r1', unit: 'a' });
    expect(first).toMatchObject({ outcome: 'success', output: { text: 'x'.repeat(20_000) } });
    const { connection } = await planes.victor.temporal();
    const handle = (await clientOf()).workflow.getHandle(first.workflowId);
    const { events } = await handle.fetchHistory();
    const last = events?.findLast((event) => event.workflowTaskCompletedEventAttributes)?.eventId;
    await connection.workflowService.resetWorkflowExecution({
      namespace: planes.addresses.temporalNamespace,
      workflowExecution: { workflowId: first.workflowId },
      reason: 'recorded twice',
      workflowTaskFinishEventId: last ?? null,
      requestId: 'reset-1',
    });
    const again = await executeWorkflow(planes.victor, id, { executionId: 'r1', unit: 'a' });
    expect(again).toEqual(first);
    expect(await tally(planes.victor.pool, id)).toMatchObject({ executions: 1, outcomes: 1 });
  });

  it('leaves no large value behind: not of a run, nor of one that was not to take place', async () => {
    const id = await running(['large']);
    const input = { document: 'y'.repeat(20_000) };
    const first = await executeWorkflow(planes.victor, id, { executionId: 'l1', unit: 'a', input });
    expect(first).toMatchObject({ outcome: 'success', output: { document: input.document } });
    expect(await executeWorkflow(planes.victor, id, { executionId: 'l1', unit: 'a', input })).toEqual(first);
    await pauseExperiment(planes.victor, id);
    const refused = executeWorkflow(planes.victor, id, {
      executionId: 'l2',
      unit: 'a',
      input,
      whenNotRunning: 'refuse',
    });
    await expect(refused).rejects.toMatchObject({ kind: 'NotRunning' });
    await executeWorkflow(planes.victor, id, { executionId: 'l3', unit: 'a', input });
    const { rows } = await planes.victor.pool.query(
      'select execution_id from victor_data.state_values where experiment_id = $1',
      [id],
    );
    expect(rows).toEqual([]);
  });
});

describe('a handler that misbehaves costs nobody else', () => {
  it.each([
    ['an error whose causes are endless', 'throws_cyclic', { type: 'Error', message: 'around' }],
    ['an error of 5 MB', 'throws_large', { type: 'Error', message: 'x'.repeat(4000) }],
    ['something that is no error', 'throws_text', { type: 'Error', message: 'only text' }],
  ])('%s', async (_, handler, error) => {
    const id = await running([handler]);
    const [failed, innocent] = await Promise.all([
      executeWorkflow(planes.victor, id, { unit: 'a' }),
      running(['sometimes']).then((other) => executeWorkflow(planes.victor, other, { unit: 'b' })),
    ]);
    expect(failed).toMatchObject({ outcome: 'failure', error: { ...error, node: handler } });
    expect(innocent).toMatchObject({ outcome: 'success' });
    expect(planes.processes.data).toHaveLength(1);
  });

  it('text that UTF-8 cannot hold, thrown or cut', async () => {
    const id = await running(['throws_half']);
    const pid = planes.processes.data[0]?.pid;
    const half = await executeWorkflow(planes.victor, id, { unit: 'a' });
    expect(half.error).toMatchObject({ type: 'Error', node: 'throws_half' });
    expect(half.error?.message).toMatch(/^bad.message \uFFFD$/);
    const cut = await executeWorkflow(planes.victor, id, { unit: 'b', input: { cut: true } });
    expect(cut.error?.message).toBe(`${'a'.repeat(3999)}\uFFFD`);
    expect(planes.processes.data[0]?.pid).toBe(pid);
  });

  it('a promise that it forgets', async () => {
    const id = await running(['floats']);
    const pid = planes.processes.data[0]?.pid;
    expect(await executeWorkflow(planes.victor, id, { unit: 'a' })).toMatchObject({ outcome: 'success' });
    expect(await executeWorkflow(planes.victor, id, { unit: 'b' })).toMatchObject({ outcome: 'success' });
    expect(planes.processes.data[0]?.pid).toBe(pid);
  });
});

describe('an execution that is ended from outside', () => {
  it('by terminate is a failure for the one who waits', async () => {
    const id = await running(['hangs']);
    const started = await startExecution(planes.victor, id, { executionId: 't1', unit: 'a' });
    await eventually('it has begun', async () =>
      (await tally(planes.victor.pool, id)).executions === 1 ? true : null,
    );
    const result = started.result();
    await (await clientOf()).workflow.getHandle(started.workflowId).terminate('enough');
    expect(await result).toMatchObject({ outcome: 'failure', error: { type: 'Terminated' } });
  });

  it('a definition that nobody serves is a timeout at its deadline', async () => {
    const variant = {
      workflow_type: 'definition',
      workflow_config: { workflow: 'w', task_queue: 'nobody-here' },
    };
    const id = await running([], {
      variants: [
        { variant_id: 'control', is_control: true, ...variant },
        { variant_id: 'treatment', ...variant },
      ],
      timeouts: { execution: '2s' },
    });
    const began = Date.now();
    expect(await executeWorkflow(planes.victor, id, { unit: 'a' })).toMatchObject({ outcome: 'timeout' });
    expect(Date.now() - began).toBeLessThan(30_000);
  });
});

describe('requests', () => {
  it('a request id that was used for another action is a conflict', async () => {
    const id = await running(['sometimes']);
    await pauseExperiment(planes.victor, id, { requestId: 'r' });
    await expect(resumeExperiment(planes.victor, id, { requestId: 'r' })).rejects.toMatchObject({
      kind: 'Conflict',
      message: 'request r was a pause; a resume needs a request id of its own',
    });
    expect(await pauseExperiment(planes.victor, id, { requestId: 'r' })).toMatchObject({ status: 'paused' });
    expect(await resumeExperiment(planes.victor, id)).toMatchObject({ status: 'running' });
  });

  it('a reset of the experiment does not repeat its signals', async () => {
    const id = await running(['sometimes']);
    const { client, connection } = await planes.victor.temporal();
    const handle = client.workflow.getHandle(`experiment/${id}`);
    const becomes = (wanted: string) =>
      eventually(wanted, async () =>
        (await getExperimentStatus(planes.victor, id)).status === wanted ? true : null,
      );
    await handle.signal('pause');
    await becomes('paused');
    await resumeExperiment(planes.victor, id);
    await connection.workflowService.resetWorkflowExecution({
      namespace: planes.addresses.temporalNamespace,
      workflowExecution: { workflowId: `experiment/${id}` },
      reason: 'again',
      workflowTaskFinishEventId:
        (await handle.fetchHistory()).events?.find((event) => event.workflowTaskCompletedEventAttributes)
          ?.eventId ?? null,
      requestId: 'reset-2',
    });
    await pauseExperiment(planes.victor, id, { requestId: 'after the reset' });
    await resumeExperiment(planes.victor, id, { requestId: 'and on' });
    const { rows } = await planes.victor.pool.query<{ action: string }>(
      `select data ->> 'action' as action from victor.events where experiment_id = $1 and type = 'transition' order by number`,
      [id],
    );
    expect(rows.map(({ action }) => action)).toEqual(['start', 'pause', 'resume', 'pause', 'resume']);
  });
});

describe('datasets', () => {
  it('a slow item holds up its own lane alone', async () => {
    const items = Array.from({ length: 130 }, (_, i) => ({ user_id: `u${i}`, ms: i === 3 ? 50_000 : 5 }));
    const id = await running(['wait'], { inputs: { items }, concurrency: 20, min_sample_size: 1000 });
    await eventually(
      'all others have ended while it runs',
      async () => {
        const { executions, outcomes } = await tally(planes.victor.pool, id);
        return executions === 130 && outcomes === 129 ? true : null;
      },
      45_000,
    );
  });
});

describe('servers and queues that do not belong together', () => {
  it('a second database behind the same queues is refused', async () => {
    const client = await clientOf();
    await expect(checkInstallation(client, planes.prefix, 'another')).rejects.toMatchObject({
      kind: 'Conflict',
      message: expect.stringMatching(/serve another database; set VICTOR_TASK_QUEUE_PREFIX/) as string,
    });
  });

  it('create with a prefix that nobody serves says so', async () => {
    const victor = openVictor({ ...planes.addresses, taskQueuePrefix: 'nobody', env: planes.env });
    try {
      const from = { config: twoVariants('Nobody', ['sometimes']) };
      await expect(createExperiment(victor, { from })).rejects.toMatchObject({
        kind: 'Unavailable',
        message: expect.stringMatching(/no worker serves the task queue nobody-control/) as string,
      });
    } finally {
      await victor.close();
    }
  });
});

it('the gate keeps its exit code when nobody reads its output', async () => {
  const id = await running(['sometimes']);
  const child = spawn(
    process.execPath,
    [MAIN, 'experiment', 'execute', id, '--user', 'x', '--input', '{"fail": true}'],
    {
      env: planes.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  child.stdout.destroy();
  const [code] = (await once(child, 'exit')) as [number | null];
  expect(code).toBe(1);
});
