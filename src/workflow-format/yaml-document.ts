import { LineCounter, isAlias, isMap, isScalar, isSeq, parseDocument, visit } from 'yaml';
import type { Alias, Document, Node, Pair, YAMLMap } from 'yaml';
import type { Findings } from './findings.ts';
import { checkPlain } from './plain.ts';
import { formatPointer } from './spot.ts';
import type { Origin, Part, Path, Place, Spot } from './spot.ts';

/** References to one anchor, nested ones multiplied: enough for any honest file, too few for a bomb. */
const MOST_ALIASES = 1000;

/** YAML, and with it JSON, as a value whose places are line and column. Null: the text itself is wrong, and that was said. */
export function parseYaml(text: string, path: string, findings: Findings): Spot | null {
  const document = findings.nextDocument();
  const lines = new LineCounter();
  const placeAt = (offset: number, pointer: string): Place => {
    const { line, col } = lines.linePos(offset);
    return { path, line, column: Math.max(1, col), pointer, order: [document, offset] };
  };
  const fail = (message: string): null => {
    findings.problemAt({ path, line: null, column: null, pointer: '', order: [document, 0] }, message);
    return null;
  };
  try {
    const yaml = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      logLevel: 'error',
      merge: true,
      version: '1.2',
    });
    const faults = [...yaml.errors, ...yaml.warnings];
    for (const { code, message, pos } of faults) {
      findings.problemAt(placeAt(pos[0], ''), explain(code, message, text.slice(pos[0])));
    }
    if (faults.length > 0) return null;
    const value = toPlain(yaml);
    if (value instanceof Error) {
      const alias = unknownAlias(yaml);
      if (alias === null) return fail(`the aliases of the text cannot be resolved: ${value.message}`);
      findings.problemAt(placeAt(startOf(alias) ?? 0, ''), `*${alias.source} names no anchor before it`);
      return null;
    }
    const spot = { origin: yamlOrigin(yaml, placeAt), path: [], value };
    return checkPlain(spot, findings) ? spot : null;
  } catch (error) {
    if (error instanceof RangeError) return fail('the text is nested too deeply to be read');
    throw error;
  }
}

/** Unknown aliases, too many of them, and merges of what is no map are found only here. */
function toPlain(yaml: Document): unknown {
  try {
    return yaml.toJS({ maxAliasCount: MOST_ALIASES }) as unknown;
  } catch (error) {
    if (error instanceof RangeError || !(error instanceof Error)) throw error;
    return error;
  }
}

function unknownAlias(yaml: Document): Alias | null {
  let found: Alias | null = null;
  visit(yaml, {
    Alias: (_, alias) => {
      if (alias.resolve(yaml) !== undefined) return undefined;
      found = alias;
      return visit.BREAK;
    },
  });
  return found;
}

function explain(code: string, message: string, text: string): string {
  switch (code) {
    case 'DUPLICATE_KEY':
      return `the key ${/^[^\s:]*/.exec(text)?.[0] ?? ''} is given twice`;
    case 'MULTIPLE_DOCS':
      return 'the file holds several YAML documents (---), must be one';
    default:
      return `not valid YAML: ${message}`;
  }
}

const yamlOrigin = (yaml: Document, placeAt: (offset: number, pointer: string) => Place): Origin => ({
  place: (path, part) => placeAt(offsetOf(yaml, path, part), formatPointer(path)),
});

function offsetOf(yaml: Document, path: Path, part: Part): number {
  let node: Node | null = yaml.contents as Node | null;
  let offset = startOf(node) ?? 0;
  for (const [depth, key] of path.entries()) {
    const around: Node | null = isAlias(node) ? (node.resolve(yaml) ?? null) : node;
    if (isMap(around)) {
      const pair = findPair(yaml, around, String(key));
      if (pair === null) return offset;
      const atKey = startOf(pair.key);
      const wantsKey = part === 'key' && depth === path.length - 1;
      offset = (wantsKey || isEmpty(pair.value) ? atKey : startOf(pair.value)) ?? atKey ?? offset;
      node = pair.value;
    } else if (isSeq(around)) {
      const item = around.items[Number(key)] as Node | undefined;
      if (item === undefined) return offset;
      offset = startOf(item) ?? offset;
      node = item;
    } else {
      return offset;
    }
  }
  return offset;
}

type NodePair = Pair<Node, Node | null>;

/** The pair of a key, also when it came in by a merge (`<<`). */
function findPair(yaml: Document, map: YAMLMap, key: string): NodePair | null {
  const pairs = map.items as NodePair[];
  const own = pairs.find((pair) => isScalar(pair.key) && String(pair.key.value) === key);
  if (own !== undefined) return own;
  for (const pair of pairs) {
    if (!isScalar(pair.key) || pair.key.source !== '<<') continue;
    for (const source of isSeq(pair.value) ? (pair.value.items as Node[]) : [pair.value]) {
      const merged = isAlias(source) ? source.resolve(yaml) : source;
      const found = isMap(merged) ? findPair(yaml, merged, key) : null;
      if (found !== null) return found;
    }
  }
  return null;
}

const startOf = (node: Node | null | undefined): number | null => node?.range?.[0] ?? null;
const isEmpty = (node: Node | null): boolean =>
  node === null || (isScalar(node) && node.value === null && (node.source ?? '') === '');
