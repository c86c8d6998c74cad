import type { Json, JsonObject } from '../model/json.ts';
import type { Findings } from './findings.ts';
import { OVERRIDABLE } from './kinds.ts';
import type { ListedNode } from './node-list.ts';
import { entries, field, withField } from './spot.ts';
import type { Spot } from './spot.ts';
import { hint } from './suggest.ts';

/** Names that set a field of every agent node. */
const AGENT_FIELDS: readonly string[] = [
  'model',
  'temperature',
  'max_tokens',
  'top_p',
  'tool_budget',
  'tool_selection_strategy',
  'timeout',
];

/** Fields whose own keys may be overridden one by one, as in `nodes.fetch.inputs.depth`. */
const MAP_FIELDS: readonly string[] = ['inputs', 'constraints', 'retry'];

/** State keys that a workflow reads. Null: it has handlers that get the whole state, so any key may be read. */
type StateReads = ReadonlySet<string> | null;

/** The nodes with the fields that `nodes.<id>.<field>` sets, each still knowing where it was written. */
export function applyNodeOverrides(
  overrides: Spot,
  nodes: readonly ListedNode[],
  findings: Findings,
): readonly ListedNode[] {
  const changed = new Map(nodes.map((node) => [node.id, node]));
  const given = entries(overrides).filter(([name]) => name.startsWith('nodes.'));
  // the whole field first, then single keys inside it
  for (const [name, spot] of given.toSorted(([a], [b]) => a.length - b.length)) {
    const target = findTarget(name, nodes, spot, findings);
    const node = target === null ? undefined : changed.get(target.id);
    if (target === null || node === undefined || !checkField(node, target.keys, spot, findings)) continue;
    changed.set(target.id, { ...node, spot: withField(node.spot, target.keys, spot) });
  }
  return [...changed.values()];
}

interface Target {
  readonly id: string;
  readonly keys: readonly string[];
}

/** Ids may hold dots: the longest id that fits is meant. */
function findTarget(
  name: string,
  nodes: readonly ListedNode[],
  spot: Spot,
  findings: Findings,
): Target | null {
  const rest = name.slice('nodes.'.length);
  const ids = nodes.map(({ id }) => id);
  const id = ids.filter((known) => rest.startsWith(`${known}.`)).toSorted((a, b) => b.length - a.length)[0];
  if (id !== undefined) return { id, keys: rest.slice(id.length + 1).split('.') };
  const message = ids.includes(rest)
    ? `${name} names a node without a field; write ${name}.handler, for example`
    : `${name}: the workflow has no node ${rest.split('.')[0] ?? ''}${hint(rest.split('.')[0] ?? '', ids, 'nodes')}`;
  findings.problem(spot, message, 'key');
  return null;
}

function checkField(node: ListedNode, keys: readonly string[], spot: Spot, findings: Findings): boolean {
  // what the node is was refused already
  if (node.kind === null) return false;
  const allowed = OVERRIDABLE[node.kind];
  const [key = '', ...inner] = keys;
  if (!allowed.includes(key)) {
    const what = `fields of the ${node.kind} node ${node.id} that can be set`;
    findings.problem(
      spot,
      `${key || 'an empty field'} cannot be set on ${node.id}${hint(key, allowed, what)}`,
      'key',
    );
    return false;
  }
  if (inner.length > 0 && (!MAP_FIELDS.includes(key) || inner.includes(''))) {
    findings.problem(spot, `${keys.join('.')} of ${node.id} is not a field; ${key} is set as a whole`, 'key');
    return false;
  }
  return true;
}

/** State keys that are set before the run: `state.<key>`, and bare names that the workflow reads. */
export function initialState(overrides: Spot, reads: StateReads, findings: Findings): JsonObject {
  const state = new Map<string, Json>();
  for (const [name, spot] of entries(overrides)) {
    if (name.startsWith('nodes.')) continue;
    const key = name.startsWith('state.') ? name.slice('state.'.length) : name;
    const message =
      checkKey(name, key) ??
      (state.has(key) ? `${name}: the state key ${key} is set twice` : null) ??
      (key === name ? checkRead(name, reads) : null);
    if (message === null) state.set(key, spot.value as Json);
    else findings.problem(spot, message, 'key');
  }
  return Object.fromEntries(state);
}

function checkKey(name: string, key: string): string | null {
  if (key === '') return `${name} names no state key`;
  if (!key.includes('.')) return null;
  return name === key
    ? `${name} is not an override; write nodes.<id>.<field>, state.<key> or a state key`
    : `${name} sets a key inside a state value; set state.${key.split('.')[0] ?? ''} as a whole`;
}

function checkRead(name: string, reads: StateReads): string | null {
  if (reads === null || reads.has(name)) return null;
  if (AGENT_FIELDS.includes(name)) {
    return `${name} applies to agent nodes, and the workflow has none; no input reads $ctx.${name} either. Use state.${name} to set the state key anyway`;
  }
  return `no node of the workflow reads a state key ${name}${hint(name, [...reads], 'state keys that are read')}`;
}

/** The state keys that `$ctx.` inputs name, and the arguments that the workflow declares. */
export function stateReads(inputs: readonly (JsonObject | null)[], declared: readonly string[]): StateReads {
  const reads = new Set(declared);
  for (const given of inputs) {
    if (given === null) return null;
    collectReads(given, reads);
  }
  return reads;
}

function collectReads(value: Json, reads: Set<string>): void {
  if (typeof value === 'string') {
    if (value.startsWith('$ctx.')) reads.add(value.slice('$ctx.'.length).split('.')[0] ?? '');
  } else if (typeof value === 'object' && value !== null) {
    for (const item of Object.values(value) as Json[]) collectReads(item, reads);
  }
}

/** `metadata.arguments`: names, maps with a name, or a map by name. */
export function declaredArguments(workflow: Spot): readonly string[] {
  const given = field(field(workflow, 'metadata'), 'arguments').value;
  if (!Array.isArray(given)) return typeof given === 'object' && given !== null ? Object.keys(given) : [];
  return given.flatMap((argument: unknown) => {
    if (typeof argument === 'string') return [argument];
    const name: unknown = (argument as { readonly name?: unknown } | null)?.name;
    return typeof name === 'string' ? [name] : [];
  });
}
