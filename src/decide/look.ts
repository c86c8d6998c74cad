import type {
  ByVariant,
  Interval,
  LookComparison,
  SampleRatio,
  SecondaryResult,
  VariantResult,
} from '../model/documents.ts';
import type { Warning } from '../model/spec.ts';
import { adjustPValues } from '../stats/adjust.ts';
import { normal } from '../stats/distributions.ts';
import { sampleRatioTest, twoProportions } from '../stats/proportions.ts';
import { compareArms, meanOf } from './compare.ts';
import { decide } from './decision.ts';
import type { Decision } from './decision.ts';
import { interval, testLook } from './sequential.ts';
import type { ArmSummary, Comparison, MetricRule, PriorLook, Rule } from './types.ts';

/** Everything a look takes: stored with it, so that anyone can compute it again. */
export interface LookInputs {
  readonly look: number;
  readonly final: boolean;
  /** Asked for before everything had ended. Absent in looks of earlier versions: false. */
  readonly truncated?: boolean;
  /** Which planned look this is; null for the final one. */
  readonly planIndex: number | null;
  readonly informationFraction: number;
  readonly rule: Rule;
  readonly confidence: number;
  readonly variants: readonly {
    readonly variantId: string;
    readonly name: string;
    readonly isControl: boolean;
    readonly share: number;
  }[];
  readonly primary: { readonly metric: MetricRule; readonly arms: readonly ArmSummary[] };
  readonly secondary: readonly { readonly metric: MetricRule; readonly arms: readonly ArmSummary[] }[];
  readonly cohort: readonly {
    readonly variantId: string;
    readonly units: number;
    readonly executions: number;
    readonly cancelled: number;
    /** These two are absent in looks of earlier versions: 0. */
    readonly excluded?: number;
    readonly notRandomised?: number;
    readonly heldBack: number;
  }[];
  readonly prior: readonly PriorLook[];
}

export interface LookResult {
  readonly decision: Decision;
  readonly information: number | null;
  readonly boundary: number | null;
  readonly alphaSpent: number;
  readonly statistic: number | null;
  readonly pValue: number | null;
  readonly pValueAdjusted: number | null;
  readonly confidenceInterval: Interval | null;
  readonly probabilityBest: ByVariant<number> | null;
  readonly sampleRatio: SampleRatio;
  readonly variantResults: ByVariant<VariantResult>;
  readonly comparisons: ByVariant<LookComparison>;
  readonly recommendation: Decision['recommendation'];
  readonly warnings: readonly Warning[];
}

const MISMATCH_P = 0.001;

/** One look, from its inputs alone. */
export function computeLook(inputs: LookInputs): LookResult {
  const control = inputs.variants.find((variant) => variant.isControl) ?? inputs.variants[0];
  const variant = inputs.variants.find((candidate) => candidate !== control);
  if (control === undefined || variant === undefined)
    throw new RangeError('a look needs a control and a variant');
  const { metric, arms } = inputs.primary;
  const [armC, armV] = [armOf(arms, control.variantId), armOf(arms, variant.variantId)];
  const comparison = compareArms(armC, armV, metric);
  const test =
    comparison.kind === 'comparison'
      ? testLook(inputs.rule, inputs.prior, comparison, inputs.informationFraction, inputs.final)
      : null;
  const sampleRatio = checkSampleRatio(inputs);
  const differentialLoss = checkLoss(inputs, control.variantId, variant.variantId);
  const decision = decide({
    final: inputs.final,
    metric,
    variantId: variant.variantId,
    controlId: control.variantId,
    comparison,
    test,
    sampleRatio,
    differentialLoss,
  });
  const priorAlpha = inputs.prior.at(-1)?.alphaSpent ?? 0;
  const reported = {
    statistic: comparison.kind === 'comparison' ? comparison.statistic : null,
    boundary: test?.boundary ?? null,
    pValue: test?.pValue ?? null,
    pValueAdjusted: test?.pValue ?? null,
    information: test?.information ?? null,
  };
  return {
    decision,
    ...reported,
    alphaSpent: test?.alphaSpent ?? priorAlpha,
    confidenceInterval: test?.confidenceInterval ?? null,
    probabilityBest:
      comparison.kind === 'comparison'
        ? probabilityBest(comparison, metric, control.variantId, variant.variantId)
        : null,
    sampleRatio,
    comparisons: { [variant.variantId]: reported },
    variantResults: {
      [control.variantId]: variantResult(inputs, control, armC, null, null),
      [variant.variantId]: variantResult(
        inputs,
        variant,
        armV,
        comparison.kind === 'comparison' ? comparison : null,
        test,
      ),
    },
    recommendation: decision.recommendation,
    warnings: warningsOf(inputs, sampleRatio, differentialLoss),
  };
}

function armOf(arms: readonly ArmSummary[], variantId: string): ArmSummary {
  const arm = arms.find((candidate) => candidate.variantId === variantId);
  if (arm === undefined) throw new RangeError(`no summary for variant ${variantId}`);
  return arm;
}

function checkSampleRatio(inputs: LookInputs): SampleRatio {
  const counts = inputs.variants.map(
    ({ variantId }) => inputs.cohort.find((arm) => arm.variantId === variantId)?.units ?? 0,
  );
  const test = sampleRatioTest(
    counts,
    inputs.variants.map(({ share }) => share),
  );
  const byVariant = (values: readonly number[]): ByVariant<number> =>
    Object.fromEntries(inputs.variants.map(({ variantId }, index) => [variantId, values[index] ?? 0]));
  return {
    ok: test.pValue >= MISMATCH_P,
    pValue: test.pValue,
    expected: byVariant(test.expected),
    observed: byVariant(counts),
  };
}

function warningsOf(
  inputs: LookInputs,
  sampleRatio: SampleRatio,
  differentialLoss: ReturnType<typeof checkLoss>,
): readonly Warning[] {
  const alone = inputs.cohort.reduce((sum, arm) => sum + (arm.notRandomised ?? 0), 0);
  return [
    ...(sampleRatio.ok
      ? []
      : [{ code: 'SAMPLE_RATIO_MISMATCH', message: `sample ratio p = ${sampleRatio.pValue}` }]),
    ...(differentialLoss.ok
      ? []
      : [
          {
            code: 'DIFFERENTIAL_LOSS',
            message: `the variants lose different shares of their executions to cancels and exclusions (p = ${differentialLoss.pValue}); there can be no winner`,
          },
        ]),
    ...(inputs.truncated === true
      ? [
          {
            code: 'COHORT_TRUNCATED',
            message:
              'the final look was asked for while executions were running; it uses those that began before the oldest running one',
          },
        ]
      : []),
    ...(alone === 0
      ? []
      : [
          {
            code: 'NOT_RANDOMISED',
            message: `${alone} units were begun while only one variant was open; they are recorded, and not compared`,
          },
        ]),
  ];
}

/** Do the variants lose different shares of their executions, to cancels or by exclusion? */
function checkLoss(inputs: LookInputs, controlId: string, variantId: string) {
  const arm = (id: string) => {
    const found = inputs.cohort.find((candidate) => candidate.variantId === id);
    const excluded = found?.excluded ?? 0;
    return {
      successes: (found?.cancelled ?? 0) + excluded,
      total: (found?.executions ?? 0) + excluded,
    };
  };
  const [c, v] = [arm(controlId), arm(variantId)];
  const pValue = c.total === 0 || v.total === 0 ? 1 : twoProportions(c, v).pValue;
  return { ok: pValue >= MISMATCH_P, pValue };
}

/** Posterior probability of the better mean under a flat prior: the estimate is normal around the difference. */
function probabilityBest(
  comparison: Comparison,
  metric: MetricRule,
  controlId: string,
  variantId: string,
): ByVariant<number> {
  const z = comparison.standardError > 0 ? comparison.difference / comparison.standardError : 0;
  const tails = normal(metric.goal === 'minimize' ? -z : z);
  return { [controlId]: tails.upper, [variantId]: tails.lower };
}

function variantResult(
  inputs: LookInputs,
  variant: LookInputs['variants'][number],
  arm: ArmSummary,
  comparison: Comparison | null,
  test: ReturnType<typeof testLook> | null,
): VariantResult {
  const sign = inputs.primary.metric.goal === 'minimize' ? -1 : 1;
  const tail = (1 - inputs.confidence) / 2;
  const relative =
    comparison?.relativeChange != null && comparison.relativeStandardError !== null
      ? interval(
          {
            ...comparison,
            difference: comparison.relativeChange,
            standardError: comparison.relativeStandardError,
          },
          tail,
        )
      : null;
  return {
    variantId: variant.variantId,
    name: variant.name,
    isControl: variant.isControl,
    primaryMetricValue: arm.meanPerExecution,
    primaryMetricStd: arm.stdOverExecutions,
    primaryMetricSe: arm.units >= 2 ? Math.sqrt(meanOf(arm).varianceOfMean) : null,
    primaryMetricSamples: arm.executions,
    units: inputs.cohort.find((counts) => counts.variantId === variant.variantId)?.units ?? 0,
    executions: arm.executions + arm.missing,
    missing: arm.missing,
    secondaryMetrics: Object.fromEntries(
      inputs.secondary.map((one) => [
        one.metric.metricId,
        secondaryResult(one.metric, one.arms, inputs, variant.variantId, tail),
      ]),
    ),
    difference: comparison?.difference ?? null,
    relativeChange: comparison?.relativeChange ?? null,
    relativeImprovement: comparison?.relativeChange == null ? null : sign * comparison.relativeChange,
    absoluteImprovement: comparison === null ? null : sign * comparison.difference,
    confidenceInterval: test?.confidenceInterval ?? null,
    relativeConfidenceInterval: relative,
    pValue: test?.pValue ?? null,
    pValueAdjusted: test?.pValue ?? null,
    effectSize: comparison?.effectSize ?? null,
    stagewise: null,
  };
}

function secondaryResult(
  metric: MetricRule,
  arms: readonly ArmSummary[],
  inputs: LookInputs,
  variantId: string,
  tail: number,
): SecondaryResult {
  const arm = armOf(arms, variantId);
  const control = arms.find((candidate) => candidate.isControl);
  const found = arm.isControl || control === undefined ? null : compareArms(control, arm, metric);
  const comparison = found?.kind === 'comparison' ? found : null;
  return {
    value: arm.meanPerExecution,
    std: arm.stdOverExecutions,
    samples: arm.executions,
    difference: comparison?.difference ?? null,
    relativeChange: comparison?.relativeChange ?? null,
    pValue: comparison?.pValue ?? null,
    pValueAdjusted: comparison === null ? null : adjustedPValue(inputs, metric, variantId),
    confidenceInterval: comparison === null ? null : interval(comparison, tail),
  };
}

/** Benjamini & Hochberg 1995 over the variant's secondary metrics. */
function adjustedPValue(inputs: LookInputs, metric: MetricRule, variantId: string): number {
  const pValues = inputs.secondary.flatMap((one) => {
    const control = one.arms.find((arm) => arm.isControl);
    const arm = one.arms.find((candidate) => candidate.variantId === variantId);
    const result = control === undefined || arm === undefined ? null : compareArms(control, arm, one.metric);
    return result?.kind === 'comparison' ? [{ id: one.metric.metricId, p: result.pValue }] : [];
  });
  const adjusted = adjustPValues(
    pValues.map(({ p }) => p),
    'bh',
  );
  return adjusted[pValues.findIndex(({ id }) => id === metric.metricId)] ?? 1;
}
