import { isJsonObject } from '../model/json.ts';

export type Path = readonly (string | number)[];

/** Where a value is written. `order` sorts places: the document first, then the position inside it. */
export interface Place {
  readonly path: string | null;
  readonly line: number | null;
  readonly column: number | null;
  readonly pointer: string;
  readonly order: readonly number[];
}

export type Part = 'key' | 'value';

export interface Origin {
  /** The place of the value at `path`, or of the innermost value around it that is written down. */
  readonly place: (path: Path, part: Part) => Place;
}

/** A value of a document together with the place it came from. */
export interface Spot {
  readonly origin: Origin;
  readonly path: Path;
  readonly value: unknown;
  /** Fields that are written somewhere else, such as the parameter overrides of a node. */
  readonly moved?: ReadonlyMap<string, Spot>;
}

export function field(spot: Spot, key: string | number): Spot {
  const moved = spot.moved?.get(String(key));
  if (moved !== undefined) return moved;
  const { origin, path, value } = spot;
  const inside = (isJsonObject(value) || Array.isArray(value)) && Object.hasOwn(value, key);
  const found: unknown = inside ? (value as Record<string | number, unknown>)[key] : undefined;
  return { origin, path: [...path, key], value: found };
}

export const at = (spot: Spot, path: Path): Spot => path.reduce<Spot>(field, spot);

export const items = (spot: Spot): readonly Spot[] =>
  Array.isArray(spot.value) ? spot.value.map((_, index) => field(spot, index)) : [];

export const entries = (spot: Spot): readonly (readonly [string, Spot])[] =>
  isJsonObject(spot.value)
    ? Object.keys(spot.value)
        .filter((key) => field(spot, key).value !== undefined)
        .map((key) => [key, field(spot, key)] as const)
    : [];

/** The same value with one field, at any depth, taken from elsewhere. */
export function withField(spot: Spot, keys: readonly string[], replacement: Spot): Spot {
  const [key, ...rest] = keys;
  if (key === undefined) return replacement;
  const inner = withField(field(spot, key), rest, replacement);
  const before = isJsonObject(spot.value) ? spot.value : {};
  return {
    ...spot,
    value: { ...before, [key]: inner.value },
    moved: new Map([...(spot.moved ?? []), [key, inner]]),
  };
}

/** `variants[0].tags["a b"]` */
export function formatPointer(path: Path): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    if (!/^[A-Za-z0-9_-]+$/.test(key)) return `${text}[${JSON.stringify(key)}]`;
    return text === '' ? key : `${text}.${key}`;
  }, '');
}

/** How a message calls a value: its key, with the indices behind it. */
export function nameOf(path: Path): string {
  const last = path.findLastIndex((key) => typeof key === 'string');
  return last < 0 ? formatPointer(path) || 'the document' : path.slice(last).reduce(joinName, '');
}

const joinName = (text: string, key: string | number): string =>
  typeof key === 'number' ? `${text}[${key}]` : key;

export function compareOrder(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
