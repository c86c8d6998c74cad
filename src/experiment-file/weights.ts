import type { Findings } from '../workflow-format/findings.ts';
import { field } from '../workflow-format/spot.ts';
import type { Spot } from '../workflow-format/spot.ts';

const SUM_TOLERANCE = 1e-9;
const SMALLEST_WEIGHT = 1e-6;

/** The weight of each variant: as given by all of them, or equal where none gives one. */
export function readWeights(variants: readonly Spot[], around: Spot, findings: Findings): readonly number[] {
  const given = variants.map((variant) => field(variant, 'traffic_weight'));
  const missing = given.filter(isMissing);
  const equal = variants.map(() => 1 / variants.length);
  if (missing.length === given.length) return equal;
  if (missing.length > 0) {
    const names = variants.map(label).filter((_, index) => given[index]?.value === undefined);
    const message = `traffic_weight is missing on ${names.join(', ')}; give it on all variants or on none (equal shares)`;
    findings.problem(missing[0] ?? around, message);
    return equal;
  }
  const weights = given.map(({ value }) => value);
  // a weight that breaks its own rule was refused there
  if (!weights.every((weight) => typeof weight === 'number' && Number.isFinite(weight) && weight > 0))
    return equal;
  const numbers = weights as number[];
  for (const [index, weight] of numbers.entries()) {
    if (weight < SMALLEST_WEIGHT) {
      findings.problem(
        given[index] ?? around,
        `traffic_weight ${weight} is below ${SMALLEST_WEIGHT}, the finest share of traffic that there is`,
      );
    }
  }
  const sum = numbers.reduce((all, weight) => all + weight, 0);
  if (Math.abs(sum - 1) > SUM_TOLERANCE) {
    const parts = variants.map((variant, index) => `${label(variant, index)} ${numbers[index]}`);
    findings.problem(
      given[0] ?? around,
      `traffic weights sum to ${Number(sum.toPrecision(12))}, must be 1 (${parts.join(', ')})`,
    );
  }
  return numbers;
}

const isMissing = ({ value }: Spot): boolean => value === undefined;

function label(variant: Spot, index: number): string {
  const id = field(variant, 'variant_id').value;
  return typeof id === 'string' ? id : `variant ${index + 1}`;
}
