import { isJsonObject } from '../model/json.ts';
import type { Findings } from '../workflow-format/findings.ts';
import { nameOf } from '../workflow-format/spot.ts';
import type { Spot } from '../workflow-format/spot.ts';

/** Refuses a value that is valid but belongs to a later release. `works` says what can be done today. */
export function refuseLater(
  spot: Spot,
  works: readonly unknown[],
  instead: string,
  findings: Findings,
): void {
  const { value } = spot;
  if (value === undefined || value === null || works.includes(value) || isNothing(value)) return;
  const scalar = typeof value === 'string' || typeof value === 'number' ? ` ${value}` : '';
  findings.problem(spot, `${qualified(spot)}${scalar} is not supported yet; ${instead}`);
}

const isNothing = (value: unknown): boolean =>
  Array.isArray(value) ? value.length === 0 : isJsonObject(value) && Object.keys(value).length === 0;

/** `decision.rule`: the key with the one around it, where that is a key too. */
function qualified({ path }: Spot): string {
  const around = path.at(-2);
  return typeof around === 'string' ? `${around}.${nameOf(path)}` : nameOf(path);
}
