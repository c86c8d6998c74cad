import type { Sample } from '../../../src/stats/moments.ts';
import type { Arm } from '../../../src/stats/proportions.ts';
import type { SpendingName } from '../../../src/stats/spending.ts';
import type { Undetermined } from '../../../src/stats/undetermined.ts';

export type Input = Readonly<Record<string, unknown>>;

/** Fields of the answer by the names of the cases; undefined is not reported, null is not defined. */
export type Answer = Readonly<Record<string, unknown>>;

/** One kind of case: its input put to the function that it is about. */
export type Kind = (input: Input) => Answer | Undetermined;

export type Kinds = Readonly<Record<string, Kind>>;

export const number = (input: Input, key: string): number => Number(input[key]);
export const text = (input: Input, key: string): string => String(input[key]);
export const numbers = (input: Input, key: string): readonly number[] => input[key] as readonly number[];
export const table = (input: Input, key: string): readonly (readonly number[])[] =>
  input[key] as readonly (readonly number[])[];
export const object = (input: Input, key: string): Input => input[key] as Input;
export const objects = (input: Input, key: string): readonly Input[] => input[key] as readonly Input[];

export const armSample = (input: Input, arm: 'control' | 'treatment'): Sample => ({
  n: number(input, `n_${arm}`),
  mean: number(input, `mean_${arm}`),
  variance: number(input, `var_${arm}`),
});

export const arms = (input: Input): { readonly control: Arm; readonly treatment: Arm } => ({
  control: { successes: number(input, 'control_successes'), total: number(input, 'control_total') },
  treatment: { successes: number(input, 'treatment_successes'), total: number(input, 'treatment_total') },
});

const SPENDING: Readonly<Record<string, SpendingName>> = {
  obf: 'obrien_fleming',
  pocock: 'pocock',
  kd: 'kim_demets',
  hsd: 'hwang_shih_decani',
};

/** An unknown name is an error of the file, not a default. */
export function spendingOf(input: Input, key = 'spending'): SpendingName {
  const name = SPENDING[text(input, key)];
  if (name === undefined) throw new RangeError(`unknown spending function ${text(input, key)}`);
  return name;
}

export const parameterOf = (input: Input): number | null =>
  input['parameter'] === null || input['parameter'] === undefined ? null : number(input, 'parameter');
