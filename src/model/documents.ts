import type { CompletionCause, ExperimentStatusName } from './lifecycle.ts';
import type { Outcome } from './execution.ts';
import type { Warning } from './spec.ts';

export type Interval = readonly [number, number];
export type ByVariant<T> = Readonly<Record<string, T>>;
export type Recommendation = 'deploy_winner' | 'continue' | 'inconclusive';

/** Times are ISO 8601 UTC strings. */
export interface ExperimentStatus {
  readonly experimentId: string;
  readonly name: string;
  readonly status: ExperimentStatusName;
  readonly variantStatus: ByVariant<'running' | 'paused'>;
  readonly profile: string;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly pausedAt: string | null;
  readonly completedAt: string | null;
  readonly completedBecause: CompletionCause | null;
  /** What every execution gets since the roll-out. */
  readonly deployedVariantId: string | null;
  readonly deployedAt: string | null;
  readonly asOf: string;
  readonly look: number;
  readonly nextLookAt: string | null;
  readonly informationFraction: number;
  readonly plannedUnits: number;
  readonly units: ByVariant<number>;
  /** Units begun while only one variant was open: recorded, and not compared. */
  readonly notRandomised: ByVariant<number>;
  readonly variantSamples: ByVariant<number>;
  readonly totalSamples: number;
  readonly currentIteration: number;
  readonly executions: ExecutionCounts;
  readonly heldBack: ByVariant<number>;
  readonly workflowId: string;
  readonly webUiUrl: string | null;
  readonly lastDecision: { readonly code: string; readonly reason: string } | null;
}

export type ExecutionCounts = Readonly<Record<'started' | Outcome | 'running' | 'excluded', number>>;

export interface ExperimentResults {
  readonly experimentId: string;
  readonly name: string;
  readonly status: ExperimentStatusName;
  readonly profile: string;
  readonly rule: string;
  readonly look: number;
  readonly winningVariantId: string | null;
  readonly confidence: number | null;
  readonly probabilityBest: ByVariant<number> | null;
  readonly statisticalSignificance: boolean;
  readonly pValue: number | null;
  readonly pValueAdjusted: number | null;
  readonly confidenceInterval: Interval | null;
  readonly recommendation: Recommendation;
  readonly reasonCode: string;
  readonly reasoning: string;
  readonly analyzedAt: string | null;
  readonly totalSamples: number;
  readonly totalUnits: number;
  readonly totalDurationSeconds: number;
  readonly sampleRatio: SampleRatio;
  readonly variantResults: ByVariant<VariantResult>;
  readonly guardrails: readonly never[];
  readonly looks: readonly LookDocument[];
  readonly warnings: readonly Warning[];
}

export interface SampleRatio {
  readonly ok: boolean;
  readonly pValue: number | null;
  readonly expected: ByVariant<number>;
  readonly observed: ByVariant<number>;
}

export interface VariantResult {
  readonly variantId: string;
  readonly name: string;
  readonly isControl: boolean;
  readonly primaryMetricValue: number | null;
  readonly primaryMetricStd: number | null;
  readonly primaryMetricSe: number | null;
  readonly primaryMetricSamples: number;
  readonly units: number;
  readonly executions: number;
  readonly missing: number;
  readonly secondaryMetrics: Readonly<Record<string, SecondaryResult>>;
  readonly difference: number | null;
  readonly relativeChange: number | null;
  readonly relativeImprovement: number | null;
  readonly absoluteImprovement: number | null;
  readonly confidenceInterval: Interval | null;
  readonly relativeConfidenceInterval: Interval | null;
  readonly pValue: number | null;
  readonly pValueAdjusted: number | null;
  readonly effectSize: number | null;
  readonly stagewise: null;
}

export interface SecondaryResult {
  readonly value: number | null;
  readonly std: number | null;
  readonly samples: number;
  readonly difference: number | null;
  readonly relativeChange: number | null;
  readonly pValue: number | null;
  readonly pValueAdjusted: number | null;
  readonly confidenceInterval: Interval | null;
}

export interface LookDocument {
  readonly look: number;
  readonly at: string;
  readonly cut: number;
  readonly watermark: number;
  readonly informationFraction: number;
  readonly units: ByVariant<number>;
  readonly heldBack: ByVariant<number>;
  readonly statistic: number | null;
  readonly boundary: number | null;
  readonly pValue: number | null;
  readonly alphaSpent: number;
  readonly decision: string;
  readonly comparisons: ByVariant<LookComparison>;
}

export interface LookComparison {
  readonly statistic: number | null;
  readonly boundary: number | null;
  readonly pValue: number | null;
  readonly pValueAdjusted: number | null;
  readonly information: number | null;
}

export interface ExperimentListItem {
  readonly experimentId: string;
  readonly name: string;
  readonly status: ExperimentStatusName;
  readonly createdAt: string;
  readonly look: number;
  readonly totalSamples: number;
  readonly recommendation: Recommendation;
}
