import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { contentHash } from '../../src/model/hash.ts';
import { Findings } from '../../src/workflow-format/findings.ts';
import { entries, field } from '../../src/workflow-format/spot.ts';
import { valueSpot } from '../../src/workflow-format/value-document.ts';
import { parseYaml } from '../../src/workflow-format/yaml-document.ts';
import { readYamlWorkflow } from '../../src/workflow-format/yaml-workflow.ts';
import { readNodeList, readWorkflow, route } from './reading.ts';

const node = (id: string, more = '') => `      - {id: ${id}, type: compute, handler: f, inputs: {}${more}}\n`;
const nodes = (...given: readonly (readonly [string, string?])[]) =>
  given.map(([id, more]) => node(id, more === undefined ? '' : `, ${more}`)).join('');
const parallel = (more: string) => `      - {id: p, type: parallel, ${more}}\n`;

test('a whole workflow', () => {
  const { workflow, problems, warnings } = readWorkflow(`
workflows:
  research:
    description: Finds an answer
    metadata: {arguments: [topic]}
    max_iterations: 7
    default_node_timeout: 30
    max_retries: 1
    nodes:
      - id: fetch
        type: compute
        name: Fetch pages
        handler: fetch_pages
        inputs: {query: $ctx.query, depth: 3, deep: {list: [$ctx.a.b]}}
        output: pages
        constraints: [llm, write]
        timeout: 2m
        retry: {max_attempts: 5}
      - id: both
        type: parallel
        parallel_nodes: [left, right]
        join_strategy: any
        next: done
      - {id: left, type: compute, handler: l, constraints: {llm_allowed: false, timeout: 60}}
      - {id: right, type: compute, handler: r, retry_policy: {max_retries: 0}}
      - {id: done, type: end}
`);
  expect(problems).toEqual([]);
  expect(warnings).toEqual([]);
  const fetch = {
    type: 'compute',
    handler: 'fetch_pages',
    inputs: { query: '$ctx.query', depth: 3, deep: { list: ['$ctx.a.b'] } },
    constraints: ['llm', 'write'],
  };
  const left = {
    type: 'compute',
    handler: 'l',
    inputs: null,
    constraints: { llm_allowed: false, timeout: 60 },
  };
  const right = { type: 'compute', handler: 'r', inputs: null, constraints: null };
  const [a, b, c] = [fetch, left, right].map((body) => contentHash(body));
  expect(workflow).toEqual({
    graph: {
      name: 'research',
      entry: 'fetch',
      maxIterations: 7,
      stateMerge: 'merge',
      initialState: {},
      nodes: {
        fetch: {
          kind: 'task',
          id: 'fetch',
          label: 'Fetch pages',
          body: a,
          output: 'pages',
          timeoutMs: 120_000,
          maxAttempts: 5,
          next: 'both',
        },
        both: {
          kind: 'parallel',
          id: 'both',
          label: 'both',
          children: ['left', 'right'],
          join: 'any',
          output: null,
          next: 'done',
        },
        left: {
          kind: 'task',
          id: 'left',
          label: 'left',
          body: b,
          output: 'left',
          timeoutMs: 60_000,
          maxAttempts: 2,
          next: null,
        },
        right: {
          kind: 'task',
          id: 'right',
          label: 'right',
          body: c,
          output: 'right',
          timeoutMs: 30_000,
          maxAttempts: 1,
          next: null,
        },
        done: { kind: 'passthrough', id: 'done', label: 'done', next: null },
      },
    },
    bodies: { [String(a)]: fetch, [String(b)]: left, [String(c)]: right },
  });
});

test.each<[string, string, string]>([
  ['nodes chain in the order of the file', nodes(['a'], ['b'], ['c']), 'a -> b -> c'],
  ['next wins', nodes(['a', 'next: c'], ['b'], ['c']), 'a -> c'],
  ['next may be a list of one', nodes(['a', 'next: [c]'], ['b'], ['c']), 'a -> c'],
  ['an empty next ends the run', nodes(['a', 'next: []'], ['b']), 'a'],
  ['a node ends before the target of another', nodes(['a', 'next: c'], ['b'], ['c'], ['d']), 'a -> c -> d'],
  [
    'children go nowhere by themselves',
    parallel('parallel_nodes: [a, b], next: c') + nodes(['a'], ['b'], ['c']),
    'all(a, b) -> c',
  ],
  ['a parallel node does not chain to its child', parallel('parallel_nodes: [a]') + nodes(['a']), 'all(a)'],
  [
    'a node does not chain to a child',
    nodes(['x', 'next: p'], ['y'], ['a']) + parallel('parallel_nodes: [a]'),
    'x -> all(a)',
  ],
  [
    'passthrough nodes chain',
    `      - {id: s, type: start}\n${node('a')}      - {id: e, type: end}\n${node('z')}`,
    's -> a -> e',
  ],
])('%s', (_, text, expected) => {
  const { workflow, problems } = readNodeList(text);
  expect(problems).toEqual([]);
  expect(route(workflow?.graph)).toBe(expected);
});

test('start_node says where the run begins; what it never reaches is a warning', () => {
  const { workflow, warnings } = readWorkflow(
    `w:\n    start_node: b\n    nodes:\n${nodes(['a', 'next: b'], ['b'])}`,
  );
  expect(route(workflow?.graph)).toBe('b');
  expect(warnings).toEqual([
    {
      code: 'NODE_UNREACHABLE',
      message: 'w.yaml:4:9: the node a is never reached; name it in next of the node before it',
    },
  ]);
});

test.each<[string, string, readonly string[]]>([
  [
    'an unknown next',
    nodes(['aa', 'next: bbb'], ['bb']),
    ['w.yaml:4:63: next names no node bbb; did you mean bb?'],
  ],
  [
    'two nexts',
    nodes(['a', 'next: [b, c]'], ['b'], ['c']),
    ['w.yaml:4:62: next of a names 2 nodes, must name one; a parallel node runs several side by side'],
  ],
  [
    'a next that is a number',
    nodes(['a', 'next: 3']),
    ['w.yaml:4:62: next is 3, must be a node id or a list of one'],
  ],
  [
    'a cycle',
    nodes(['a'], ['b', 'next: a']),
    ['w.yaml:5:62: cycles are not supported yet: a -> b -> a never ends'],
  ],
  [
    'a node that follows itself',
    nodes(['a', 'next: a']),
    ['w.yaml:4:62: cycles are not supported yet: a -> a never ends'],
  ],
  ['an id twice', nodes(['a'], ['a']), ['w.yaml:5:14: the node id a is used twice; ids are unique']],
  [
    'no id',
    '      - {type: compute, handler: f}\n',
    ['w.yaml:4:9: id is missing, must be a text of one line that is not empty, at most 200 characters'],
  ],
  [
    'an id with a reference',
    '      - {id: "${X}", type: end}\n',
    ['w.yaml:4:14: id is "${X}", must not hold any of $ [ ] { }'],
  ],
  [
    'a reserved id',
    '      - {id: __end__, type: end}\n',
    ['w.yaml:4:14: id is "__end__", which is reserved'],
  ],
  ['a node that is a text', '      - a\n', ['w.yaml:4:9: a node is "a", must be a map with an id']],
  ['no nodes', '      []\n', ['w.yaml:4:7: nodes is an empty list']],
  [
    'an unknown child',
    parallel('parallel_nodes: [aa, bbb]') + nodes(['aa'], ['bb']),
    ['w.yaml:4:54: parallel_nodes names no node bbb; did you mean bb?'],
  ],
  [
    'a child twice',
    parallel('parallel_nodes: [a, a]') + nodes(['a']),
    ['w.yaml:4:53: a is listed twice in parallel_nodes of p'],
  ],
  [
    'a child that is no task',
    parallel('parallel_nodes: [e]') + '      - {id: e, type: end}\n',
    ['w.yaml:4:50: e is a passthrough node; only compute and function nodes run inside a parallel node'],
  ],
  [
    'no children',
    parallel('parallel_nodes: []'),
    ['w.yaml:4:49: parallel_nodes is an empty list, must name at least one node'],
  ],
  [
    'an unknown join',
    parallel('parallel_nodes: [a], join_strategy: al') + nodes(['a']),
    ['w.yaml:4:69: join_strategy is "al", must be one of all, any, first, merge'],
  ],
  [
    'output of a parallel node',
    parallel('parallel_nodes: [a], output: x') + nodes(['a']),
    ['w.yaml:4:54: output of a parallel node is not supported yet; set it on the nodes that it runs'],
  ],
  [
    'a time-out of a parallel node',
    parallel('parallel_nodes: [a], timeout: 5') + nodes(['a']),
    ['w.yaml:4:54: timeout of a parallel node is not supported yet; set it on the nodes that it runs'],
  ],
  [
    'no handler',
    '      - {id: a, type: compute}\n',
    ['w.yaml:4:14: handler is missing; a compute node names a registered handler'],
  ],
  [
    'tools',
    '      - {id: a, type: compute, tools: [shell]}\n',
    ['w.yaml:4:32: tools is not supported yet; a registered handler does the work'],
  ],
  [
    'a built-in handler',
    '      - {id: a, type: compute, handler: data_transform}\n',
    [
      'w.yaml:4:41: the built-in handler data_transform is not supported yet; register a handler under another name',
    ],
  ],
  [
    'a failure that does not end the run',
    nodes(['a', 'fail_fast: false']),
    ['w.yaml:4:67: fail_fast false is not supported yet; a node that fails ends the run'],
  ],
  [
    'a nested output',
    nodes(['a', 'output: a.b']),
    ['w.yaml:4:64: output is a.b, must be one state key, without . and $'],
  ],
  [
    'inputs that are a list',
    '      - {id: a, type: compute, handler: f, inputs: [x]}\n',
    ['w.yaml:4:52: inputs is a list, must be a map'],
  ],
  [
    'a bad time-out',
    nodes(['a', 'timeout: 0']),
    [
      'w.yaml:4:65: timeout is 0, must be a duration such as 30s, 10m or 1h30m, or seconds (1 ms to 3650 days)',
    ],
  ],
  [
    'a bad constraint',
    nodes(['a', 'constraints: {llm_allow: true}']),
    ['w.yaml:4:70: unknown constraint llm_allow; did you mean llm_allowed?'],
  ],
  [
    'back-off',
    nodes(['a', 'retry: {backoff: 2}']),
    [
      'w.yaml:4:64: retry.backoff is not supported yet; max_attempts (the first included) and max_retries are',
    ],
  ],
  [
    'retry as a number',
    nodes(['a', 'retry: 3']),
    ['w.yaml:4:63: retry is 3, must be a map with max_attempts or max_retries'],
  ],
  [
    'a reference to another file',
    '      - {$ref: "x.yaml#a"}\n',
    ['w.yaml:4:10: $ref is not supported yet; write the node out here'],
  ],
  [
    'an unknown type',
    '      - {id: a, type: compte}\n',
    ['w.yaml:4:23: node type compte is not known; did you mean compute?'],
  ],
  [
    'a node without a type',
    '      - {id: a}\n',
    [
      'w.yaml:4:9: a node without type is an agent node, which is not supported yet; types that work now: compute, parallel, passthrough, start, end',
    ],
  ],
])('%s', (_, text, expected) => {
  expect(readNodeList(text).problems).toEqual(expected);
});

test.each(['agent', 'condition', 'transform', 'hitl', 'team', 'subgraph'])('%s nodes are refused', (type) => {
  expect(readNodeList(`      - {id: a, type: ${type}, goal: x}\n`).problems).toEqual([
    `w.yaml:4:23: node type ${type} is not supported yet; types that work now: compute, parallel, passthrough, start, end`,
  ]);
});

test.each<[string, string, string | undefined, string]>([
  [
    'several workflows without a choice',
    `a:\n  nodes: []\nb:\n  nodes: []\n`,
    undefined,
    'the file holds 2 workflows; name one with workflow: a, b',
  ],
  [
    'an unknown workflow',
    `workflows:\n  research:\n    nodes: []\n`,
    'reserch',
    'the file has no workflow reserch; did you mean research?',
  ],
  [
    'a library of nodes',
    'nodes:\n  - {id: a}\n',
    undefined,
    'w.yaml:1:1: the file is a library of nodes (nodes at the top); a workflow stands under workflows: NAME: nodes:',
  ],
  ['an empty file', '', undefined, 'w.yaml:1:1: the workflow file is empty, must be a map of workflows'],
  [
    'no workflows',
    'workflows: {}\n',
    undefined,
    'w.yaml:1:12: workflows is an empty map, must be a map with at least one workflow',
  ],
  ['a workflow that is a list', 'w: [1]\n', undefined, 'w.yaml:1:4: w is a list, must be a map'],
  ['no nodes', 'w: {}\n', undefined, 'w.yaml:1:4: nodes is missing, must be a list'],
  [
    'an unknown start',
    `w:\n    start_node: b\n    nodes:\n${nodes(['a'])}`,
    undefined,
    'w.yaml:2:17: start_node names no node b; nodes: a',
  ],
  [
    'a limit of the run',
    `w:\n    execution: {max_timeout_seconds: 9}\n    nodes:\n${nodes(['a'])}`,
    undefined,
    'w.yaml:2:17: max_timeout_seconds of a workflow is not supported yet; timeouts.execution of the experiment file is the limit of a run',
  ],
  [
    'a limit twice',
    `w:\n    max_iterations: 3\n    execution: {max_iterations: 4}\n    nodes:\n${nodes(['a'])}`,
    undefined,
    'w.yaml:3:17: max_iterations is given twice, here and in the workflow itself',
  ],
])('%s', (_, text, name, message) => {
  expect(readWorkflow(text, {}, name).problems).toEqual([message]);
});

test('keys that are not acted on are warnings', () => {
  const { problems, warnings } = readWorkflow(`version: 1
workflows:
  w:
    schedule: {cron: x}
    execution: {max_iterations: 3}
    nodes:
      - {id: a, type: compute, handler: f, inputs: {x: "\${HOME}", y: $env.USER}, timout: 3}
      - {id: p, type: parallel, parallel_nodes: [b, c]}
      - {id: b, type: compute, handler: f, output: same}
      - {id: c, type: compute, handler: f, output: same}
`);
  expect(problems).toEqual([]);
  expect(warnings).toEqual([
    { code: 'WORKFLOW_KEY_UNUSED', message: 'w.yaml:1:1: the key version is not used' },
    { code: 'WORKFLOW_KEY_UNUSED', message: 'w.yaml:4:5: the key schedule is not used' },
    {
      code: 'WORKFLOW_KEY_UNUSED',
      message: 'w.yaml:7:82: the key timout is not used; did you mean timeout?',
    },
    {
      code: 'REFERENCE_UNUSED',
      message: 'w.yaml:7:53: "${HOME}" reaches the handler as it is written; $ctx.NAME refers to the state',
    },
    {
      code: 'REFERENCE_UNUSED',
      message: 'w.yaml:7:67: "$env.USER" reaches the handler as it is written; $ctx.NAME refers to the state',
    },
    {
      code: 'PARALLEL_SAME_KEY',
      message: 'w.yaml:8:53: b and c run side by side and both write same; c wins',
    },
  ]);
});

const REAL = join(import.meta.dirname, '../../../shared/victor-workflows');

const real = existsSync(REAL) ? readdirSync(REAL).filter((file) => file.endsWith('.yaml')) : [];

test('real files, where they are, are refused for what does not run yet, never by a crash', () => {
  for (const name of real) {
    const findings = new Findings();
    const file = parseYaml(readFileSync(join(REAL, name), 'utf8'), name, findings);
    expect(findings.problems).toEqual([]);
    if (file === null) continue;
    for (const [workflow, spot] of entries(field(file, 'workflows'))) {
      readYamlWorkflow({ name: workflow, spot }, valueSpot({}, 1), findings);
    }
    const strange = findings.problems.filter(
      ({ message }) => !/not supported yet|handler is missing/.test(message),
    );
    expect(strange).toEqual([]);
  }
});
