import { ascending, percentile } from './percentile.ts';
import { undetermined } from './undetermined.ts';
import type { Undetermined } from './undetermined.ts';

export interface Winsorised {
  readonly cap: number;
  /** Values that were above the cap, in both arms. */
  readonly capped: number;
  readonly control: readonly number[];
  readonly treatment: readonly number[];
}

/**
 * Values above the type-7 percentile of both arms together become that percentile (Tukey 1962). One cap for both, so that
 * no difference is made; what is estimated is then the mean of the capped value.
 */
export function winsoriseUpper(
  control: readonly number[],
  treatment: readonly number[],
  share: number,
): Winsorised | Undetermined {
  const all = [...control, ...treatment];
  if (all.length === 0) return undetermined('there is no value');
  const cap = percentile(ascending(all), share, 'type7');
  const below = (value: number): number => Math.min(value, cap);
  return {
    cap,
    capped: all.filter((value) => value > cap).length,
    control: control.map(below),
    treatment: treatment.map(below),
  };
}
