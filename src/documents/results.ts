import type { LookInputs, LookResult } from '../decide/look.ts';
import { readFailedLooks } from '../db/looks.ts';
import type { StoredLook } from '../db/looks.ts';
import type { Queryable } from '../db/pool.ts';
import { camelKeys } from '../model/case.ts';
import type { ExperimentResults, LookDocument, VariantResult } from '../model/documents.ts';
import type { Warning } from '../model/spec.ts';
import { ordered } from './ordered.ts';
import type { StoredExperiment } from './status.ts';

/** The `results` document: the numbers of the last look, whose counts are its cohort's. */
export async function readResults(db: Queryable, stored: StoredExperiment): Promise<ExperimentResults> {
  const { row, variants, looks } = stored;
  const last = looks.at(-1);
  const failed = await readFailedLooks(db, row.experimentId);
  const ids = variants.map(({ variantId }) => variantId);
  const base = {
    experimentId: row.experimentId,
    name: row.name,
    status: row.status,
    profile: row.spec.profile,
    rule: row.spec.decision.rule,
    totalDurationSeconds: elapsedSeconds(stored),
    guardrails: [],
    looks: looks.map((look) => lookDocument(look, ids)),
  };
  const warnings: readonly Warning[] = [
    ...row.warnings.filter(({ code }) => code !== 'NO_END' || row.completedAt === null),
    ...failed.map(({ look, message }) => ({
      code: 'LOOK_FAILED',
      message: `look ${look} could not be computed: ${message}`,
    })),
  ];
  if (last === undefined) {
    const none = Object.fromEntries(variants.map((variant) => [variant.variantId, 0]));
    return {
      ...base,
      look: 0,
      winningVariantId: null,
      confidence: null,
      probabilityBest: null,
      statisticalSignificance: false,
      pValue: null,
      pValueAdjusted: null,
      confidenceInterval: null,
      recommendation: 'continue',
      reasonCode: 'no_look',
      reasoning: 'No look has been taken yet.',
      analyzedAt: null,
      totalSamples: 0,
      totalUnits: 0,
      sampleRatio: { ok: true, pValue: null, expected: none, observed: none },
      variantResults: Object.fromEntries(
        variants.map((variant) => [variant.variantId, emptyResult(variant, stored)]),
      ),
      warnings,
    };
  }
  const { inputs, result } = contentOf(last);
  const secondary = row.spec.secondaryMetrics.map(({ metricId }) => metricId);
  return {
    ...base,
    look: last.look,
    winningVariantId: result.decision.winner,
    confidence: result.pValueAdjusted === null ? null : 1 - result.pValueAdjusted,
    probabilityBest: result.probabilityBest === null ? null : ordered(result.probabilityBest, ids),
    statisticalSignificance:
      result.boundary !== null && result.statistic !== null && Math.abs(result.statistic) >= result.boundary,
    pValue: result.pValue,
    pValueAdjusted: result.pValueAdjusted,
    confidenceInterval: result.confidenceInterval,
    recommendation: result.recommendation,
    reasonCode: last.decision,
    reasoning: last.reason,
    analyzedAt: last.takenAt.toISOString(),
    totalSamples: inputs.cohort.reduce((sum, arm) => sum + arm.executions, 0),
    totalUnits: inputs.cohort.reduce((sum, arm) => sum + arm.units, 0),
    sampleRatio: {
      ...result.sampleRatio,
      expected: ordered(result.sampleRatio.expected, ids),
      observed: ordered(result.sampleRatio.observed, ids),
    },
    variantResults: ordered(
      Object.fromEntries(
        Object.entries(result.variantResults).map(([id, one]) => [
          id,
          { ...one, secondaryMetrics: ordered(one.secondaryMetrics, secondary) },
        ]),
      ),
      ids,
    ),
    warnings: [...warnings, ...result.warnings],
  };
}

export function contentOf(look: StoredLook): { readonly inputs: LookInputs; readonly result: LookResult } {
  return { inputs: camelKeys(look.inputs) as LookInputs, result: camelKeys(look.result) as LookResult };
}

function lookDocument(look: StoredLook, ids: readonly string[]): LookDocument {
  const { inputs, result } = contentOf(look);
  const byVariant = (pick: (arm: LookInputs['cohort'][number]) => number): Record<string, number> =>
    Object.fromEntries(inputs.cohort.map((arm) => [arm.variantId, pick(arm)]));
  return {
    look: look.look,
    at: look.takenAt.toISOString(),
    cut: look.cut,
    watermark: look.watermark,
    informationFraction: look.informationFraction,
    units: byVariant((arm) => arm.units),
    heldBack: byVariant((arm) => arm.heldBack),
    statistic: result.statistic,
    boundary: look.boundary,
    pValue: result.pValue,
    alphaSpent: look.alphaSpent,
    decision: look.decision,
    comparisons: ordered(result.comparisons, ids),
  };
}

/** From start to completion, or until now; without the time paused. */
function elapsedSeconds({ row }: StoredExperiment): number {
  if (row.startedAt === null) return 0;
  const end = row.completedAt ?? row.pausedAt ?? row.now;
  return Math.max(0, (end.getTime() - row.startedAt.getTime()) / 1000 - row.pausedSeconds);
}

function emptyResult(variant: StoredExperiment['variants'][number], stored: StoredExperiment): VariantResult {
  return {
    variantId: variant.variantId,
    name: variant.name,
    isControl: variant.isControl,
    primaryMetricValue: null,
    primaryMetricStd: null,
    primaryMetricSe: null,
    primaryMetricSamples: 0,
    units: 0,
    executions: 0,
    missing: 0,
    secondaryMetrics: Object.fromEntries(
      stored.row.spec.secondaryMetrics.map((metric) => [
        metric.metricId,
        {
          value: null,
          std: null,
          samples: 0,
          difference: null,
          relativeChange: null,
          pValue: null,
          pValueAdjusted: null,
          confidenceInterval: null,
        },
      ]),
    ),
    difference: null,
    relativeChange: null,
    relativeImprovement: null,
    absoluteImprovement: null,
    confidenceInterval: null,
    relativeConfidenceInterval: null,
    pValue: null,
    pValueAdjusted: null,
    effectSize: null,
    stagewise: null,
  };
}
