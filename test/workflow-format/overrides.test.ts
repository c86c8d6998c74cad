import { expect, test } from 'vitest';
import type { NodeBody } from '../../src/model/graph.ts';
import { readGraph, readNodeList } from './reading.ts';

const NODES = `      - {id: fetch, type: compute, handler: f, inputs: {query: $ctx.query, depth: 3}}
      - {id: a.b, type: compute, handler: g, inputs: {x: $ctx.pages.first}, timeout: 5}
      - {id: a, type: parallel, parallel_nodes: [c]}
      - {id: c, type: compute, handler: h, inputs: {}}
`;

const bodiesOf = (bodies: Readonly<Record<string, NodeBody>> | undefined, handler: string) =>
  Object.values(bodies ?? {}).filter((body) => body.handler === handler);

test('nodes.<id>.<field> sets a field, also a key inside of inputs, also where ids hold dots', () => {
  const { workflow, problems } = readNodeList(NODES, {
    'nodes.fetch.inputs.depth': 9,
    'nodes.fetch.handler': 'f2',
    'nodes.a.b.timeout': '1m',
    'nodes.a.join_strategy': 'first',
    'nodes.c.inputs.more': 2,
    'nodes.c.inputs': { one: 1 },
    'nodes.c.retry': { max_attempts: 1 },
    'nodes.c.output': 'out',
    'nodes.c.constraints.timeout': 8,
  });
  expect(problems).toEqual([]);
  expect(bodiesOf(workflow?.bodies, 'f2')).toMatchObject([{ inputs: { query: '$ctx.query', depth: 9 } }]);
  expect(bodiesOf(workflow?.bodies, 'h')).toMatchObject([
    { inputs: { one: 1, more: 2 }, constraints: { timeout: 8 } },
  ]);
  expect(workflow?.graph.nodes).toMatchObject({
    'a.b': { timeoutMs: 60_000 },
    a: { join: 'first' },
    c: { maxAttempts: 1, output: 'out', timeoutMs: 8000 },
  });
  expect(workflow?.graph.initialState).toEqual({});
});

test('state.<key>, and bare names that some input reads, are initial state', () => {
  const { workflow, problems } = readNodeList(NODES, {
    query: 'q',
    pages: { first: 1 },
    'state.unread': null,
  });
  expect(problems).toEqual([]);
  expect(workflow?.graph.initialState).toEqual({ query: 'q', pages: { first: 1 }, unread: null });
});

test('a handler without inputs gets the whole state, so any bare name may be read', () => {
  const { workflow, problems } = readNodeList('      - {id: a, type: compute, handler: f}\n', { model: 'm' });
  expect(problems).toEqual([]);
  expect(workflow?.graph.initialState).toEqual({ model: 'm' });
});

test.each<[string, unknown, string]>([
  ['querry', 1, 'querry: no node of the workflow reads a state key querry; did you mean query?'],
  [
    'model',
    'm',
    'model: model applies to agent nodes, and the workflow has none; no input reads $ctx.model either. Use state.model to set the state key anyway',
  ],
  [
    'timeout',
    3,
    'timeout: timeout applies to agent nodes, and the workflow has none; no input reads $ctx.timeout either. Use state.timeout to set the state key anyway',
  ],
  [
    'llm_config.model',
    'm',
    '["llm_config.model"]: llm_config.model is not an override; write nodes.<id>.<field>, state.<key> or a state key',
  ],
  ['state.a.b', 1, '["state.a.b"]: state.a.b sets a key inside a state value; set state.a as a whole'],
  ['state.', 1, '["state."]: state. names no state key'],
  [
    'nodes.fetsh.handler',
    'x',
    '["nodes.fetsh.handler"]: nodes.fetsh.handler: the workflow has no node fetsh; did you mean fetch?',
  ],
  [
    'nodes.fetch',
    'x',
    '["nodes.fetch"]: nodes.fetch names a node without a field; write nodes.fetch.handler, for example',
  ],
  ['nodes.fetch.handlr', 'x', '["nodes.fetch.handlr"]: handlr cannot be set on fetch; did you mean handler?'],
  [
    'nodes.fetch.next',
    'c',
    '["nodes.fetch.next"]: next cannot be set on fetch; fields of the compute node fetch that can be set: handler, inputs, constraints, output, timeout, retry, name',
  ],
  [
    'nodes.fetch.handler.x',
    'c',
    '["nodes.fetch.handler.x"]: handler.x of fetch is not a field; handler is set as a whole',
  ],
  [
    'nodes.fetch.timeout',
    'soon',
    '["nodes.fetch.timeout"]: nodes.fetch.timeout is "soon", must be a duration such as 30s, 10m or 1h30m, or seconds (1 ms to 3650 days)',
  ],
  [
    'nodes.fetch.handler',
    'data_transform',
    '["nodes.fetch.handler"]: the built-in handler data_transform is not supported yet; register a handler under another name',
  ],
])('%s is refused where it is written', (name, value, message) => {
  expect(readNodeList(NODES, { [name]: value }).problems).toEqual([message]);
});

test('one state key set twice is refused', () => {
  expect(readNodeList(NODES, { query: 1, 'state.query': 2 }).problems).toEqual([
    '["state.query"]: state.query: the state key query is set twice',
  ]);
});

test('declared arguments are state keys that the workflow reads', () => {
  const text = (declared: string) =>
    `{id: a, type: compute, handler: f, inputs: {}}\n    metadata: {arguments: ${declared}}`;
  for (const declared of ['[topic]', '[{name: topic}]', '{topic: {}}']) {
    expect(readNodeList(`      - ${text(declared)}\n`, { topic: 'x' }).problems).toEqual([]);
  }
});

test('in a state graph every bare name is initial state, and names can be overridden', () => {
  const { workflow, problems } = readGraph('nodes: [plan, act]', {
    model: 'm1',
    tool_budget: 3,
    'state.x': 1,
    'nodes.act.handler': 'act_fast',
    'nodes.plan.timeout': 10,
  });
  expect(problems).toEqual([]);
  expect(workflow?.graph.initialState).toEqual({ model: 'm1', tool_budget: 3, x: 1 });
  expect(workflow?.graph.nodes['plan']).toMatchObject({ timeoutMs: 10_000 });
  expect(bodiesOf(workflow?.bodies, 'act_fast')).toEqual([{ type: 'function', handler: 'act_fast' }]);
  expect(readGraph('nodes: [plan]', { 'nodes.plan.inputs': {} }).problems).toEqual([
    '["nodes.plan.inputs"]: inputs cannot be set on plan; fields of the function node plan that can be set: handler, output, timeout, retry, name',
  ]);
});
