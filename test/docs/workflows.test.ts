import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadExperimentFile } from '../../src/experiment-file/load.ts';
import type { Handler } from '../../src/handlers.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { createTestEngine } from '../../src/testing.ts';
import type { DefinitionFunction } from '../../src/testing.ts';
import { loadConfigFile } from '../../src/temporal/config-file.ts';
import { blocksOf } from './document.ts';
import { sourceFolder, typeErrors } from './type-check.ts';

const blocks = blocksOf('docs/workflows.md');
const sources = blocks.filter(({ language }) => language === 'ts');
const experiments = blocks.filter(({ text }) => text.includes('\nvariants:'));

let folder: string;
let handlers: Readonly<Record<string, Handler>>;
let code: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'victor-workflows-'));
  code = sourceFolder('workflows-docs');
  for (const { language, file, text } of blocks) {
    if (file !== null) writeFileSync(join(language === 'ts' ? code : folder, file), text);
  }
  handlers = (await loadConfigFile(join(code, 'victor.config.ts'))).handlers ?? {};
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The state that the page shows after an experiment file. */
const shownAfter = (file: string): unknown =>
  JSON.parse(
    blocks.slice(blocks.findIndex((block) => block.file === file)).find(({ language }) => language === 'json')
      ?.text ?? '',
  );

/** One execution of each input of the experiment. */
async function run(
  name: string,
  variantId: string,
  definitions: Readonly<Record<string, DefinitionFunction>> = {},
) {
  const file = join(folder, name);
  const { dataset } = await loadExperimentFile(file);
  const engine = await createTestEngine({ file, variantId, handlers, definitions });
  const inputs = (dataset ?? []).map(({ body }) => (body.kind === 'inline' ? body.input : null));
  return Promise.all(inputs.map((input) => engine.executeWorkflow('any', { input })));
}

it('every block has a name, or is what the one before gives; TypeScript compiles', () => {
  const nameless = blocks.filter(({ file, language }) => file === null && language !== 'json');
  expect(nameless).toEqual([]);
  expect(sources).toHaveLength(2);
  expect(
    typeErrors(
      'workflows-docs-check',
      sources.map(({ text }) => text),
    ),
  ).toBe('');
});

it('every experiment loads without a warning, and every handler it names is shown', async () => {
  expect(experiments.map(({ file }) => file)).toEqual(['words.yaml', 'answer.yaml', 'orders.yaml']);
  const used = new Set<string>();
  for (const { file } of experiments) {
    const { warnings, bodies, dataset } = await loadExperimentFile(join(folder, file ?? ''));
    expect(warnings).toEqual([]);
    expect(dataset).not.toBeNull();
    for (const { handler } of Object.values(bodies)) used.add(handler);
  }
  expect([...used].toSorted()).toEqual(Object.keys(handlers).toSorted());
});

it('the YAML workflow gives what is shown, with overrides and metering', async () => {
  const [strict] = await run('words.yaml', 'strict');
  expect(strict).toMatchObject({
    outcome: 'success',
    metrics: { token_usage: 12, tool_calls_count: 1, cost: 0.0004 },
  });
  expect(strict?.output).toEqual(shownAfter('words.yaml'));
  const [control] = await run('words.yaml', 'control');
  expect(control?.output).toMatchObject({ count: 4, report: '4 words, the longest is quick' });
});

it('a handler that is told to fails at once', async () => {
  let calls = 0;
  const file = join(folder, 'words.yaml');
  const split: Handler = (input, context) => {
    calls += 1;
    return (handlers['split_words'] as Exclude<Handler, { isolate: true }>)(input, context);
  };
  const engine = await createTestEngine({
    file,
    variantId: 'control',
    handlers: { ...handlers, split_words: split },
  });
  const { outcome, error } = await engine.executeWorkflow('any', { unit: 'ann', input: {} });
  expect({ outcome, error, calls }).toEqual({
    outcome: 'failure',
    error: { type: 'NoText', message: 'the text is missing', node: 'split' },
    calls: 1,
  });
});

it('the graphs give what is shown', async () => {
  const [turn] = await run('answer.yaml', 'in_turn');
  expect(turn?.output).toEqual(shownAfter('answer.yaml'));
  const [together] = await run('answer.yaml', 'together');
  expect(together).toMatchObject({
    outcome: 'success',
    output: { answer: 'facts on why, in 1 parts; figures on why, in 1 parts', written_by: 'together' },
    metrics: { token_usage: 3 },
  });
});

it('the Temporal workflow gets its overrides in its argument, and fails by an ApplicationFailure', async () => {
  const { priceOrder } = (await import(pathToFileURL(join(code, 'workflows.ts')).href)) as {
    readonly priceOrder: (order: JsonObject) => Promise<JsonObject>;
  };
  const [priced, empty] = await run('orders.yaml', 'four', {
    priceOrder: (argument) => priceOrder(argument as JsonObject),
  });
  expect(priced).toMatchObject({ outcome: 'success', output: { priced: 2, rounds: 1 } });
  expect(empty).toMatchObject({ outcome: 'failure', error: { type: 'EmptyOrder' } });
});
