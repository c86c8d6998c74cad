import type { Json, JsonObject } from './json.ts';

/** An experiment file after checking, with every default filled in. */
export interface ExperimentSpec {
  readonly name: string;
  readonly description: string;
  readonly hypothesis: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly createdBy: string | null;
  readonly unit: string;
  readonly variants: readonly VariantSpec[];
  readonly primaryMetric: MetricSpec;
  readonly secondaryMetrics: readonly MetricSpec[];
  readonly minSampleSize: number;
  readonly maxDurationSeconds: number | null;
  readonly maxIterations: number | null;
  readonly stallAfterMs: number | null;
  readonly significanceLevel: number;
  readonly statisticalPower: number;
  readonly confidenceInterval: number;
  readonly allocation: AllocationSpec;
  readonly decision: DecisionSpec;
  readonly concurrency: number;
  readonly timeouts: { readonly executionMs: number; readonly nodeMs: number };
  readonly profile: 'live';
}

export interface VariantSpec {
  readonly variantId: string;
  readonly name: string;
  readonly description: string;
  readonly workflowType: 'yaml' | 'stategraph' | 'definition';
  readonly workflowConfig: JsonObject;
  readonly parameterOverrides: JsonObject;
  readonly isControl: boolean;
  readonly trafficWeight: number;
  readonly tags: Readonly<Record<string, string>>;
}

export type MetricType = 'execution_time' | 'token_usage' | 'tool_calls_count' | 'success_rate' | 'cost';

export interface MetricSpec {
  readonly metricId: string;
  readonly name: string;
  readonly description: string;
  readonly metricType: MetricType;
  readonly optimizationGoal: 'minimize' | 'maximize';
  readonly successThreshold: number | null;
  readonly relativeImprovement: number | null;
}

export interface AllocationSpec {
  readonly strategy: 'sticky';
  readonly hash: 'victor';
  readonly salt: string;
}

export type Spending = 'obrien_fleming' | 'pocock' | 'kim_demets' | 'hwang_shih_decani';

export interface DecisionSpec {
  readonly rule: 'fixed' | 'group_sequential';
  readonly spending: Spending;
  readonly spendingParameter: number | null;
  readonly looks:
    | { readonly kind: 'count'; readonly count: number }
    | { readonly kind: 'every'; readonly everyMs: number };
  readonly checkIntervalMs: number;
}

/** One input of a dataset. */
export interface DatasetItem {
  /** The input's value of the unit field, or null: the input is the unit. */
  readonly unit: string | null;
  readonly body: ItemBody;
}

export type ItemBody =
  | { readonly kind: 'inline'; readonly input: Json }
  /** Left on disk and read by the worker, where a changed hash is a failure. */
  | { readonly kind: 'file'; readonly path: string; readonly absolutePath: string; readonly sha256: string };

/** All that `create` stores: the spec, each variant's runnable, node bodies by hash, and the dataset. */
export interface ExperimentDefinition {
  readonly spec: ExperimentSpec;
  readonly runnables: Readonly<Record<string, import('./graph.ts').Runnable>>;
  readonly bodies: Readonly<Record<string, import('./graph.ts').NodeBody>>;
  /** Null: no dataset; executions come from callers. */
  readonly dataset: readonly DatasetItem[] | null;
  readonly warnings: readonly Warning[];
}

export interface Warning {
  readonly code: string;
  readonly message: string;
}
