import { randomBytes } from 'node:crypto';
import { Connection, WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  WorkflowEngine,
  createExperiment,
  getExperimentStatus,
  openVictor,
  startExperiment,
} from '../../src/client.ts';
import type { ExecutionResult, ExperimentConfig, TypedCreateRequest } from '../../src/client.ts';
import { eventually, startPlanes } from '../support/workers.ts';
import type { TestPlanes } from '../support/workers.ts';
import { clientOf, executions, graph, running } from '../workflows/experiments.ts';
import { startUserWorker } from '../workflows/user-worker.ts';
import type { UserWorker } from '../workflows/user-worker.ts';

const WORKFLOW = `workflows:
  research:
    nodes: [{id: answer, type: compute, handler: parameters, inputs: {query: $ctx.query}, output: answer}]
`;

/** The two variants of one workflow file, told apart by a parameter. */
const comparison = (more: Partial<ExperimentConfig> = {}): TypedCreateRequest => ({
  name: `Model comparison ${randomBytes(4).toString('hex')}`,
  variants: ['sonnet', 'opus'].map((model, index) => ({
    variantId: model,
    workflowType: 'yaml',
    workflowConfig: { path: '../flows/research.yaml', files: { '../flows/research.yaml': WORKFLOW } },
    parameterOverrides: { 'nodes.answer.timeout': index + 10 },
    isControl: index === 0,
  })),
  primaryMetric: { metricId: 'execution_time', metricType: 'execution_time', relativeImprovement: 0.1 },
  minSampleSize: 1000,
  stallAfter: '1h',
  ...more,
});

let planes: TestPlanes;
let user: UserWorker;
let engine: WorkflowEngine;
beforeAll(async () => {
  planes = await startPlanes();
  user = await startUserWorker(planes, { file: 'variant-workflows.ts' });
  engine = new WorkflowEngine(planes.victor);
});
afterAll(async () => {
  await user.stop();
  await planes.stop();
});

async function started(definition: TypedCreateRequest): Promise<string> {
  const { status } = await createExperiment(planes.victor, definition);
  await startExperiment(planes.victor, status.experimentId);
  return status.experimentId;
}

describe('WorkflowEngine', () => {
  it('runs the variant of the user for a workflow file', async () => {
    const id = await started(comparison());
    const request = { yamlPath: 'flows/research.yaml', initialState: { query: 'q' }, experimentId: id };
    const one = await engine.executeYaml({ ...request, userId: 'user_1', executionId: 'call-1' });
    const again = await engine.executeYaml({ ...request, userId: 'user_1', workflow: 'research' });
    expect(one).toMatchObject({ success: true, outcome: 'success', recorded: true });
    expect(one.metadata).toEqual({ variantId: one.variantId, experimentId: id, executionId: 'call-1' });
    expect(one.durationSeconds).toBeGreaterThan(0);
    expect(again.variantId).toBe(one.variantId);
    expect(await executions(planes, id)).toMatchObject([
      { execution_id: 'call-1', unit: 'user_1', variant_id: one.variantId },
      { unit: 'user_1', variant_id: one.variantId },
    ]);
  });

  it('runs graphs and definitions, and says when one fails', async () => {
    const failing = graph('treatment', ['throws'], { traffic_weight: 0.999 });
    const definition = {
      workflow_type: 'definition',
      workflow_config: { workflow: 'once', task_queue: user.taskQueue },
    };
    const id = await running(planes, {
      variants: [{ ...graph('control', []), ...definition, traffic_weight: 0.001 }, failing],
    });
    const byGraph = await engine.executeGraph({
      graph: { nodes: ['throws'] },
      experimentId: id,
      userId: 'u1',
    });
    expect(byGraph).toMatchObject({ success: false, outcome: 'failure', recorded: true });
    const byName = await engine.executeDefinition({ workflow: 'once', experimentId: id, userId: 'u1' });
    expect(byName.variantId).toBe(byGraph.variantId);
  });

  it('refuses what the experiment does not vary, and calls that name no experiment or no unit', async () => {
    const id = await started(comparison());
    const request = { experimentId: id, userId: 'u' };
    const refusals: readonly [() => Promise<unknown>, string][] = [
      [
        () => engine.executeYaml({ ...request, yamlPath: 'flows/other.yaml' }),
        'sonnet: ../flows/research.yaml',
      ],
      [
        () => engine.executeYaml({ ...request, yamlPath: 'research.yaml', workflow: 'other' }),
        'with workflow "other"',
      ],
      [() => engine.executeGraph({ ...request, graph: { nodes: ['echo'] } }), 'the graph is not what'],
      [() => engine.executeDefinition({ ...request, workflow: 'research' }), 'workflow type "research"'],
      [() => engine.executeYaml({ yamlPath: 'research.yaml' } as never), 'experimentId is missing'],
      [() => engine.executeYaml({ experimentId: id, yamlPath: 'research.yaml' }), 'neither unit nor context'],
      [
        () => engine.executeYaml({ ...request, yamlPath: 'research.yaml', context: { user_id: 'other' } }),
        'leave one of them out',
      ],
    ];
    for (const [call, message] of refusals) {
      await expect(call()).rejects.toMatchObject({
        kind: 'InvalidInput',
        message: expect.stringContaining(message),
      });
    }
    await expect(
      engine.executeYaml({ ...request, experimentId: 'nobody', yamlPath: 'x' }),
    ).rejects.toMatchObject({ kind: 'NotFound' });
    expect(await executions(planes, id)).toEqual([]);
  });
});

describe('createExperiment with a typed definition', () => {
  it('refuses as the file does, with every problem', async () => {
    const bad = { ...comparison(), minSampleSize: 1, primaryMetrics: {}, significanceLevel: undefined };
    await expect(createExperiment(planes.victor, bad as never)).rejects.toMatchObject({
      kind: 'InvalidInput',
      problems: [
        { message: expect.stringContaining('min_sample_size is 1') },
        { message: expect.stringContaining('unknown key primary_metrics') },
      ],
    });
    const cyclic: Record<string, unknown> = { ...comparison() };
    cyclic['tags'] = cyclic;
    await expect(createExperiment(planes.victor, cyclic as never)).rejects.toMatchObject({
      kind: 'InvalidInput',
      message: expect.stringContaining('is a cycle, which is not JSON'),
    });
  });
});

describe('a session on what the caller has opened', () => {
  it('uses it and leaves it open', async () => {
    const connection = await Connection.connect({ address: planes.addresses.temporalAddress });
    const pool = new pg.Pool({ connectionString: planes.addresses.databaseUrl });
    const session = openVictor({ connection, pool, taskQueuePrefix: planes.prefix });
    const { status } = await createExperiment(session, comparison());
    expect(status).toMatchObject({ status: 'draft', totalSamples: 0, plannedUnits: 2000 });
    await session[Symbol.asyncDispose]();
    await session.close();
    expect((await pool.query('select 1::int8 as n')).rows).toEqual([{ n: '1' }]);
    await connection.workflowService.getSystemInfo({});
    const next = openVictor({ connection, pool, taskQueuePrefix: planes.prefix });
    expect((await getExperimentStatus(next, status.experimentId)).executions.started).toBe(0);
    await next.close();
    await pool.end();
    await connection.close();
  });

  it('takes each of them once', () => {
    const { databaseUrl, temporalAddress } = planes.addresses;
    expect(() => openVictor({ databaseUrl })).toThrow('none of temporalAddress and connection');
    expect(() => openVictor({ temporalAddress })).toThrow('none of databaseUrl and pool');
    expect(() => openVictor({ temporalAddress, databaseUrl, pool: planes.victor.pool })).toThrow('both of');
  });
});

describe('executeVariant', () => {
  const order = (experiment: string, more: object = {}): unknown => ({
    experiment,
    prefix: planes.prefix,
    customer: 'ann',
    id: `order-${randomBytes(4).toString('hex')}`,
    ...more,
  });
  const start = async (type: string, argument: unknown) =>
    (await clientOf(planes)).workflow.start(type, {
      workflowId: `user-${randomBytes(6).toString('hex')}`,
      taskQueue: user.taskQueue,
      args: [argument],
    });

  it('runs executions as children: same unit, same variant; same id, same outcome', async () => {
    const id = await running(planes, {
      variants: [graph('control', ['token']), graph('treatment', ['token'])],
    });
    const handle = await start('fourSteps', order(id));
    const [first, second, named, repeated] = (await handle.result()) as readonly ExecutionResult[];
    expect(first).toMatchObject({
      experimentId: id,
      outcome: 'success',
      recorded: true,
      phase: 'experiment',
    });
    expect(first?.metrics['execution_time']).toBeGreaterThan(0);
    expect([second?.variantId, named?.variantId]).toEqual([first?.variantId, first?.variantId]);
    const tokens = [first, second, named].map((one) => (one?.output as { token: string } | undefined)?.token);
    expect(new Set(tokens).size).toBe(3);
    expect(repeated).toEqual(named);
    expect(await executions(planes, id)).toMatchObject([
      { execution_id: first?.executionId, unit: 'ann' },
      { execution_id: second?.executionId, unit: 'ann' },
      { execution_id: named?.executionId, unit: 'ann' },
    ]);
  });

  it('waits for an execution of the same id that runs', async () => {
    const id = await running(planes, {
      variants: [graph('control', ['token']), graph('treatment', ['token'])],
    });
    const handle = await start('together', order(id));
    const [one, other] = (await handle.result()) as readonly ExecutionResult[];
    expect(one).toEqual(other);
  });

  it('records the cancel of the workflow around it, and fails with the kinds of the catalogue', async () => {
    const id = await running(planes, {
      variants: [graph('control', ['hangs']), graph('treatment', ['hangs'])],
    });
    const handle = await start('once', order(id));
    await eventually('it has begun', async () => ((await executions(planes, id)).length === 1 ? true : null));
    await handle.cancel();
    const error: unknown = await handle.result().catch((reason: unknown) => reason);
    expect(error instanceof WorkflowFailedError && error.cause).toBeInstanceOf(CancelledFailure);
    expect(await executions(planes, id)).toMatchObject([{ outcome: 'cancelled' }]);
    for (const [argument, type] of [
      [order('nobody-has-this-id'), 'NotFound'],
      [order('No Id'), 'InvalidInput'],
    ] as const) {
      const failed: unknown = await (await start('once', argument))
        .result()
        .catch((reason: unknown) => reason);
      const cause = failed instanceof WorkflowFailedError ? failed.cause : null;
      expect(cause instanceof ApplicationFailure && cause.type).toBe(type);
    }
  });
});
