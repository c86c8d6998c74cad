import type { Recommendation, SampleRatio } from '../model/documents.ts';
import type { SequentialResult } from './sequential.ts';
import type { Comparison, MetricRule, ReasonCode, Undetermined } from './types.ts';

export interface Decision {
  readonly stop: boolean;
  readonly winner: string | null;
  readonly recommendation: Recommendation;
  readonly code: ReasonCode;
  readonly reason: string;
}

export interface DecisionInput {
  readonly final: boolean;
  readonly metric: MetricRule;
  readonly variantId: string;
  readonly controlId: string;
  readonly comparison: Comparison | Undetermined;
  readonly test: SequentialResult | null;
  readonly sampleRatio: SampleRatio;
  readonly differentialLoss: { readonly ok: boolean; readonly pValue: number };
}

/** What a look means. A winner needs every condition; a crossing without them is named and the experiment goes on. */
export function decide(input: DecisionInput): Decision {
  const { comparison, test, final, metric } = input;
  const open: Recommendation = final ? 'inconclusive' : 'continue';
  const undecided = (code: ReasonCode, reason: string): Decision => ({
    stop: final,
    winner: null,
    recommendation: open,
    code,
    reason,
  });
  if (comparison.kind === 'undetermined' || test === null) {
    return undecided(
      comparison.kind === 'undetermined' ? comparison.code : 'no_data',
      `No decision: ${comparison.kind === 'undetermined' ? comparison.reason : 'there is no test'}.`,
    );
  }
  const facts = sentence(input, comparison, test);
  if (!test.crossed)
    return undecided(final ? 'not_significant' : 'continue', `${facts}: no difference can be claimed.`);
  if (improvement(comparison.difference, metric) < 0) {
    return {
      stop: true,
      winner: null,
      recommendation: 'inconclusive',
      code: 'control_best',
      reason: `${facts}: ${input.variantId} is worse than ${input.controlId}.`,
    };
  }
  const missing = missingCondition(input, comparison);
  if (missing !== null) return undecided(missing.code, `${facts}, but ${missing.reason}.`);
  return {
    stop: true,
    winner: input.variantId,
    recommendation: 'deploy_winner',
    code: 'winner',
    reason: `${facts}: ${input.variantId} wins.`,
  };
}

const improvement = (change: number, metric: MetricRule): number =>
  metric.goal === 'minimize' ? -change : change;

function missingCondition(
  input: DecisionInput,
  comparison: Comparison,
): { code: ReasonCode; reason: string } | null {
  const { metric, sampleRatio, differentialLoss } = input;
  if (!sampleRatio.ok) {
    const counts = Object.entries(sampleRatio.observed).map(
      ([id, n]) => `${id} ${n} for ${number(sampleRatio.expected[id] ?? 0)}`,
    );
    return {
      code: 'sample_ratio_mismatch',
      reason: `the sample ratio is wrong (${counts.join(', ')}; p = ${number(sampleRatio.pValue ?? 0)})`,
    };
  }
  if (!differentialLoss.ok) {
    return {
      code: 'differential_loss',
      reason: `the variants lose different shares of their executions (p = ${number(differentialLoss.pValue)})`,
    };
  }
  const lift = comparison.relativeChange === null ? null : improvement(comparison.relativeChange, metric);
  if (metric.relativeImprovement !== null && (lift === null || lift < metric.relativeImprovement)) {
    return {
      code: 'below_relative_improvement',
      reason: `the estimated improvement of ${lift === null ? 'unknown size' : percent(lift)} is below the required ${percent(metric.relativeImprovement)}`,
    };
  }
  const threshold = metric.successThreshold;
  if (threshold !== null && improvement(comparison.variantValue - threshold, metric) < 0) {
    return {
      code: 'below_success_threshold',
      reason: `${number(comparison.variantValue)} misses the success threshold ${number(threshold)}`,
    };
  }
  return null;
}

function sentence(input: DecisionInput, comparison: Comparison, test: SequentialResult): string {
  const change =
    comparison.relativeChange === null
      ? number(comparison.difference)
      : signedPercent(comparison.relativeChange);
  const against = test.boundary === null ? 'no boundary at this look' : `boundary ${number(test.boundary)}`;
  const p = test.pValue === null ? '' : `, p = ${number(test.pValue)}`;
  return `${input.metric.name} of ${input.variantId} is ${number(comparison.variantValue)} against ${number(comparison.controlValue)} of ${input.controlId} (${change}), |z| = ${number(Math.abs(comparison.statistic))}, ${against}${p}`;
}

const number = (value: number): string => String(Number(value.toPrecision(4)));
const percent = (share: number): string => `${number(share * 100)} %`;
const signedPercent = (share: number): string => `${share > 0 ? '+' : ''}${percent(share)}`;
