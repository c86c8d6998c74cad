import type { Json, JsonObject } from '../model/json.ts';

/** Milliseconds have no place in an experiment file: `10m`, `1h30m`, or a number of seconds. */
export type Duration = string | number;

/** An experiment, as its file says it, in camelCase. Every default is that of the file. */
export interface ExperimentConfig {
  /** Unique among experiments that are not archived. */
  readonly name: string;
  readonly description?: string;
  readonly hypothesis?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** Default: the caller. */
  readonly createdBy?: string | null;
  /** What is randomised: a field of the context or the input (default `user_id`), or `execution`. */
  readonly unit?: string;
  readonly variants: readonly ExperimentVariant[];
  readonly primaryMetric: ExperimentMetric;
  readonly secondaryMetrics?: readonly ExperimentMetric[];
  readonly guardrailMetrics?: readonly GuardrailMetric[];
  /** Units per variant; default 100. */
  readonly minSampleSize?: number;
  /** Time paused does not count. */
  readonly maxDurationSeconds?: Duration | null;
  /** Executions begun, all variants together. */
  readonly maxIterations?: number | null;
  /** Complete when no new unit was begun for this long. */
  readonly stallAfter?: Duration | null;
  /** Default 0.05. */
  readonly significanceLevel?: number;
  /** Default 0.8. */
  readonly statisticalPower?: number;
  /** Level of the reported intervals other than the primary one; default 0.95. */
  readonly confidenceInterval?: number;
  /** False: `decision.rule` fixed; true: group_sequential. */
  readonly enableEarlyStopping?: boolean;
  /** Accepted with a warning: it is not used. */
  readonly earlyStoppingThreshold?: number | null;
  readonly targetingRules?: TargetingRules;
  readonly allocation?: AllocationConfig;
  readonly decision?: DecisionConfig;
  /** Default: none; executions come from callers. */
  readonly inputs?: ExperimentInputs | null;
  /** Executions of the dataset at once; default 20. */
  readonly concurrency?: number;
  readonly timeouts?: { readonly execution?: Duration; readonly node?: Duration };
  /** An expression over the final state. Null: it ended without failure. */
  readonly successWhen?: string | null;
  /** Context keys that are stored at begin, for breakdowns. */
  readonly dimensions?: readonly string[];
  readonly profile?: 'live' | 'simulated';
  /** Of the profile `simulated`. */
  readonly seed?: number | null;
}

/** One version of the workflow. */
export interface ExperimentVariant {
  readonly variantId: string;
  readonly name?: string;
  readonly description?: string;
  readonly workflowType: 'yaml' | 'stategraph' | 'definition';
  readonly workflowConfig: WorkflowConfig;
  /** Keys as in the file: they are yours. */
  readonly parameterOverrides?: JsonObject;
  /** On exactly one; on none: the first is the control, with a warning. */
  readonly isControl?: boolean;
  /** On all variants, with the sum 1, or on none (equal weights). */
  readonly trafficWeight?: number;
  readonly tags?: Readonly<Record<string, string>>;
}

export interface WorkflowConfig {
  /** Of `yaml` and `stategraph`: the file, relative to `baseDir`. */
  readonly path?: string;
  /** Of `yaml`: the name of the workflow in the file. Of `definition`: the Temporal workflow type. */
  readonly workflow?: string;
  /** Of `definition`. */
  readonly taskQueue?: string | null;
  /** Of `stategraph`: the graph, with keys as in a file. */
  readonly graphDefinition?: JsonObject;
  /** Texts of files by path, instead of files on disk. */
  readonly files?: Readonly<Record<string, string>>;
}

/** What the variants are compared on. */
export interface ExperimentMetric {
  readonly metricId: string;
  readonly name?: string;
  readonly description?: string;
  readonly metricType:
    | 'execution_time'
    | 'token_usage'
    | 'tool_calls_count'
    | 'success_rate'
    | 'cost'
    | 'custom';
  /** Default: the natural direction of the type. */
  readonly optimizationGoal?: 'minimize' | 'maximize' | 'target' | null;
  readonly targetValue?: number | null;
  readonly equivalenceMargin?: number | null;
  readonly successThreshold?: number | null;
  /** A fraction: 0.1 asks for 10 %. */
  readonly relativeImprovement?: number | null;
  /** `mean` (default), `median`, `sum` or a percentile such as `p95`. */
  readonly aggregationMethod?: string;
  readonly value?: string | null;
  readonly ratio?: { readonly numerator: string; readonly denominator: string };
  readonly kind?: 'numeric' | 'binary' | 'count' | null;
  readonly among?: 'all' | 'successes';
  readonly test?: 'auto' | 'mann_whitney';
  readonly cuped?: { readonly covariate: string };
  readonly winsorize?: number | null;
}

/** A metric that a winner must not harm. One of the margins is required. */
export interface GuardrailMetric extends ExperimentMetric {
  /** A fraction of control's value. */
  readonly nonInferiorityMargin?: number;
  /** In the metric's unit. */
  readonly nonInferiorityMarginAbsolute?: number;
  /** Default 0.05. */
  readonly alpha?: number;
}

export interface TargetingRules {
  readonly workflowNames?: readonly string[];
  readonly users?: readonly string[];
  /** Keys as in the file. */
  readonly condition?: JsonObject;
}

export interface AllocationConfig {
  readonly strategy?: string;
  readonly hash?: string;
  readonly salt?: string;
  readonly coverage?: number;
  readonly holdout?: number;
  readonly namespace?: { readonly name: string; readonly range: readonly [number, number] } | null;
}

export interface DecisionConfig {
  readonly rule?: 'fixed' | 'group_sequential' | 'always_valid';
  readonly spending?: 'obrien_fleming' | 'pocock' | 'kim_demets' | 'hwang_shih_decani';
  readonly spendingParameter?: number | null;
  readonly looks?: { readonly count: number } | { readonly every: Duration };
  readonly checkInterval?: Duration;
  readonly futility?: 'none' | 'non_binding';
  readonly correction?: 'holm' | 'bonferroni' | 'dunnett';
  readonly stopWhen?: 'first_winner' | 'all';
  readonly minExecutionsPerUnit?: number;
}

/** A dataset. Paths start from `baseDir`. */
export type ExperimentInputs =
  | { readonly items: readonly Json[] }
  | { readonly jsonl: string }
  | { readonly csv: string }
  | { readonly glob: string };
