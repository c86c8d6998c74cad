import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createTestEngine } from '../../src/testing.ts';
import type { Handler } from '../../src/handlers.ts';
import type { TestEngineOptions } from '../../src/testing.ts';
import { startUserWorker } from '../workflows/user-worker.ts';

const VARIANTS = {
  steps: `
  - variant_id: steps
    workflow_type: stategraph
    workflow_config: {graph_definition: {nodes: [split, count, show], edges: [[split, count], [count, show]]}}`,
  together: `
  - variant_id: together
    workflow_type: stategraph
    workflow_config: {graph_definition: {nodes: [split, count, measure, show], parallel_nodes: [[count, measure]]}}
    parameter_overrides: {state.unit_name: words}`,
  other: `
  - {variant_id: other, workflow_type: definition, workflow_config: {workflow: greet}, parameter_overrides: {tone: kind}}`,
};

let folder: string;
const write = (name: string, text: string): string => {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
};
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'victor-kit-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const handlers: Readonly<Record<string, Handler>> = {
  split: ({ text }) => ({ words: (text as string).split(' ') }),
  count: ({ words }, { meter }) => (meter.tokens(3), { count: (words as string[]).length }),
  measure: ({ text }) => ({ length: (text as string).length }),
  show: ({ count, length, unit_name }, { parameters, variantId }) => ({
    shown: [count ?? 0, unit_name ?? '', length ?? 0, variantId, parameters],
  }),
};

type Variant = keyof typeof VARIANTS;

/** Of an experiment with a control and the variant that is forced. */
function engineOf([control, forced]: readonly [Variant, Variant], more: Partial<TestEngineOptions> = {}) {
  const text = `name: Two ways
variants:${VARIANTS[control]}${VARIANTS[forced]}
primary_metric: {metric_id: execution_time, metric_type: execution_time}
max_duration_seconds: 600
`;
  const file = write(`${control}-${forced}.yaml`, text);
  return createTestEngine({ file, variantId: forced, handlers, ...more });
}

describe('createTestEngine', () => {
  it('runs the forced variant with the control flow of the product', async () => {
    const engine = await engineOf(['steps', 'together']);
    const result = await engine.executeGraph({
      graph: {
        nodes: ['split', 'count', 'show'],
        edges: [
          ['split', 'count'],
          ['count', 'show'],
        ],
      },
      initialState: { text: 'one two three' },
      experimentId: 'any',
      userId: 'u',
    });
    expect(result).toMatchObject({
      success: true,
      metadata: { variantId: 'together', experimentId: 'any' },
      output: {
        count: 3,
        length: 13,
        shown: [3, 'words', 13, 'together', { 'state.unit_name': 'words' }],
      },
      metrics: { token_usage: 3, tool_calls_count: 0, cost: 0 },
    });
    expect(engine.parameters).toEqual({ 'state.unit_name': 'words' });
    expect(await engine.callHandler('measure', { text: 'four' })).toMatchObject({ value: { length: 4 } });
    await expect(
      engine.executeGraph({ graph: { nodes: ['show'] }, experimentId: 'any' }),
    ).rejects.toMatchObject({ kind: 'InvalidInput' });
  });

  it('makes outcomes of failures, repeats an id, and counts attempts', async () => {
    let calls = 0;
    const engine = await engineOf(['together', 'steps'], {
      handlers: {
        ...handlers,
        count: ({ text }, { attempt }) => {
          calls += 1;
          if (text === 'never' || attempt < 3) throw new RangeError('not yet');
          return { count: attempt };
        },
        show: () => ({ at: Number.NaN }),
      },
    });
    const never = await engine.executeWorkflow('any', {
      unit: 'u',
      executionId: 'x',
      input: { text: 'never' },
    });
    expect(never).toMatchObject({
      outcome: 'failure',
      error: { type: 'RangeError', node: 'count' },
      output: null,
    });
    expect(await engine.executeWorkflow('any', { unit: 'u', executionId: 'x' })).toBe(never);
    expect(calls).toBe(3);
    const odd = await engine.executeWorkflow('any', { unit: 'u', input: { text: 'now' } });
    expect(odd.error).toMatchObject({ type: 'InvalidResult', node: 'show' });
    const missing = await engineOf(['together', 'steps'], { handlers: {} });
    expect((await missing.executeWorkflow('any', { unit: 'u' })).error).toMatchObject({
      type: 'HandlerNotRegistered',
    });
  });

  it('calls what stands in for a definition', async () => {
    const engine = await engineOf(['steps', 'other'], {
      definitions: { greet: (argument) => ({ argument }) },
    });
    const result = await engine.executeDefinition({
      workflow: 'greet',
      initialState: { name: 'ann' },
      experimentId: 'any',
      userId: 'ann',
    });
    expect(result.output).toEqual({ argument: { name: 'ann', tone: 'kind' } });
  });

  it('refuses what the product would refuse', async () => {
    const engine = await engineOf(['steps', 'together']);
    for (const request of [
      {},
      { unit: '' },
      { unit: 'x'.repeat(1001) },
      { unit: 'a\0b' },
      { unit: 'u', executionId: 'a b' },
      { unit: 'u', whenNotRunning: 'bogus' as 'control' },
      { unit: 'u', input: 1n as never },
    ])
      await expect(engine.executeWorkflow('any', request)).rejects.toMatchObject({ kind: 'InvalidInput' });
  });

  it('refuses a variant that is not there, and a bad file', async () => {
    await expect(engineOf(['steps', 'together'], { variantId: 'none' })).rejects.toThrow('steps, together');
    await expect(
      createTestEngine({ file: write('bad.yaml', 'name: 1'), variantId: 'x' }),
    ).rejects.toMatchObject({
      kind: 'InvalidInput',
    });
  });
});

it('stubExecution answers executeVariant in a test worker', async () => {
  const addresses = inject('stack');
  const prefix = `stub-${randomBytes(4).toString('hex')}`;
  const taskQueue = `${prefix}-executions`;
  const worker = await startUserWorker({ addresses, prefix }, { file: 'stubbed-workflows.ts', taskQueue });
  const connection = await Connection.connect({ address: addresses.temporalAddress });
  const client = new Client({ connection, namespace: addresses.temporalNamespace });
  const result: unknown = await client.workflow.execute('once', {
    workflowId: prefix,
    taskQueue,
    args: [{ experiment: 'mine', prefix, customer: 'ann', id: 'order-1' }],
  });
  expect(result).toMatchObject({
    experimentId: 'mine',
    executionId: 'order-1',
    variantId: 'treatment',
    output: { unit: 'ann', input: { text: 'order-1' } },
    metrics: { execution_time: 1.5 },
  });
  await worker.stop();
  await connection.close();
});
