import type { z } from 'zod';
import { isJsonObject } from '../model/json.ts';
import type { Findings } from './findings.ts';
import { show } from './show.ts';
import { at, entries, field, nameOf } from './spot.ts';
import type { Path, Spot } from './spot.ts';
import { hint } from './suggest.ts';

export type Shape = Readonly<Record<string, z.ZodType>>;

/** A key that is not given, or whose value was refused, is undefined. */
export type Fields<S extends Shape> = { readonly [K in keyof S]: z.output<S[K]> | undefined };

/**
 * Reads a map key by key, so that one bad value hides no other. The message of each rule of the shape is what the
 * value must be, such as "an integer of at least 2". Null: it is not a map.
 */
export function readFields<S extends Shape>(
  spot: Spot,
  shape: S,
  findings: Findings,
  onUnknown: (key: string, spot: Spot, known: readonly string[]) => void = unknownKey(findings),
): Fields<S> | null {
  if (!isJsonObject(spot.value)) {
    findings.problem(spot, `${nameOf(spot.path)} is ${show(spot.value)}, must be a map`);
    return null;
  }
  const known = Object.keys(shape);
  for (const [key, inner] of entries(spot)) if (!Object.hasOwn(shape, key)) onUnknown(key, inner, known);
  const read = known.map((key) => [key, readField(field(spot, key), shape[key] as z.ZodType, findings)]);
  return Object.fromEntries(read) as Fields<S>;
}

export function readField<T>(spot: Spot, rule: z.ZodType<T>, findings: Findings): T | undefined {
  const parsed = rule.safeParse(spot.value);
  if (parsed.success) return parsed.data;
  const seen = new Set<string>();
  for (const issue of parsed.error.issues) {
    const path = issue.path as Path;
    const key = JSON.stringify(path);
    if (seen.has(key)) continue;
    seen.add(key);
    const inner = at(spot, path);
    findings.problem(inner, `${nameOf(inner.path)} is ${show(inner.value)}, must be ${issue.message}`);
  }
  return undefined;
}

const unknownKey =
  (findings: Findings) =>
  (key: string, spot: Spot, known: readonly string[]): void =>
    findings.problem(spot, `unknown key ${key}${hint(key, known, 'known keys')}`, 'key');
