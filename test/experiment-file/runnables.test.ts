import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseExperimentConfig } from '../../src/experiment-file/config.ts';
import { contentHash } from '../../src/model/hash.ts';
import { experimentConfig, refusal, tempFolder } from './configs.ts';
import type { TempFolder } from './configs.ts';

let folder: TempFolder;
beforeAll(async () => {
  folder = await tempFolder();
});
afterAll(() => folder.remove());

const WORKFLOW = `workflows:
  answer:
    nodes:
      - {id: ask, type: compute, handler: ask, inputs: {q: $ctx.question}}
`;

interface Config {
  readonly workflow_type: string;
  readonly workflow_config: unknown;
  readonly parameter_overrides?: unknown;
}

const both = (change: Config, keys: Readonly<Record<string, unknown>> = {}) =>
  experimentConfig({
    variants: ['a', 'b'].map((variant_id) => ({ variant_id, is_control: variant_id === 'a', ...change })),
    ...keys,
  });

const parse = (config: unknown, baseDir: string | null = null) => parseExperimentConfig(config, { baseDir });

test('a definition keeps its overrides for the first argument', async () => {
  const change = { workflow_type: 'definition', parameter_overrides: { model: 'm1', 'a.b': [1] } };
  const { runnables, bodies } = await parse(
    both({ ...change, workflow_config: { workflow: 'Research', task_queue: 'python' } }),
  );
  expect(runnables['b']).toEqual({
    kind: 'definition',
    workflowType: 'Research',
    taskQueue: 'python',
    overrides: { model: 'm1', 'a.b': [1] },
  });
  expect(bodies).toEqual({});
  const bare = await parse(both({ workflow_type: 'definition', workflow_config: { workflow: 'Research' } }));
  expect(bare.runnables['a']).toMatchObject({ taskQueue: null, overrides: {} });
});

test('overrides of a definition need an input that is a map', async () => {
  const change = { workflow_type: 'definition', workflow_config: { workflow: 'w' } };
  const inputs = { items: [{}, 'text'] };
  expect(
    await refusal(() => parse(both({ ...change, parameter_overrides: { model: 'x' } }, { inputs }))),
  ).toEqual(
    [0, 1].map(
      (index) =>
        `variants[${index}].parameter_overrides: parameter_overrides are merged into the input, and input 2 is "text", must be a map`,
    ),
  );
  expect(await refusal(() => parse(both(change, { inputs })))).toEqual(['ok']);
});

test('workflow files are read from disk or from the config, and their texts are not kept', async () => {
  await folder.write('w.yaml', WORKFLOW);
  const onDisk = await parse(
    both({ workflow_type: 'yaml', workflow_config: { path: 'w.yaml' } }),
    folder.path,
  );
  const files = { 'w.yaml': WORKFLOW };
  const inlined = await parse(both({ workflow_type: 'yaml', workflow_config: { path: 'w.yaml', files } }));
  expect(inlined).toEqual(onDisk);
  const body = { type: 'compute', handler: 'ask', inputs: { q: '$ctx.question' }, constraints: null };
  expect(inlined.bodies).toEqual({ [contentHash(body)]: body });
  expect(inlined.spec.variants[0]?.workflowConfig).toEqual({ path: 'w.yaml' });
});

test('a state graph may stand in a file', async () => {
  const files = { 'g.json': '{"nodes": ["a", "b"]}', 'g.yaml': 'nodes: [a, b]' };
  const graphs = await Promise.all(
    Object.keys(files).map(async (path) => {
      const config = both({ workflow_type: 'stategraph', workflow_config: { path, files } });
      return (await parse(config)).runnables['a'];
    }),
  );
  expect(graphs[0]).toEqual(graphs[1]);
});

test('two variants that give one path different texts run different workflows', async () => {
  const variants = ['a', 'b'].map((variant_id) => ({
    variant_id,
    is_control: variant_id === 'a',
    workflow_type: 'stategraph',
    workflow_config: { path: 'g.yaml', files: { 'g.yaml': `nodes: [${variant_id}]` } },
  }));
  const { runnables } = await parse(experimentConfig({ variants }));
  expect(Object.values(runnables).map((one) => (one.kind === 'graph' ? one.graph.entry : null))).toEqual([
    'a',
    'b',
  ]);
});

test.each<[string, string, unknown, string]>([
  [
    'no path',
    'yaml',
    {},
    '.workflow_config: path is missing, must be a text of one line that is not empty, at most 4096 characters',
  ],
  [
    'an unknown key',
    'definition',
    { workflow: 'w', taskqueue: 'q' },
    '.workflow_config.taskqueue: unknown key taskqueue; did you mean task_queue?',
  ],
  [
    'no workflow type',
    'definition',
    {},
    '.workflow_config: workflow is missing, must be a text of one line that is not empty, at most 1000 characters',
  ],
  [
    'a path without a text',
    'yaml',
    { path: 'x.yaml', files: { 'y.yaml': WORKFLOW } },
    '.workflow_config.path: the text of x.yaml is missing; give it in workflow_config.files: {"x.yaml": ...}; did you mean y.yaml?',
  ],
  [
    'neither graph nor path',
    'stategraph',
    {},
    '.workflow_config: workflow_config holds neither graph_definition nor path, must hold one of them',
  ],
  [
    'graph and path',
    'stategraph',
    { path: 'x', graph_definition: {} },
    '.workflow_config: workflow_config holds both graph_definition and path, must hold one of them',
  ],
])('workflow_config with %s', async (_, workflow_type, workflow_config, message) => {
  const good = { variant_id: 'b', workflow_type: 'definition', workflow_config: { workflow: 'w' } };
  const variants = [{ variant_id: 'a', is_control: true, workflow_type, workflow_config }, good];
  const lines = await refusal(() => parse(experimentConfig({ variants })));
  expect(
    lines.map((line) =>
      line.replace(
        /\.workflow_config\.(path|workflow): (path|workflow) is missing/,
        '.workflow_config: $2 is missing',
      ),
    ),
  ).toEqual([`variants[0]${message}`]);
});

test('a problem of a file that two variants share is said once, with line and column', async () => {
  const files = { 'w.yaml': 'w:\n  nodes:\n    - {id: a, type: hitl}\n' };
  const lines = await refusal(() =>
    parse(both({ workflow_type: 'yaml', workflow_config: { path: 'w.yaml', files } })),
  );
  expect(lines).toEqual([
    'w.yaml:3:21: node type hitl is not supported yet; types that work now: compute, parallel, passthrough, start, end',
  ]);
});
