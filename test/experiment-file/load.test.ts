import { execFileSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { VictorError } from '../../src/errors.ts';
import { loadExperimentFile } from '../../src/experiment-file/load.ts';
import { experimentYaml, refusal, tempFolder } from './configs.ts';
import type { TempFolder } from './configs.ts';

let folder: TempFolder;
beforeAll(async () => {
  folder = await tempFolder();
});
afterAll(() => folder.remove());

test('problems of every file carry path, line and column, in file order', async () => {
  await folder.write(
    'w.yaml',
    `workflows:
  one:
    nodes:
      - {id: a, type: compute, handler: f, inputs: {q: $ctx.query}, next: zz}
      - id: b
        type: agent
`,
  );
  await folder.write('tasks.jsonl', '{"user_id": "u1"}\n{"user_id": }\n');
  const yaml = `name: Broken
hypothesys: x
variants:
  - variant_id: a
    workflow_type: yaml
    workflow_config: {path: w.yaml}
    is_control: true
    traffic_weight: 0.5
  - variant_id: b
    workflow_type: yaml
    workflow_config: {path: missing.yaml}
    traffic_weight: 0.4
primary_metric:
  metric_id: time
  metric_type: execution_tim
min_sample_size: .nan
inputs: {jsonl: tasks.jsonl}
`;
  expect(await folder.problems(yaml)).toEqual([
    'exp.yaml:2:1: unknown key hypothesys; did you mean hypothesis?',
    'exp.yaml:8:21: traffic weights sum to 0.9, must be 1 (a 0.5, b 0.4)',
    'exp.yaml:11:29: the workflow file missing.yaml does not exist',
    'exp.yaml:15:16: metric_type is "execution_tim", must be one of execution_time, token_usage, tool_calls_count, success_rate, cost, custom',
    'exp.yaml:16:18: min_sample_size is NaN, must be finite',
    'tasks.jsonl:2:13: not a JSON value: Unexpected token \'}\', "{"user_id": }" is not valid JSON',
    'w.yaml:4:75: next names no node zz; nodes: a, b',
    'w.yaml:6:15: node type agent is not supported yet; types that work now: compute, parallel, passthrough, start, end',
  ]);
});

test('the problems are data as well', async () => {
  const path = await folder.write('exp.yaml', experimentYaml({ concurrency: '0' }));
  const error = await loadExperimentFile(path).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(VictorError);
  expect((error as VictorError).problems).toEqual([
    {
      path,
      line: 7,
      column: 14,
      pointer: 'concurrency',
      message: 'concurrency is 0, must be an integer from 1 to 1000',
    },
  ]);
});

test.each<[string, string | Uint8Array, string]>([
  ['an empty file', '', 'the experiment file is empty'],
  ['only a comment', '# nothing\n', 'the experiment file is empty'],
  ['a list', '- a\n- b\n', 'the experiment file is a list, must be a map of keys such as name and variants'],
  ['a scalar', 'hello\n', 'the experiment file is "hello", must be a map of keys such as name and variants'],
  ['bytes that are no text', new Uint8Array([0x6e, 0xff, 0xfe]), 'the experiment file is not UTF-8 text'],
  ['NUL bytes', 'name: a\0', 'the experiment file holds NUL bytes; is it a binary file?'],
  ['a huge file', 'a'.repeat(5 * 1024 * 1024 + 1), 'the experiment file is larger than 5 MB'],
])('%s is one clear error', async (_, content, message) => {
  const path = await folder.write('odd.yaml', content);
  expect(await refusal(() => loadExperimentFile(path))).toEqual([`${path}: ${message}`]);
});

test('directories, missing files, devices and names that are no paths', async () => {
  const reason = async (path: string) => (await refusal(() => loadExperimentFile(path)))[0];
  await mkdir(join(folder.path, 'dir'), { recursive: true });
  expect(await reason(join(folder.path, 'dir'))).toMatch(
    /dir: the experiment file is a directory, must be a file$/,
  );
  expect(await reason(join(folder.path, 'no.yaml'))).toMatch(
    /no.yaml: the experiment file does not exist; .*`victor init` writes a first one$/,
  );
  expect(await reason('/dev/null')).toMatch(/^\/dev\/null: the experiment file is not a regular file$/);
  expect(await reason('a\0b')).toMatch(/the experiment file is not a path$/);
});

test.each<[string, string, string]>([
  ['a key twice', 'name: a\nunit: b\nname: c\n', 'exp.yaml:3:1: the key name is given twice'],
  [
    'two documents',
    'name: a\n---\nname: b\n',
    'exp.yaml:2:1: the file holds several YAML documents (---), must be one',
  ],
  [
    'bad indentation',
    'name: [a\nunit: b\n',
    'exp.yaml:2:1: not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
  ],
  ['an unknown tag', 'name: !thing a\n', 'exp.yaml:1:7: not valid YAML: Unresolved tag: !thing'],
  ['an unknown alias', 'name: *a\n', 'exp.yaml:1:7: *a names no anchor before it'],
  ['a cycle of aliases', 'name: &a [*a]\n', 'exp.yaml:1:11: name[0] contains itself'],
])('%s in YAML', async (_, yaml, message) => {
  expect(await folder.problems(yaml)).toEqual([message]);
});

test('an alias bomb is refused at once', async () => {
  const levels = Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i}, `.repeat(9)}]`);
  const [message] = await folder.problems(`a0: &a0 [x]\n${levels.join('\n')}\n`);
  expect(message).toMatch(/Excessive alias count/);
});

test('brackets without end are refused, not a crash', async () => {
  const [message] = await folder.problems(`name: ${'['.repeat(100_000)}`);
  expect(message).toMatch(/^exp\.yaml.*(nested|YAML)/);
});

test('anchors and merges are fine, and places inside of them are true', async () => {
  const yaml = `x: &graph {graph_definition: {nodes: [greet]}}
name: Anchors
variants:
  - &base {variant_id: a, workflow_type: stategraph, workflow_config: *graph, is_control: true, traffic_weight: 2}
  - {<<: *base, variant_id: b, is_control: false}
primary_metric: {metric_id: time, metric_type: execution_time}
`;
  expect(await folder.problems(yaml)).toEqual([
    'exp.yaml:1:1: unknown key x; known keys: name, description, hypothesis, tags, created_by, unit, variants, primary_metric, secondary_metrics, guardrail_metrics, min_sample_size, max_duration_seconds, max_iterations, stall_after, significance_level, statistical_power, confidence_interval, enable_early_stopping, early_stopping_threshold, targeting_rules, allocation, decision, inputs, concurrency, timeouts, success_when, dimensions, profile, seed',
    'exp.yaml:4:113: traffic weights sum to 4, must be 1 (a 2, b 2)',
  ]);
});

test('JSON, a byte order mark, CRLF and tabs are YAML too', async () => {
  const json = JSON.stringify(
    {
      name: 'Json',
      variants: ['a', 'b'].map((variant_id) => ({
        variant_id,
        workflow_type: 'definition',
        workflow_config: { workflow: 'w' },
      })),
      primary_metric: { metric_id: 't', metric_type: 'cost' },
    },
    null,
    '\t',
  );
  expect((await folder.load(`\uFEFF${json.replaceAll('\n', '\r\n')}`)).spec.name).toBe('Json');
});

test('a pipe can be read', async () => {
  const pipe = join(folder.path, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const text = experimentYaml();
  const [{ spec }] = await Promise.all([
    loadExperimentFile(pipe),
    import('node:fs/promises').then(({ writeFile }) => writeFile(pipe, text)),
  ]);
  expect(spec.name).toBe('Greeting');
});
