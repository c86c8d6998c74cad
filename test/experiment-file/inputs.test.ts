import { symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseExperimentConfig } from '../../src/experiment-file/config.ts';
import { sha256 } from '../../src/model/hash.ts';
import { experimentConfig, experimentYaml, refusal, tempFolder } from './configs.ts';
import type { TempFolder } from './configs.ts';

let folder: TempFolder;
beforeEach(async () => {
  folder = await tempFolder('victor-[in] puts-');
});
afterEach(() => folder.remove());

const withInputs = (inputs: string, unit = 'user_id'): string => experimentYaml({ inputs, unit });
const inline = (input: unknown, unit: string | null = null) => ({ unit, body: { kind: 'inline', input } });
const datasetOf = async (yaml: string) => (await folder.load(yaml)).dataset;

test('items: any JSON values; the unit is the field of an object', async () => {
  const yaml = withInputs(
    '{items: [{user_id: u1, n: 1}, {user_id: 7}, {user_id: true}, {other: 1}, text, 3, null, [1]]}',
  );
  expect(await datasetOf(yaml)).toEqual([
    inline({ user_id: 'u1', n: 1 }, 'u1'),
    inline({ user_id: 7 }, '7'),
    inline({ user_id: true }),
    inline({ other: 1 }),
    inline('text'),
    inline(3),
    inline(null),
    inline([1]),
  ]);
  expect(await datasetOf(withInputs('{items: [{execution: u1}]}', 'execution'))).toEqual([
    inline({ execution: 'u1' }),
  ]);
});

test('items may hold characters that only contents can store', async () => {
  const config = experimentConfig({ inputs: { items: [{ text: 'a\0b\ud800' }] } });
  const { dataset } = await parseExperimentConfig(config, { baseDir: null });
  expect(dataset).toEqual([inline({ text: 'a\0b\ud800' })]);
});

test('jsonl: one value a line', async () => {
  await folder.write('tasks.jsonl', '\uFEFF{"user_id":"u1","q":"a"}\r\n\n"text"\n42\n');
  expect(await datasetOf(withInputs('{jsonl: tasks.jsonl}'))).toEqual([
    inline({ user_id: 'u1', q: 'a' }, 'u1'),
    inline('text'),
    inline(42),
  ]);
});

test('jsonl: every bad line, with the column where it stops being JSON', async () => {
  const lines = [
    '{"a": 1}',
    '{"a": 1',
    '{"a" 1}',
    '[1, 2,]',
    'nul',
    '{"a": "x\ty"}',
    '1 2',
    "{'a': 1}",
    '{"__proto__": 1}',
    '[01]',
  ];
  await folder.write('sub/tasks.jsonl', lines.join('\n'));
  const problems = await folder.problems(withInputs('{jsonl: sub/tasks.jsonl}'));
  expect(problems.map((line) => line.split(': ')[0])).toEqual([
    'sub/tasks.jsonl:2:8',
    'sub/tasks.jsonl:3:6',
    'sub/tasks.jsonl:4:7',
    'sub/tasks.jsonl:5:1',
    'sub/tasks.jsonl:6:7',
    'sub/tasks.jsonl:7:3',
    'sub/tasks.jsonl:8:2',
    'sub/tasks.jsonl:9:1',
    'sub/tasks.jsonl:10:3',
  ]);
});

test('csv: a header and rows of texts', async () => {
  await folder.write('t.csv', '\uFEFFuser_id,question,n\r\nu1,"a, ""b""\nc",1\r\n\r\nu2,,2\r\n');
  expect(await datasetOf(withInputs('{csv: t.csv}'))).toEqual([
    inline({ user_id: 'u1', question: 'a, "b"\nc', n: '1' }, 'u1'),
    inline({ user_id: 'u2', question: '', n: '2' }, 'u2'),
  ]);
});

test.each<[string, string, readonly string[]]>([
  [
    'ragged rows',
    'a,b\n1\n1,2\n1,2,3\n',
    [
      't.csv:2:1: the row has 1 fields, must have 2 like the header',
      't.csv:4:1: the row has 3 fields, must have 2 like the header',
    ],
  ],
  [
    'a bad header',
    'a,,a\n1,2,3\n',
    ['t.csv:1:1: column 2 of the header has no name', 't.csv:1:1: the header names "a" twice'],
  ],
  ['a header alone', 'a,b\n', ['exp.yaml:7:15: the inputs file t.csv holds no inputs']],
  ['nothing', '', ['exp.yaml:7:15: the inputs file t.csv holds no inputs']],
  [
    'a quote without end',
    'a,b\n"1,2\n',
    ['t.csv:2:1: not valid CSV: Quote Not Closed: the parsing is finished with an opening quote at line 2'],
  ],
])('csv: %s', async (_, text, expected) => {
  await folder.write('t.csv', text);
  expect(await folder.problems(withInputs('{csv: t.csv}').replace('unit: user_id\n', ''))).toEqual(expected);
});

test('glob: files sorted by path, relative to the experiment, also in node_modules', async () => {
  for (const name of ['docs/b.md', 'docs/a/z.md', 'docs/B.md', 'docs/x.txt', 'node_modules/p/r.md']) {
    await folder.write(name, `# ${name}`);
  }
  const item = (path: string) => inline({ path, sha256: sha256(`# ${path}`), content: `# ${path}` });
  expect(await datasetOf(withInputs('{glob: "docs/**/*.md"}'))).toEqual(
    ['docs/B.md', 'docs/a/z.md', 'docs/b.md'].map(item),
  );
  expect(await datasetOf(withInputs('{glob: ./docs/*.txt}'))).toEqual([item('docs/x.txt')]);
  expect(await datasetOf(withInputs('{glob: "node_modules/**/*.md"}'))).toEqual([
    item('node_modules/p/r.md'),
  ]);
  expect(await datasetOf(withInputs('{glob: "**/r.md"}', 'path'))).toEqual([
    { ...item('node_modules/p/r.md'), unit: 'node_modules/p/r.md' },
  ]);
});

test('glob: large files stay on disk, with their hash', async () => {
  const small = 'a'.repeat(256 * 1024);
  const large = `${small}b`;
  await folder.write('in/small.txt', small);
  const absolutePath = await folder.write('in/large.txt', large);
  expect(await datasetOf(withInputs('{glob: "in/*.txt"}'))).toEqual([
    { unit: null, body: { kind: 'file', path: 'in/large.txt', absolutePath, sha256: sha256(large) } },
    inline({ path: 'in/small.txt', sha256: sha256(small), content: small }),
  ]);
});

test('glob: links that lead out are left out with a warning, links inside are files', async () => {
  const other = await tempFolder('victor-other-');
  const secret = await other.write('secret.md', 'secret');
  await folder.write('docs/a.md', 'a');
  await symlink(secret, join(folder.path, 'docs/out.md'));
  await symlink(join(folder.path, 'docs/a.md'), join(folder.path, 'docs/same.md'));
  await symlink(other.path, join(folder.path, 'docs/dir'));
  await symlink(join(folder.path, 'nowhere'), join(folder.path, 'docs/broken.md'));
  const { dataset, warnings } = await folder.load(withInputs('{glob: "docs/**/*.md"}'));
  expect(
    dataset?.map(({ body }) => (body.kind === 'inline' ? (body.input as { path: string }).path : body)),
  ).toEqual(['docs/a.md', 'docs/same.md']);
  expect(warnings.map(({ code }) => code)).toEqual(['INPUT_LINKS_SKIPPED']);
  await other.remove();
});

test('glob: a folder beside the experiment may be named', async () => {
  const other = await tempFolder('victor-other-');
  await other.write('x.md', 'x');
  const path = `../${basename(other.path)}/x.md`;
  expect(await datasetOf(withInputs(`{glob: "../${basename(other.path)}/*.md"}`))).toEqual([
    inline({ path, sha256: sha256('x'), content: 'x' }),
  ]);
  await other.remove();
});

test.each<[string, string, RegExp]>([
  ['no match', '{glob: "docs/*.md"}', /^exp\.yaml:6:16: inputs\.glob docs\/\*\.md matches no file in /],
  [
    'no items',
    '{items: []}',
    /^exp\.yaml:6:17: inputs\.items is an empty list, must hold at least one input$/,
  ],
  ['no source', '{}', /^exp\.yaml:6:9: inputs holds none, must hold exactly one of items, jsonl, csv, glob$/],
  [
    'two sources',
    '{jsonl: a, csv: b}',
    /^exp\.yaml:6:9: inputs holds jsonl and csv, must hold exactly one of items, jsonl, csv, glob$/,
  ],
  ['an unknown source', '{json: a}', /^exp\.yaml:6:9: inputs holds none.*\n?/],
  ['a missing file', '{jsonl: no.jsonl}', /^exp\.yaml:6:17: the inputs file no\.jsonl does not exist$/],
  ['a directory', '{csv: .}', /^exp\.yaml:6:15: the inputs file \. is a directory, must be a file$/],
  ['a list', '[1]', /^exp\.yaml:6:9: inputs is a list, must be a map$/],
  ['a number as a path', '{jsonl: 3}', /^exp\.yaml:6:17: jsonl is 3, must be a text/],
  [
    'a unit that is too long',
    `{items: [{user_id: ${'u'.repeat(1001)}}]}`,
    /^exp\.yaml:6:18: the unit user_id has 1001 bytes, at most 1000 are allowed; hash it$/,
  ],
  [
    'a unit with NUL',
    '{items: [{user_id: "a\\0b"}]}',
    /^exp\.yaml:6:18: the unit user_id holds a NUL character/,
  ],
  [
    'a unit beyond 2^53',
    '{items: [{user_id: 12345678901234567890}]}',
    /^exp\.yaml:6:18: the unit user_id is 12345678901234567000, an integer too large to be exact; put quotes around it$/,
  ],
])('%s', async (_, inputs, pattern) => {
  const [first] = await folder.problems(experimentYaml({ inputs, stall_after: null }));
  expect(first).toMatch(pattern);
});

test('without a folder only items can be read', async () => {
  const lines = await refusal(() =>
    parseExperimentConfig(experimentConfig({ inputs: { glob: '*.md' } }), { baseDir: null }),
  );
  expect(lines).toEqual([
    'inputs.glob: inputs.glob cannot be read without a folder; give the inputs in inputs.items',
  ]);
});

test('a config with a folder reads from it', async () => {
  await folder.write('tasks.jsonl', '{"user_id": "u"}\n');
  const config = experimentConfig({ inputs: { jsonl: 'tasks.jsonl' } });
  const { dataset } = await parseExperimentConfig(config, { baseDir: folder.path });
  expect(dataset).toEqual([inline({ user_id: 'u' }, 'u')]);
});
