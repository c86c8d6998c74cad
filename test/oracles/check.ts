import { isUndetermined, type Undetermined } from '../../src/stats/undetermined.ts';

/** One reference case: {name, kind, input, expected, tolerance}; a field's tolerance, else `default`. */
export interface OracleCase {
  readonly name: string;
  readonly kind: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly expected: Readonly<Record<string, unknown>>;
  readonly tolerance: Readonly<Record<string, Tolerance>>;
}

interface Tolerance {
  readonly abs: number;
  readonly rel: number;
  readonly rule: 'either' | 'both';
}

const SPECIAL: Readonly<Record<string, number>> = { NaN: Number.NaN, Infinity, '-Infinity': -Infinity };

/** Reads the strings that stand for the numbers that JSON lacks. */
export const numeric = (value: unknown): unknown =>
  typeof value === 'string' && value in SPECIAL ? SPECIAL[value] : value;

/**
 * What differs, field by field. A field that is not reported (undefined) is skipped; an answer that is undetermined as a
 * whole must be to a case with a field that is not defined.
 */
export function differences(
  oracle: OracleCase,
  actual: Readonly<Record<string, unknown>> | Undetermined,
): readonly string[] {
  const fields = Object.entries(oracle.expected);
  if (isUndetermined(actual))
    return fields.some(([, expected]) => notDefined(expected)) ? [] : [`undetermined: ${actual.reason}`];
  if (fields.every(([field]) => actual[field] === undefined))
    return ['none of the expected fields is reported'];
  return fields.flatMap(([field, expected]) => {
    if (actual[field] === undefined) return [];
    const tolerance = oracle.tolerance[field] ??
      oracle.tolerance['default'] ?? { abs: 0, rel: 0, rule: 'either' };
    return compare(field, expected, actual[field], tolerance);
  });
}

const notDefined = (expected: unknown): boolean => expected === null || Number.isNaN(numeric(expected));

function compare(
  place: string,
  expectedRaw: unknown,
  actual: unknown,
  tolerance: Tolerance,
): readonly string[] {
  const expected = numeric(expectedRaw);
  if (notDefined(expected) && actual === null) return [];
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length)
      return [`${place}: a list of ${expected.length} expected`];
    return expected.flatMap((item, index) => compare(`${place}[${index}]`, item, actual[index], tolerance));
  }
  if (isRecord(expected)) {
    if (!isRecord(actual)) return [`${place}: named values expected`];
    return Object.entries(expected).flatMap(([name, item]) =>
      compare(`${place}.${name}`, item, actual[name], tolerance),
    );
  }
  if (typeof expected !== 'number')
    return expected === actual ? [] : [`${place}: ${String(actual)} for ${String(expected)}`];
  if (typeof actual !== 'number') return [`${place}: ${String(actual)} for ${expected}`];
  if (Object.is(expected, actual) || expected === actual) return [];
  if (!Number.isFinite(expected)) return [`${place}: ${actual} for ${expected}`];
  const gap = Math.abs(actual - expected);
  const absolute = gap <= tolerance.abs;
  const relative = gap <= tolerance.rel * Math.abs(expected);
  const good = tolerance.rule === 'both' ? absolute && relative : absolute || relative;
  return good ? [] : [`${place}: ${actual} for ${expected}`];
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
