import { WorkflowUpdateFailedError } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { analyzeExperiment } from '../../src/operations/analyze.ts';
import { cloneExperiment } from '../../src/operations/clone.ts';
import { createExperiment } from '../../src/operations/create.ts';
import { deleteExperiment } from '../../src/operations/delete.ts';
import { excludeExecution } from '../../src/operations/exclude.ts';
import { executeWorkflow, startExecution } from '../../src/operations/execute.ts';
import { exportExperiment } from '../../src/operations/export.ts';
import { getExperimentResults, getExperimentStatus, listExperiments } from '../../src/operations/read.ts';
import { recordValues } from '../../src/operations/record.ts';
import { replaceDraft } from '../../src/operations/replace.ts';
import {
  archiveExperiment,
  deployWinner,
  pauseExperiment,
  resumeExperiment,
  startExperiment,
  stopExperiment,
} from '../../src/operations/transition.ts';
import { waitForResults } from '../../src/operations/wait.ts';
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
  rows,
  running,
  statusOf,
} from './experiments.ts';
import { LONG, reach } from './states.ts';

let planes: TestPlanes;
beforeAll(async () => {
  planes = await startPlanes();
});
afterAll(() => planes.stop());

/** A treatment that needs a few tokens against a control that needs 120 more: a winner on any machine, however busy. */
const decided = async (): Promise<string> => {
  const id = await running(planes, {
    variants: [graph('control', ['meters_input', 'metered']), graph('treatment', ['meters_input'])],
    primary_metric: { metric_id: 'tokens', metric_type: 'token_usage' },
    min_sample_size: 8,
    inputs: { items: items(60).map((item, index) => ({ ...item, tokens: index % 7 })) },
    stall_after: null,
  });
  const { winningVariantId } = await waitForResults(planes.victor, id);
  expect(winningVariantId).toBe('treatment');
  return id;
};

const units = (count: number, from = 0): readonly string[] =>
  Array.from({ length: count }, (_, index) => `unit-${from + index}`);

const executeAll = (id: string, names: readonly string[]) =>
  Promise.all(names.map((unit) => executeWorkflow(planes.victor, id, { unit, executionId: unit })));

const updateError = async (id: string, argument: unknown): Promise<string> => {
  const handle = (await clientOf(planes)).workflow.getHandle(`experiment/${id}`);
  try {
    await handle.executeUpdate('transition', { args: [argument] });
    return 'accepted';
  } catch (error) {
    if (!(error instanceof WorkflowUpdateFailedError)) throw error;
    const cause = error.cause as Error & { readonly type?: string };
    return `${cause.type}: ${cause.message}`;
  }
};

describe('deploy', () => {
  it('gives the winner to every execution from then on, outside the analysis, also when archived', async () => {
    const id = await decided();
    const before = await getExperimentResults(planes.victor, id);
    const deployed = await deployWinner(planes.victor, id, { actor: 'anna', reason: 'faster' });
    expect(deployed).toMatchObject({ status: 'rolled_out', deployedVariantId: 'treatment' });
    const results = await executeAll(id, units(4));
    for (const result of results) {
      expect(result).toMatchObject({ variantId: 'treatment', recorded: true, phase: 'after_deploy' });
    }
    expect(await executeWorkflow(planes.victor, id, { unit: 'unit-0', executionId: 'unit-0' })).toEqual(
      results[0],
    );
    await archiveExperiment(planes.victor, id);
    const late = await executeWorkflow(planes.victor, id, { unit: 'late' });
    expect(late).toMatchObject({ variantId: 'treatment', phase: 'after_deploy', outcome: 'success' });

    const status = await getExperimentStatus(planes.victor, id);
    expect(status.executions.excluded).toBe(5);
    expect(status.executions.started).toBe(status.totalSamples + 5);
    const after = await getExperimentResults(planes.victor, id);
    expect({ ...after, status: null }).toEqual({ ...before, status: null });
    expect((await events(planes, id)).find(({ data }) => data['action'] === 'deploy')).toMatchObject({
      actor: 'anna',
      reason: 'faster',
      data: { from: 'analyzed', to: 'rolled_out', variant_id: 'treatment' },
    });
    expect(await exportExperiment(planes.victor, id)).toMatchObject({
      variantId: 'treatment',
      workflowConfig: { graph_definition: { nodes: ['meters_input'] } },
      decision: { code: 'winner' },
    });
  });

  it('needs a winner, or a variant and a reason', async () => {
    const id = await reach(planes, 'analyzed');
    await expect(deployWinner(planes.victor, id)).rejects.toMatchObject({
      kind: 'Conflict',
      message: expect.stringMatching(/no winner .*--variant control\|treatment --reason/),
    });
    await expect(deployWinner(planes.victor, id, { variantId: 'x', reason: 'r' })).rejects.toMatchObject({
      kind: 'InvalidInput',
      message: expect.stringContaining('it has control, treatment'),
    });
    await expect(deployWinner(planes.victor, id, { variantId: 'control' })).rejects.toMatchObject({
      kind: 'InvalidInput',
      message: expect.stringContaining('say why'),
    });
    await expect(exportExperiment(planes.victor, id)).rejects.toMatchObject({ kind: 'Conflict' });
    expect(await statusOf(planes, id)).toBe('analyzed');
    const chosen = await deployWinner(planes.victor, id, { variantId: 'control', reason: 'it is cheaper' });
    expect(chosen).toMatchObject({ status: 'rolled_out', deployedVariantId: 'control' });
    expect((await exportExperiment(planes.victor, id)).variantId).toBe('control');
  });
});

describe('analyze', () => {
  it('by request leaves a completed experiment to its final look', async () => {
    const id = await reach(planes, 'completed');
    expect(await updateError(id, { action: 'analyze' })).toBe('accepted');
    expect(await statusOf(planes, id)).toBe('completed');
    await expect(analyzeExperiment(planes.victor, await reach(planes, 'running'))).rejects.toMatchObject({
      kind: 'IllegalTransition',
    });
    await archiveExperiment(planes.victor, id);
  });

  it('right after the last unit finds the experiment at its end', async () => {
    const id = await running(planes, { min_sample_size: 2, decision: { check_interval: '1h' } });
    for (let n = 0; ; n += 1) {
      await executeWorkflow(planes.victor, id, { unit: `u${n}` });
      if ((await getExperimentStatus(planes.victor, id)).informationFraction === 1) break;
    }
    expect(await analyzeExperiment(planes.victor, id)).toMatchObject({ status: 'analyzed' });
  });

  it('now: uses what began before the oldest running one; what ends later is supplementary', async () => {
    const id = await running(planes, { variants: pair(['wait']) });
    const before = units(6);
    await Promise.all(
      before.map((unit) =>
        executeWorkflow(planes.victor, id, { unit, executionId: unit, input: { ms: 20 } }),
      ),
    );
    const slow = await startExecution(planes.victor, id, { unit: 'slow', input: { ms: 4000 } });
    await eventually('it runs', async () => ((await executions(planes, id)).length === 7 ? true : null));
    await executeWorkflow(planes.victor, id, { unit: 'after', input: { ms: 20 } });
    await stopExperiment(planes.victor, id);
    const now = await analyzeExperiment(planes.victor, id, { now: true, actor: 'anna' });
    expect(now).toMatchObject({ status: 'analyzed', totalSamples: 6 });
    expect(now.warnings.map(({ code }) => code)).toContain('COHORT_TRUNCATED');
    await slow.result();
    const again = await analyzeExperiment(planes.victor, id);
    const late = Object.values(again.supplementary?.executions ?? {}).reduce((sum, n) => sum + n, 0);
    expect(late).toBe(2);
    expect({ ...again, supplementary: null }).toEqual({ ...now, supplementary: null });
    expect((await events(planes, id)).find(({ type }) => type === 'analysis_requested')).toMatchObject({
      actor: 'anna',
    });
  });
});

describe('after a pause', () => {
  it('what queries say follows the executions that still end', async () => {
    const id = await running(planes, { variants: pair(['wait']) });
    await startExecution(planes.victor, id, { unit: 'u', input: { ms: 1500 } });
    await eventually('it runs', async () => ((await executions(planes, id)).length === 1 ? true : null));
    await pauseExperiment(planes.victor, id);
    const handle = (await clientOf(planes)).workflow.getHandle(`experiment/${id}`);
    const query = () => handle.query<{ executions: { running: number; success: number } }>('status');
    expect((await query()).executions).toMatchObject({ running: 1 });
    await eventually('it has ended', async () => ((await query()).executions.success === 1 ? true : null));
  });
});

describe('a paused variant', () => {
  it('gets no new units, keeps its own, and is compared only by units that had a choice', async () => {
    const id = await running(planes);
    await executeAll(id, units(12));
    const paused = await pauseExperiment(planes.victor, id, { variantId: 'treatment', reason: 'it fails' });
    expect(paused).toMatchObject({
      status: 'running',
      variantStatus: { control: 'running', treatment: 'paused' },
    });
    const own = (await executions(planes, id)).find((row) => row.variant_id === 'treatment');
    expect((await executeWorkflow(planes.victor, id, { unit: own?.unit ?? '' })).variantId).toBe('treatment');
    const during = await executeAll(id, units(10, 100));
    expect(new Set(during.map((result) => result.variantId))).toEqual(new Set(['control']));
    const allocations = await rows<Record<string, unknown>>(
      planes,
      `select epoch, reason, propensity from victor.allocations where experiment_id = $1 and unit like 'unit-10_'`,
      [id],
    );
    expect(allocations).toHaveLength(10);
    for (const row of allocations) expect(row).toMatchObject({ epoch: 1, propensity: 1 });
    expect(new Set(allocations.map((row) => row['reason']))).toEqual(new Set(['hash', 'variant_paused']));

    await expect(pauseExperiment(planes.victor, id, { variantId: 'treatment' })).rejects.toMatchObject({
      message: expect.stringContaining('paused already'),
    });
    await expect(pauseExperiment(planes.victor, id, { variantId: 'control' })).rejects.toMatchObject({
      kind: 'IllegalTransition',
      message: expect.stringContaining('pause the experiment instead'),
    });
    await expect(pauseExperiment(planes.victor, id, { variantId: 'x' })).rejects.toMatchObject({
      kind: 'InvalidInput',
    });
    const resumed = await resumeExperiment(planes.victor, id, { variantId: 'treatment' });
    expect(resumed.variantStatus).toEqual({ control: 'running', treatment: 'running' });
    const after = await executeAll(id, units(20, 200));
    expect(new Set(after.map((result) => result.variantId))).toEqual(new Set(['control', 'treatment']));

    await stopExperiment(planes.victor, id);
    const results = await waitForResults(planes.victor, id);
    expect(results.totalUnits).toBe(32);
    expect(results.sampleRatio.ok).toBe(true);
    expect(results.warnings).toContainEqual({
      code: 'NOT_RANDOMISED',
      message: '10 units were begun while only one variant was open; they are recorded, and not compared',
    });
    expect((await events(planes, id)).filter(({ type }) => type === 'variant')).toMatchObject([
      { reason: 'it fails', data: { action: 'pause', variant_id: 'treatment', epoch: 1 } },
      { data: { action: 'resume', variant_id: 'treatment', epoch: 2 } },
    ]);
  });

  it('is for experiments that run or are paused, by update as well as by signal', async () => {
    const id = await draft(planes);
    expect(await updateError(id, { action: 'pause', variant_id: 'control' })).toMatch(/^IllegalTransition/);
    await startExperiment(planes.victor, id);
    expect(await updateError(id, { action: 'start', variant_id: 'control' })).toMatch(/^InvalidInput/);
    expect(await updateError(id, { action: 'pause', variant_id: 7 })).toMatch(/^InvalidInput/);
    const handle = (await clientOf(planes)).workflow.getHandle(`experiment/${id}`);
    await handle.signal('pause', { variant_id: 'control' });
    await eventually('it is paused', async () => {
      const { variantStatus, status } = await getExperimentStatus(planes.victor, id);
      return status === 'running' && variantStatus['control'] === 'paused' ? true : null;
    });
  });
});

describe('an excluded execution', () => {
  it('is left out of later looks, counted, and can be taken back', async () => {
    const id = await running(planes);
    await executeAll(id, units(10));
    expect(await excludeExecution(planes.victor, id, 'unit-3', { reason: 'a test of ours' })).toBe(true);
    expect(await excludeExecution(planes.victor, id, 'unit-3', { reason: 'again' })).toBe(false);
    await excludeExecution(planes.victor, id, 'unit-4', { reason: 'by mistake' });
    await excludeExecution(planes.victor, id, 'unit-4', { reason: 'it was right', include: true });
    await expect(excludeExecution(planes.victor, id, 'nobody', { reason: 'r' })).rejects.toMatchObject({
      kind: 'NotFound',
    });
    await expect(excludeExecution(planes.victor, id, 'unit-5', { reason: ' ' })).rejects.toMatchObject({
      kind: 'InvalidInput',
    });
    expect((await getExperimentStatus(planes.victor, id)).executions).toMatchObject({
      started: 10,
      excluded: 1,
    });
    await stopExperiment(planes.victor, id);
    const results = await waitForResults(planes.victor, id);
    expect([results.totalSamples, results.totalUnits]).toEqual([9, 10]);
    const view = await rows(
      planes,
      'select execution_id, exclusion_reason from victor.executions where experiment_id = $1 and excluded',
      [id],
    );
    expect(view).toEqual([{ execution_id: 'unit-3', exclusion_reason: 'a test of ours' }]);
    expect((await events(planes, id)).filter(({ type }) => type === 'excluded')).toHaveLength(3);
  });
});

describe('a late value', () => {
  it('is a new revision when there is one, with a reason; and is no part of looks that were taken', async () => {
    const id = await running(planes);
    await executeAll(id, units(4));
    expect(await recordValues(planes.victor, id, 'unit-1', { quality: 0.5 })).toEqual([
      { name: 'quality', value: 0.5, revision: 0 },
    ]);
    await stopExperiment(planes.victor, id);
    const before = await waitForResults(planes.victor, id);
    await expect(recordValues(planes.victor, id, 'unit-1', { execution_time: 900 })).rejects.toMatchObject({
      kind: 'InvalidInput',
      message: expect.stringContaining('needs a reason'),
    });
    const corrected = await recordValues(
      planes.victor,
      id,
      'unit-1',
      { execution_time: 900, quality: 0.7 },
      { reason: 'the clock was wrong', actor: 'anna' },
    );
    expect(corrected.map(({ revision }) => revision)).toEqual([1, 1]);
    await expect(recordValues(planes.victor, id, 'nobody', { quality: 1 })).rejects.toMatchObject({
      kind: 'NotFound',
    });
    const open = await running(planes, { variants: pair(['wait']) });
    const going = await startExecution(planes.victor, open, {
      unit: 'u',
      executionId: 'going',
      input: { ms: 1500 },
    });
    await eventually('it runs', async () => ((await executions(planes, open)).length === 1 ? true : null));
    await expect(recordValues(planes.victor, open, 'going', { execution_time: 1 })).rejects.toMatchObject({
      kind: 'Conflict',
    });
    await recordValues(planes.victor, open, 'going', { quality: 1 });
    expect(await going.result()).toMatchObject({ outcome: 'success' });
    for (const value of [Number.NaN, Infinity, 1e200])
      await expect(recordValues(planes.victor, id, 'unit-1', { quality: value })).rejects.toMatchObject({
        kind: 'InvalidInput',
      });
    expect({ ...(await getExperimentResults(planes.victor, id)) }).toEqual(before);
    expect(
      await rows(
        planes,
        'select name, revision, value from victor.metric_values where experiment_id = $1 and execution_id = $2 and name = any($3) order by name',
        [id, 'unit-1', ['execution_time', 'quality']],
      ),
    ).toEqual([
      { name: 'execution_time', revision: 1, value: 900 },
      { name: 'quality', revision: 1, value: 0.7 },
    ]);
    expect((await events(planes, id)).filter(({ type }) => type === 'values_recorded')).toMatchObject([
      { actor: 'anna', reason: 'the clock was wrong', data: { execution_id: 'unit-1' } },
    ]);
  });
});

describe('a draft', () => {
  it('takes another definition, and runs that', async () => {
    const id = await draft(planes, { variants: pair(['throws']), inputs: { items: items(3) } });
    const { status } = await replaceDraft(
      planes.victor,
      id,
      { config: config({ name: `replaced ${id}`, inputs: { items: items(4, { other: true }) } }) },
      { actor: 'anna', reason: 'a better idea' },
    );
    expect(status).toMatchObject({ experimentId: id, name: `replaced ${id}`, status: 'draft' });
    const handle = (await clientOf(planes)).workflow.getHandle(`experiment/${id}`);
    await eventually('its workflow knows', async () =>
      (await handle.query<{ name: string } | null>('status'))?.name === `replaced ${id}` ? true : null,
    );
    await startExperiment(planes.victor, id);
    await ended(planes, id, 4);
    expect((await executions(planes, id)).map((row) => row.outcome)).toEqual(Array(4).fill('success'));
    expect((await events(planes, id)).find(({ type }) => type === 'edited')).toMatchObject({
      actor: 'anna',
      reason: 'a better idea',
    });
    await expect(replaceDraft(planes.victor, id, { config: config() })).rejects.toMatchObject({
      kind: 'Conflict',
      message: expect.stringContaining('only a draft'),
    });
  });

  it('keeps what it had when the new definition is wrong or its name is taken', async () => {
    const id = await draft(planes, { name: `first ${Date.now()}` });
    const other = await draft(planes);
    const { name } = await getExperimentStatus(planes.victor, other);
    await expect(replaceDraft(planes.victor, id, { config: { name: 7 } })).rejects.toMatchObject({
      kind: 'InvalidInput',
    });
    await expect(replaceDraft(planes.victor, id, { config: config({ name }) })).rejects.toMatchObject({
      kind: 'Conflict',
    });
    expect((await getExperimentStatus(planes.victor, id)).name).toMatch(/^first/);
    expect((await startExperiment(planes.victor, id)).status).toBe('running');
  });

  it('is cloned from any experiment, with its inputs', async () => {
    const id = await running(planes, { inputs: { items: items(5, { text: 'y'.repeat(9000) }) } });
    await ended(planes, id, 5);
    const { name } = await getExperimentStatus(planes.victor, id);
    const first = await cloneExperiment(planes.victor, id);
    const second = await cloneExperiment(planes.victor, id, { experimentId: `${id}-2` });
    expect([first.status.name, second.status.name]).toEqual([`${name} (2)`, `${name} (3)`]);
    expect(second.status).toMatchObject({ experimentId: `${id}-2`, status: 'draft', totalSamples: 0 });
    await startExperiment(planes.victor, second.status.experimentId);
    await ended(planes, second.status.experimentId, 5);
    await expect(cloneExperiment(planes.victor, id, { name })).rejects.toMatchObject({ kind: 'Conflict' });
    await expect(cloneExperiment(planes.victor, id, { experimentId: id })).rejects.toMatchObject({
      kind: 'Conflict',
    });
    await expect(cloneExperiment(planes.victor, id, { name: 'a\nb' })).rejects.toMatchObject({
      kind: 'InvalidInput',
    });
  });
});

describe('a request id', () => {
  it('is for one request: the same id for another variant, or for all, is a Conflict', async () => {
    const id = await running(planes);
    const pause = (variantId?: string) =>
      pauseExperiment(planes.victor, id, {
        requestId: 'r',
        ...(variantId === undefined ? {} : { variantId }),
      });
    await pause('treatment');
    await pause('treatment');
    await expect(pause()).rejects.toMatchObject({
      kind: 'Conflict',
      message: expect.stringContaining('request r was a pause of treatment'),
    });
    await expect(pause('control')).rejects.toMatchObject({ kind: 'Conflict' });
    expect(await statusOf(planes, id)).toBe('running');
    await expect(pauseExperiment(planes.victor, id, { requestId: 'x'.repeat(201) })).rejects.toMatchObject({
      kind: 'InvalidInput',
    });
  });
});

describe('delete', () => {
  it('archives and hides; the id still finds it', async () => {
    const id = await draft(planes);
    const deleted = await deleteExperiment(planes.victor, id, { reason: 'a mistake' });
    expect(deleted?.status).toBe('archived');
    const ids = async (filter: { deleted?: boolean }) =>
      (await listExperiments(planes.victor, filter)).map(({ experimentId }) => experimentId);
    expect(await ids({})).not.toContain(id);
    expect(await ids({ deleted: true })).toContain(id);
    expect((await getExperimentStatus(planes.victor, id)).status).toBe('archived');
    await expect(getExperimentStatus(planes.victor, id.slice(0, -1))).rejects.toMatchObject({
      kind: 'NotFound',
    });
    await expect(deleteExperiment(planes.victor, await reach(planes, 'running'))).rejects.toMatchObject({
      kind: 'IllegalTransition',
    });
  });

  it('with purge removes every row, but not what another experiment needs; its id is free again', async () => {
    const shared = items(2, { text: `shared ${Date.now()} ${'y'.repeat(9000)}` });
    const name = `purged ${Date.now()}`;
    const id = await running(planes, { name, inputs: { items: shared } });
    const kept = await draft(planes, { inputs: { items: shared } });
    await ended(planes, id, 2);
    await becomes(planes, id, 'analyzed');
    expect(await deleteExperiment(planes.victor, id, { purge: true })).toBeNull();
    const tables = await rows<{ name: string; column: boolean }>(
      planes,
      `select table_name as name from information_schema.columns
       where table_schema = 'victor_data' and column_name = 'experiment_id'`,
      [],
    );
    expect(tables.length).toBeGreaterThan(10);
    for (const { name: table } of tables) {
      const [row] = await rows<{ n: number }>(
        planes,
        `select count(*) as n from victor_data.${table} where experiment_id = $1`,
        [id],
      );
      expect([table, row?.n]).toEqual([table, 0]);
    }
    await expect(executeWorkflow(planes.victor, id, { unit: 'u' })).rejects.toMatchObject({
      kind: 'NotFound',
    });
    // the workers know the purged one: what they know must not be used for the new one
    const again = config({
      name,
      variants: pair(['hash']),
      inputs: { items: [{ user_id: 'a', text: 'b' }] },
    });
    await createExperiment(planes.victor, { from: { config: again }, experimentId: id });
    for (const one of [id, kept]) await startExperiment(planes.victor, one);
    await ended(planes, id, 1);
    await ended(planes, kept, 2);
    expect((await executions(planes, id))[0]?.output).toHaveProperty('hash');
    expect((await executions(planes, kept)).map((row) => row.outcome)).toEqual(['success', 'success']);
  });

  it('with purge is refused while executions run', async () => {
    const id = await running(planes, { variants: pair(['wait']) });
    const started = await startExecution(planes.victor, id, { unit: 'u', input: LONG });
    await eventually('it runs', async () => ((await executions(planes, id)).length === 1 ? true : null));
    await pauseExperiment(planes.victor, id);
    await expect(deleteExperiment(planes.victor, id, { purge: true })).rejects.toMatchObject({
      kind: 'Conflict',
      message: expect.stringContaining('1 execution'),
    });
    expect(await statusOf(planes, id)).toBe('paused');
    await (await clientOf(planes)).workflow.getHandle(started.workflowId).cancel();
    await ended(planes, id, 1);
    expect(await deleteExperiment(planes.victor, id, { purge: true })).toBeNull();
  });
});
