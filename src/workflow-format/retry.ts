import { isJsonObject } from '../model/json.ts';
import type { Findings } from './findings.ts';
import { readFields } from './fields.ts';
import { integer } from './rules.ts';
import { show } from './show.ts';
import { field } from './spot.ts';
import type { Spot } from './spot.ts';

const RETRY_SHAPE = { max_attempts: integer(1, 1000).optional(), max_retries: integer(0, 1000).optional() };

/** Attempts of a node, the first included. Null: the file does not say. */
export function readAttempts(node: Spot, findings: Findings): number | null {
  const given = ['retry', 'retry_policy']
    .map((key) => field(node, key))
    .filter((spot) => spot.value !== undefined);
  const [spot, second] = given;
  if (spot === undefined) return null;
  if (second !== undefined) {
    findings.problem(second, 'retry and retry_policy say the same; give one of them', 'key');
    return null;
  }
  if (!isJsonObject(spot.value)) {
    findings.problem(spot, `retry is ${show(spot.value)}, must be a map with max_attempts or max_retries`);
    return null;
  }
  const read = readFields(spot, RETRY_SHAPE, findings, (key, inner) =>
    findings.problem(
      inner,
      `retry.${key} is not supported yet; max_attempts (the first included) and max_retries are`,
      'key',
    ),
  );
  if (read?.max_attempts !== undefined && read.max_retries !== undefined) {
    findings.problem(spot, 'max_attempts and max_retries are both given; max_attempts = max_retries + 1');
  }
  return read?.max_attempts ?? (read?.max_retries === undefined ? null : read.max_retries + 1);
}
