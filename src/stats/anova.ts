import { fDistribution } from './distributions.ts';
import { groupSample, SMALLEST_VARIANCE, type Sample } from './moments.ts';
import { isUndetermined, undetermined } from './undetermined.ts';
import type { Undetermined } from './undetermined.ts';

export interface AnovaTest {
  readonly f: number;
  readonly df1: number;
  readonly df2: number;
  readonly pValue: number;
}

/** One-way analysis of variance with one variance for all groups (Fisher 1925): no difference between k >= 2 means. */
export function anova(groups: readonly (readonly number[])[]): AnovaTest | Undetermined {
  const samples = filled(groups);
  if (isUndetermined(samples)) return samples;
  const n = samples.reduce((sum, one) => sum + one.n, 0);
  const df2 = n - samples.length;
  if (df2 < 1) return undetermined('every group has one value only');
  const mean = weightedMean(samples, (one) => one.n / n);
  const between = samples.reduce((sum, one) => sum + one.n * (one.mean - mean) ** 2, 0);
  const within = samples.reduce((sum, one) => sum + (one.n - 1) * one.variance, 0);
  if (within < SMALLEST_VARIANCE) return undetermined('the values do not vary within the groups');
  return fTest((between / (samples.length - 1) / within) * df2, samples.length - 1, df2);
}

/** Welch's analysis of variance (1951): each group has its own variance; at least two values and some spread in each. */
export function welchAnova(groups: readonly (readonly number[])[]): AnovaTest | Undetermined {
  const samples = filled(groups);
  if (isUndetermined(samples)) return samples;
  if (samples.some((one) => one.n < 2 || one.variance < SMALLEST_VARIANCE))
    return undetermined('a group has a single value, or values that do not vary');
  const k = samples.length;
  // weights as shares of the largest, so that their sum stays within double precision
  const smallest = Math.min(...samples.map((one) => one.variance / one.n));
  const weight = (one: Sample): number => (smallest * one.n) / one.variance;
  const total = samples.reduce((sum, one) => sum + weight(one), 0);
  const mean = weightedMean(samples, (one) => weight(one) / total);
  const between = samples.reduce((sum, one) => sum + weight(one) * (one.mean - mean) ** 2, 0) / smallest;
  const lambda = samples.reduce((sum, one) => sum + (1 - weight(one) / total) ** 2 / (one.n - 1), 0);
  const scale = 1 + (2 * (k - 2) * lambda) / (k * k - 1);
  return fTest(between / (k - 1) / scale, k - 1, (k * k - 1) / (3 * lambda));
}

const weightedMean = (samples: readonly Sample[], share: (one: Sample) => number): number =>
  samples.reduce((sum, one) => sum + share(one) * one.mean, 0);

function fTest(f: number, df1: number, df2: number): AnovaTest | Undetermined {
  return Number.isFinite(f)
    ? { f, df1, df2, pValue: fDistribution(f, df1, df2).upper }
    : undetermined('the values do not vary within the groups, or are too large to square');
}

function filled(groups: readonly (readonly number[])[]): readonly Sample[] | Undetermined {
  const samples: Sample[] = [];
  for (const values of groups) {
    const one = groupSample(values);
    if (isUndetermined(one)) return one;
    samples.push(one);
  }
  return samples.length < 2 ? undetermined('there are fewer than 2 groups') : samples;
}
