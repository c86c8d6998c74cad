import { invalidProblems } from '../errors.ts';
import type { ExperimentDefinition, ExperimentSpec } from '../model/spec.ts';
import type { Findings } from '../workflow-format/findings.ts';
import { readFields } from '../workflow-format/fields.ts';
import type { Fields } from '../workflow-format/fields.ts';
import { field } from '../workflow-format/spot.ts';
import type { Spot } from '../workflow-format/spot.ts';
import { readAllocation } from './allocation.ts';
import { readDecision } from './decision.ts';
import type { ExperimentDefaults } from './experiment-defaults.ts';
import type { Folder } from './folder.ts';
import { readInputs } from './inputs.ts';
import { readMetrics } from './metrics.ts';
import { refuseLater } from './not-yet.ts';
import { readRunnables } from './runnables.ts';
import { EXPERIMENT_SHAPE, TIMEOUTS_SHAPE } from './shape.ts';
import { readVariants } from './variants.ts';

type Read = Fields<typeof EXPERIMENT_SHAPE>;

/** The whole definition, or every problem of every file at once. */
export async function readExperiment(
  spot: Spot,
  folder: Folder,
  defaults: ExperimentDefaults,
  findings: Findings,
): Promise<ExperimentDefinition> {
  const read = readFields(spot, EXPERIMENT_SHAPE, findings);
  const { primary, secondary } = readMetrics(spot, findings);
  const variants = readVariants(spot, findings);
  const allocation = readAllocation(spot, findings);
  const decision = readDecision(spot, findings);
  const timeouts = readTimeouts(field(spot, 'timeouts'), findings);
  if (read !== null) refuseLaterKeys(spot, read, findings);
  const unit = read?.unit ?? 'user_id';
  const dataset = await readInputs(field(spot, 'inputs'), unit, folder, findings);
  const { runnables, bodies } = await readRunnables(variants, dataset, folder, findings);
  if (read !== null) warn(spot, read, findings);
  const specs = variants.flatMap(({ spec }) => spec ?? []);
  if (findings.count > 0 || read === null || primary === null || read.name === undefined) {
    throw invalidProblems(findings.problems);
  }
  const orDefault = <T>(key: keyof Read, value: T, ofSettings: T | undefined): T =>
    ofSettings !== undefined && field(spot, key).value === undefined ? ofSettings : value;
  const spec: ExperimentSpec = {
    name: read.name,
    description: read.description ?? '',
    hypothesis: read.hypothesis ?? '',
    tags: read.tags ?? {},
    createdBy: read.created_by ?? null,
    unit,
    variants: specs,
    primaryMetric: primary,
    secondaryMetrics: secondary,
    minSampleSize: read.min_sample_size ?? 100,
    maxDurationSeconds:
      typeof read.max_duration_seconds === 'number' ? read.max_duration_seconds / 1000 : null,
    maxIterations: read.max_iterations ?? null,
    stallAfterMs: read.stall_after ?? null,
    significanceLevel:
      orDefault('significance_level', read.significance_level, defaults.significanceLevel) ?? 0.05,
    statisticalPower:
      orDefault('statistical_power', read.statistical_power, defaults.statisticalPower) ?? 0.8,
    confidenceInterval: read.confidence_interval ?? 0.95,
    allocation,
    decision,
    concurrency: read.concurrency ?? 20,
    timeouts,
    profile: 'live',
  };
  return { spec, runnables, bodies, dataset, warnings: findings.warnings };
}

function readTimeouts(spot: Spot, findings: Findings): ExperimentSpec['timeouts'] {
  const read = spot.value === undefined ? null : readFields(spot, TIMEOUTS_SHAPE, findings);
  return { executionMs: read?.execution ?? 600_000, nodeMs: read?.node ?? 300_000 };
}

function refuseLaterKeys(spot: Spot, read: Read, findings: Findings): void {
  const refuse = (key: keyof Read, works: readonly unknown[], instead: string): void => {
    if (read[key] !== undefined) refuseLater(field(spot, key), works, instead, findings);
  };
  refuse('guardrail_metrics', [], 'leave it out; secondary_metrics are reported beside the primary metric');
  refuse('targeting_rules', [], 'leave it out; every execution takes part');
  refuse('success_when', [], 'null works now: an execution succeeds when it ends without failure');
  refuse('dimensions', [], 'leave it out');
  refuse('profile', ['live'], 'live works now');
  refuse('seed', [], 'it belongs to profile simulated');
}

function warn(spot: Spot, read: Read, findings: Findings): void {
  if (typeof read.early_stopping_threshold === 'number') {
    findings.warn(
      'EARLY_STOPPING_THRESHOLD_UNUSED',
      'early_stopping_threshold is not used: peeking at "99 % confident" has no error guarantee; the decision rule has',
      field(spot, 'early_stopping_threshold'),
    );
  }
  const given = (key: string): boolean => {
    const { value } = field(spot, key);
    return value !== undefined && value !== null;
  };
  if (!given('inputs') && !given('stall_after') && !given('max_duration_seconds')) {
    findings.warn(
      'NO_END',
      'without inputs, stall_after and max_duration_seconds the experiment waits for ever for its sample size',
    );
  }
}
