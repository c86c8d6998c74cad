import type { Findings } from './findings.ts';
import type { Path, Spot } from './spot.ts';
import { nameOf } from './spot.ts';

const DEEPEST = 100;

/**
 * Refuses what is not JSON, and texts that Postgres cannot store outside of contents: those under `anyText` may hold
 * what they like. False: the document cannot be walked at all.
 */
export function checkPlain(spot: Spot, findings: Findings, anyText: Path = ['inputs', 'items']): boolean {
  let sound = true;
  for (const { path, message, fatal, text } of impurities(spot.value, spot.path, [])) {
    if (text && anyText.every((key, index) => path[index] === key)) continue;
    findings.refuse({ origin: spot.origin, path, value: undefined }, message);
    if (fatal) sound = false;
  }
  return sound;
}

interface Impurity {
  readonly path: Path;
  readonly message: string;
  readonly fatal: boolean;
  readonly text: boolean;
}

function* impurities(value: unknown, path: Path, around: readonly unknown[]): Generator<Impurity> {
  const refused = refusal(value, path, around);
  if (refused !== null) {
    yield { path, message: refused, fatal: typeof value === 'object', text: typeof value === 'string' };
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  const inside = [...around, value];
  for (const [key, item] of Array.isArray(value) ? value.entries() : Object.entries(value)) {
    if (typeof key === 'string') {
      const message = badKey(key);
      const text = key !== '__proto__';
      if (message !== null) yield { path: [...path, key], message, fatal: !text, text };
    }
    yield* impurities(item, [...path, key], inside);
  }
}

function refusal(value: unknown, path: Path, around: readonly unknown[]): string | null {
  const name = nameOf(path);
  if (typeof value === 'string') return badText(value) === null ? null : `${name} ${badText(value)}`;
  if (typeof value === 'number') return Number.isFinite(value) ? null : `${name} is ${value}, must be finite`;
  if (value === null || value === undefined || typeof value === 'boolean') return null;
  if (typeof value !== 'object') return `${name} is a ${typeof value}, which is not JSON`;
  if (around.includes(value)) return `${name} contains itself`;
  if (around.length >= DEEPEST) return `${name} is nested deeper than ${DEEPEST} levels`;
  if (Array.isArray(value)) return null;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return null;
  return `${name} is a ${classOf(value)}, which is not JSON`;
}

const classOf = (value: object): string => {
  const { constructor } = value as { readonly constructor?: unknown };
  return typeof constructor === 'function' ? constructor.name : 'class instance';
};

function badKey(key: string): string | null {
  if (key === '__proto__') return 'the key __proto__ cannot be used';
  const bad = badText(key);
  return bad === null ? null : `the key ${JSON.stringify(key)} ${bad}`;
}

function badText(text: string): string | null {
  if (text.includes('\0')) return 'holds a NUL character, which Postgres cannot store';
  return /\p{Surrogate}/u.test(text) ? 'holds half of a surrogate pair, which is not Unicode text' : null;
}
