import { isJsonObject } from '../model/json.ts';
import type { Findings } from './findings.ts';
import type { Format } from './format.ts';
import { LATER_TYPES } from './kinds.ts';
import type { KindName } from './kinds.ts';
import { show } from './show.ts';
import { field } from './spot.ts';
import type { Spot } from './spot.ts';
import { hint } from './suggest.ts';

/** A node whose id is good. `kind` null: it was refused, and its edges are all that is known of it. */
export interface ListedNode {
  readonly id: string;
  readonly spot: Spot;
  readonly kind: KindName | null;
}

const RESERVED: readonly string[] = ['__proto__', '__start__', '__end__'];

/** The nodes that have an id, each id once. */
export function listNodes(spots: readonly Spot[], format: Format, findings: Findings): readonly ListedNode[] {
  const nodes = new Map<string, ListedNode>();
  for (const spot of spots) {
    const id = readId(spot, findings);
    if (id === null) continue;
    if (nodes.has(id)) findings.problem(field(spot, 'id'), `the node id ${id} is used twice; ids are unique`);
    else nodes.set(id, { id, spot, kind: readKind(spot, format, findings) });
  }
  return [...nodes.values()];
}

function readId(spot: Spot, findings: Findings): string | null {
  if (!isJsonObject(spot.value)) {
    findings.problem(spot, `a node is ${show(spot.value)}, must be a map with an id`);
    return null;
  }
  if (Object.hasOwn(spot.value, '$ref')) {
    findings.problem(field(spot, '$ref'), '$ref is not supported yet; write the node out here', 'key');
    return null;
  }
  const { value } = field(spot, 'id');
  const bad = badId(value);
  if (bad === null) return value as string;
  findings.problem(field(spot, 'id'), `id is ${show(value)}, ${bad}`);
  return null;
}

export function badId(value: unknown): string | null {
  if (typeof value !== 'string' || value.trim() === '' || value.length > 200 || /\p{Cc}/u.test(value)) {
    return 'must be a text of one line that is not empty, at most 200 characters';
  }
  if (RESERVED.includes(value)) return 'which is reserved';
  return /[$[\]{}]/.test(value) ? 'must not hold any of $ [ ] { }' : null;
}

function readKind(spot: Spot, format: Format, findings: Findings): KindName | null {
  const given = field(spot, 'type');
  const type = given.value === undefined ? format.defaultType : given.value;
  const works = format.kinds.join(', ');
  const kind = format.kinds.find((name) => name === type);
  if (kind !== undefined) return kind;
  const name = typeof type === 'string' ? type : show(type);
  if (LATER_TYPES.some((later) => later === type)) {
    const what =
      given.value === undefined ? `a node without type is an ${name} node, which is` : `node type ${name} is`;
    findings.problem(given, `${what} not supported yet; types that work now: ${works}`);
    return null;
  }
  const known = [...format.kinds, ...LATER_TYPES];
  findings.problem(given, `node type ${name} is not known${hint(name, known, 'node types')}`);
  return null;
}
