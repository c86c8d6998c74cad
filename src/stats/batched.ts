import { normal } from './distributions.ts';
import { armMean, meanDifference } from './means.ts';
import type { Sample } from './moments.ts';
import { undetermined } from './undetermined.ts';
import type { Undetermined } from './undetermined.ts';

export interface BatchedTest {
  /** Studentised difference of each batch; null for a batch that has none (fewer than 2 units in an arm, no spread). */
  readonly batchZ: readonly (number | null)[];
  /** Sum over the batches that have one, over the root of their number. */
  readonly z: number;
  readonly pValue: number;
}

/**
 * Test of adaptively allocated data, the allocation being fixed within a batch (Zhang, Janson & Murphy 2020, batched OLS):
 * each batch is studentised alone, so that the sum is normal whatever the allocation learned.
 */
export function batchedTest(
  batches: readonly { readonly control: Sample; readonly treatment: Sample }[],
): BatchedTest | Undetermined {
  const batchZ = batches.map(({ control, treatment }) => {
    const test = meanDifference(armMean(control), armMean(treatment));
    return 'kind' in test ? null : test.t;
  });
  const given = batchZ.filter((z) => z !== null);
  if (given.length === 0) return undetermined('no batch has two units with some spread in each arm');
  const z = given.reduce((sum, one) => sum + one, 0) / Math.sqrt(given.length);
  return { batchZ, z, pValue: Math.min(1, 2 * normal(Math.abs(z)).upper) };
}
