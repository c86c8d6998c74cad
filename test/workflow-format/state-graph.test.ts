import { expect, test } from 'vitest';
import { contentHash } from '../../src/model/hash.ts';
import { readGraph, route } from './reading.ts';

test('a name is a registered handler that gets the state; nodes run in the order of the list', () => {
  const { workflow, problems } = readGraph('nodes: [analyze, execute]\n');
  expect(problems).toEqual([]);
  const bodies = ['analyze', 'execute'].map((handler) => ({ type: 'function', handler }));
  expect(workflow?.graph).toEqual({
    name: 'state graph',
    entry: 'analyze',
    maxIterations: 100,
    stateMerge: 'merge',
    initialState: {},
    nodes: Object.fromEntries(
      ['analyze', 'execute'].map((id, index) => [
        id,
        {
          kind: 'task',
          id,
          label: id,
          body: contentHash(bodies[index] ?? {}),
          output: null,
          timeoutMs: null,
          maxAttempts: null,
          next: index === 0 ? 'execute' : null,
        },
      ]),
    ),
  });
  expect(Object.values(workflow?.bodies ?? {})).toEqual(bodies);
});

test.each<[string, string, string]>([
  ['edges alone decide', 'nodes: [a, b, c]\nedges: [[a, c], [c, b]]', 'a -> c -> b'],
  ['edges as maps', 'nodes: [a, b]\nedges: [{source: a, target: b, type: normal}]', 'a -> b'],
  ['an edge to the end', 'nodes: [a, b]\nedges: [[a, b], [b, __end__]]', 'a -> b'],
  [
    "the seed's parallel example",
    'nodes: [analyze, execute, verify]\nparallel_nodes: [[execute, verify]]',
    'analyze -> all(execute, verify)',
  ],
  [
    'a group at the position of its first member',
    'nodes: [a, b, c, d]\nparallel_nodes: [[d, b]]',
    'a -> all(d, b) -> c',
  ],
  ['two groups', 'nodes: [a, b, c, d]\nparallel_nodes: [[a, b], [c, d]]', 'all(a, b) -> all(c, d)'],
  ['edges beside an empty group', 'nodes: [a, b]\nedges: [[a, b]]\nparallel_nodes: []', 'a -> b'],
  ['the entry said again', 'nodes: [a, b]\nentry_point: a', 'a -> b'],
  [
    'the full form',
    'nodes: [{id: b}, {id: s, type: passthrough}]\nedges: [{source: s, target: b}]\nentry_point: s',
    's -> b',
  ],
])('%s', (_, text, expected) => {
  const { workflow, problems } = readGraph(text);
  expect(problems).toEqual([]);
  expect(route(workflow?.graph)).toBe(expected);
});

test('the full form says what each node is', () => {
  const { workflow, problems } = readGraph(`
name: Checks
state_merge: replace
max_iterations: 9
metadata: {version: 1}
entry_point: first
nodes:
  - {id: first, type: function, handler: begin, timeout: 5s, retry: {max_retries: 2}, recursion_limit: 3}
  - {id: second, type: compute, handler: sum, inputs: {xs: $ctx.xs}, output: total}
  - {id: third, type: function, output: report}
edges:
  - {source: first, target: second, type: normal}
  - [second, third]
`);
  expect(problems).toEqual([]);
  expect(workflow?.graph).toMatchObject({
    name: 'Checks',
    entry: 'first',
    maxIterations: 9,
    stateMerge: 'replace',
  });
  expect(workflow?.graph.nodes).toMatchObject({
    first: { timeoutMs: 5000, maxAttempts: 3, output: null, next: 'second' },
    second: { output: 'total', next: 'third' },
    third: { output: 'report', next: null },
  });
  expect(Object.values(workflow?.bodies ?? {})).toEqual([
    { type: 'function', handler: 'begin' },
    { type: 'compute', handler: 'sum', inputs: { xs: '$ctx.xs' }, constraints: null },
    { type: 'function', handler: 'third' },
  ]);
});

test.each<[string, string, readonly string[]]>([
  ['no nodes', 'nodes: []', ['w.yaml:1:8: nodes is an empty list, must hold at least one node']],
  ['nodes missing', 'edges: []', ['w.yaml:1:1: nodes is missing, must be a list']],
  ['an unknown key', 'nodes: [a]\nedge: []', ['w.yaml:2:1: unknown key edge; did you mean edges?']],
  [
    'names and maps mixed',
    'nodes: [a, {id: b}]',
    ['w.yaml:1:12: nodes mixes names and maps, must be one of them'],
  ],
  [
    'a node that is a number',
    'nodes: [a, 3]',
    ['w.yaml:1:12: a node is 3, must be a text of one line that is not empty, at most 200 characters'],
  ],
  ['a name twice', 'nodes: [a, a]', ['w.yaml:1:12: the node id a is used twice; ids are unique']],
  [
    'no entry',
    'nodes: [{id: a}]',
    ['w.yaml:1:1: entry_point is missing; name the node that runs first; nodes: a'],
  ],
  [
    'an unknown entry',
    'nodes: [{id: aa}]\nentry_point: ab',
    ['w.yaml:2:14: entry_point names no node ab; did you mean aa?'],
  ],
  [
    'an entry that is not the first name',
    'nodes: [a, b]\nentry_point: b',
    ['w.yaml:2:14: entry_point is b; where nodes are names the first, a, is the entry'],
  ],
  [
    'an edge to nowhere',
    'nodes: [aa, bb]\nedges: [[aa, bb], [bb, cc]]',
    ['w.yaml:2:24: the edge names no node cc; nodes: aa, bb'],
  ],
  [
    'an edge of three',
    'nodes: [a, b]\nedges: [[a, b, c], [a, b]]',
    ['w.yaml:2:9: an edge is a list of 3, must be [source, target]'],
  ],
  [
    'an edge that is a text',
    'nodes: [a, b]\nedges: [a, [a, b]]',
    ['w.yaml:2:9: an edge is "a", must be [source, target] or {source, target}'],
  ],
  [
    'an edge twice',
    'nodes: [a, b]\nedges: [[a, b], [a, b]]',
    ['w.yaml:2:17: the edge a -> b is given twice'],
  ],
  [
    'a second edge out of a node',
    'nodes: [a, b, c]\nedges: [[a, b], [a, c], [b, c]]',
    [
      'w.yaml:2:17: a second edge leads out of a (to b and to c), must be one; without edges, parallel_nodes runs nodes side by side',
    ],
  ],
  [
    'a conditional edge',
    'nodes: [a, b]\nedges: [{source: a, target: {yes: b}, type: conditional, condition: c}, [a, b]]',
    ['w.yaml:2:9: conditional edges are not supported yet; edges of type normal work now'],
  ],
  [
    'an unknown kind of edge',
    'nodes: [a, b]\nedges: [{source: a, target: b, type: weak}]',
    ['w.yaml:2:38: type is "weak", must be normal'],
  ],
  [
    'a cycle',
    'nodes: [a, b]\nedges: [[a, b], [b, a]]',
    ['w.yaml:2:17: cycles are not supported yet: a -> b -> a never ends'],
  ],
  [
    'an unreachable node',
    'nodes: [a, b]\nedges: []',
    ['w.yaml:1:12: the node b is never reached from a; add an edge to it'],
  ],
  [
    'groups beside edges',
    'nodes: [a, b]\nedges: [[a, b]]\nparallel_nodes: [[a, b]]',
    [
      'w.yaml:3:1: parallel_nodes cannot stand beside edges, which alone decide the order; leave one of them out',
    ],
  ],
  [
    'groups in the full form',
    'nodes: [{id: a}]\nentry_point: a\nparallel_nodes: [[a]]',
    ['w.yaml:3:1: parallel_nodes belongs to the form whose nodes are names: nodes: [a, b, c]'],
  ],
  [
    'a group that is a name',
    'nodes: [a, b]\nparallel_nodes: [a, b]',
    [
      'w.yaml:2:18: a group of parallel_nodes is "a", must be a list of node names: [[a, b]]',
      'w.yaml:2:21: a group of parallel_nodes is "b", must be a list of node names: [[a, b]]',
    ],
  ],
  [
    'an unknown member',
    'nodes: [aa, bb]\nparallel_nodes: [[aa, bc]]',
    ['w.yaml:2:23: parallel_nodes names "bc", which is no node; did you mean bb?'],
  ],
  [
    'a member of two groups',
    'nodes: [a, b]\nparallel_nodes: [[a, b], [b]]',
    ['w.yaml:2:27: b is in parallel_nodes twice'],
  ],
  [
    'a later node type',
    'nodes: [{id: a, type: subgraph}]\nentry_point: a',
    [
      'w.yaml:1:23: node type subgraph is not supported yet; types that work now: function, compute, passthrough',
    ],
  ],
  [
    'next in a state graph',
    'nodes: [{id: a, next: a}]\nentry_point: a',
    [
      'w.yaml:1:17: unknown key next; known keys: id, type, name, description, metadata, timeout, retry, retry_policy, output, handler, recursion_limit',
    ],
  ],
])('%s', (_, text, expected) => {
  expect(readGraph(text).problems).toEqual(expected);
});
