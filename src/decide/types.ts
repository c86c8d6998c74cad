/** One arm, one metric, the cohort. */
export interface ArmSummary {
  readonly variantId: string;
  readonly isControl: boolean;
  /** Units and executions with a value. */
  readonly units: number;
  readonly executions: number;
  readonly missing: number;
  /** Ratio of sums: total / executions. */
  readonly meanPerExecution: number | null;
  readonly stdOverExecutions: number | null;
  /** Moments over units of the sum S_u and the count N_u; n - 1 variances, null below two units. */
  readonly meanSum: number;
  readonly meanCount: number;
  readonly varSum: number | null;
  readonly covSumCount: number | null;
  readonly varCount: number | null;
  readonly successes: number | null;
}

export interface MetricRule {
  readonly metricId: string;
  readonly name: string;
  readonly goal: 'minimize' | 'maximize';
  readonly rate: boolean;
  readonly relativeImprovement: number | null;
  readonly successThreshold: number | null;
}

export interface Comparison {
  readonly kind: 'comparison';
  readonly method: 'welch' | 'cluster_robust' | 'two_proportions_pooled';
  readonly difference: number;
  readonly standardError: number;
  readonly degreesOfFreedom: number | null;
  /** z, after t has been turned to z. */
  readonly statistic: number;
  readonly pValue: number;
  readonly effectSize: number | null;
  readonly controlValue: number;
  readonly variantValue: number;
  readonly relativeChange: number | null;
  readonly relativeStandardError: number | null;
}

export interface Undetermined {
  readonly kind: 'undetermined';
  readonly code: 'no_data' | 'arm_empty' | 'insufficient_data' | 'identical_values';
  readonly reason: string;
}

export interface Rule {
  readonly kind: 'fixed' | 'group_sequential';
  readonly alpha: number;
  readonly spending: 'obrien_fleming' | 'pocock' | 'kim_demets' | 'hwang_shih_decani';
  readonly spendingParameter: number | null;
}

export interface PriorLook {
  readonly informationFraction: number;
  /** Null: nothing could be computed, or nothing was spent. */
  readonly information: number | null;
  readonly boundary: number | null;
  readonly alphaSpent: number;
}

export const REASON_CODES = [
  'winner',
  'below_relative_improvement',
  'below_success_threshold',
  'sample_ratio_mismatch',
  'differential_loss',
  'control_best',
  'not_significant',
  'continue',
  'no_data',
  'arm_empty',
  'insufficient_data',
  'identical_values',
] as const;
export type ReasonCode = (typeof REASON_CODES)[number];
