import { isJsonObject } from '../model/json.ts';
import type { Json } from '../model/json.ts';
import type { DatasetItem } from '../model/spec.ts';

const MOST_UNIT_BYTES = 1000;

/** Says a problem of one input, at its place. */
export type Report = (message: string) => void;

export const inlineItem = (input: Json, unitField: string, report: Report): DatasetItem => ({
  unit: unitOf(input, unitField, report),
  body: { kind: 'inline', input },
});

/** The input's value of the unit field; null: it has none, or each execution is a unit. */
export function unitOf(input: Json, unitField: string, report: Report): string | null {
  if (unitField === 'execution' || !isJsonObject(input) || !Object.hasOwn(input, unitField)) return null;
  const value = input[unitField];
  if (typeof value === 'number') {
    if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
      report(`the unit ${unitField} is ${value}, an integer too large to be exact; put quotes around it`);
    }
    return String(value);
  }
  if (typeof value !== 'string') return null;
  const bytes = Buffer.byteLength(value);
  if (bytes > MOST_UNIT_BYTES) {
    report(`the unit ${unitField} has ${bytes} bytes, at most ${MOST_UNIT_BYTES} are allowed; hash it`);
  }
  if (value.includes('\0'))
    report(`the unit ${unitField} holds a NUL character, which Postgres cannot store`);
  return value;
}
