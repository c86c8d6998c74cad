import { z } from 'zod';
import { isJsonObject } from '../model/json.ts';
import type { JsonObject } from '../model/json.ts';
import { LONGEST_MS, parseDurationMs } from './duration.ts';

/** The rules that values follow. Each message completes the sentence "x is 3, must be ...". */
export const anything = z.unknown();

const CONTROL = /\p{Cc}/u;

const lineRule = 'a text of one line that is not empty';
export const line = (mostCharacters: number) => {
  const error = `${lineRule}, at most ${mostCharacters} characters`;
  return z
    .string({ error })
    .refine((text) => text.trim() !== '' && text.length <= mostCharacters && !CONTROL.test(text), { error });
};

export const anyText = z.string({ error: 'a text' });

export const matching = (pattern: RegExp, what: string) =>
  z.string({ error: what }).regex(pattern, { error: what });

export const oneOf = <const T extends readonly [string, ...string[]]>(...values: T) =>
  z.enum(values, { error: `one of ${values.join(', ')}` });

export const flag = z.boolean({ error: 'true or false' });

export const finite = z.number({ error: 'a finite number' });

export const integer = (least: number, most: number = Number.MAX_SAFE_INTEGER) => {
  const error =
    most === Number.MAX_SAFE_INTEGER
      ? `an integer of at least ${least}`
      : `an integer from ${least} to ${most}`;
  return z
    .number({ error })
    .refine((n) => Number.isSafeInteger(n) && n >= least && n <= most, { error })
    .meta({
      type: 'integer',
      minimum: least,
      ...(most === Number.MAX_SAFE_INTEGER ? {} : { maximum: most }),
    });
};

export const between = (low: number, high: number, what: string) =>
  z
    .number({ error: what })
    .refine((n) => n > low && n < high, { error: what })
    .meta({ exclusiveMinimum: low, ...(high === Infinity ? {} : { exclusiveMaximum: high }) });

export const positive = (what: string) => between(0, Infinity, what);

/** A duration in milliseconds. */
export const duration = (leastMs = 1) => {
  const error = `a duration such as 30s, 10m or 1h30m, or seconds (${leastMs} ms to ${LONGEST_MS / 86_400_000} days)`;
  return z.union([z.string(), z.number()], { error }).transform((value, context) => {
    const ms = parseDurationMs(value);
    if (ms !== null && ms >= leastMs) return ms;
    context.issues.push({ code: 'custom', message: error, input: value });
    return z.NEVER;
  });
};

export const map = z.custom<JsonObject>(isJsonObject, { error: 'a map' }).meta({ type: 'object' });
export const list = z.array(z.unknown(), { error: 'a list' });
export const texts = z.array(z.string({ error: 'a text' }), { error: 'a list of texts' });

export const tags = z.record(
  z.string(),
  z.string({ error: 'a text (put quotes around numbers and true or false)' }),
  { error: 'a map of texts' },
);
