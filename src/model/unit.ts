import type { ExecutionRequest } from './execution.ts';
import { isJsonObject } from './json.ts';
import type { ExperimentSpec } from './spec.ts';

const UNIT_BYTES = 1000;

/** A caller names the unit, or its context or input holds the field. */
export function unitOf(
  request: Pick<ExecutionRequest, 'unit' | 'executionId' | 'context' | 'input'>,
  spec: Pick<ExperimentSpec, 'unit'>,
): string | null {
  if (request.unit !== null) return request.unit;
  if (spec.unit === 'execution') return request.executionId;
  const input = isJsonObject(request.input) ? request.input : {};
  const found = request.context[spec.unit] ?? input[spec.unit];
  return typeof found === 'string' || typeof found === 'number' ? String(found) : null;
}

/** Why this cannot be a unit; null: it can. */
export function checkUnit(unit: string): string | null {
  if (unit === '') return 'the unit is empty; it says who is randomised';
  const bytes = Buffer.byteLength(unit);
  if (bytes > UNIT_BYTES) return `the unit has ${bytes} bytes, at most ${UNIT_BYTES} are allowed; hash it`;
  return unit.includes('\0') ? 'the unit holds a NUL character, which Postgres cannot store' : null;
}
