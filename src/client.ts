/** `victor-experiments/client`: a session and the operations. Loads no worker and starts no servers. */
import type { ExperimentResults } from './model/documents.ts';

export { VictorError } from './errors.ts';
export type { ErrorKind, Problem } from './errors.ts';
export type {
  DefinitionRequest,
  Engine,
  EngineMetadata,
  EngineRequest,
  EngineResult,
  GraphRequest,
  YamlRequest,
} from './engine/engine.ts';
export type {
  AllocationConfig,
  DecisionConfig,
  Duration,
  ExperimentConfig,
  ExperimentInputs,
  ExperimentMetric,
  ExperimentVariant,
  GuardrailMetric,
  TargetingRules,
  WorkflowConfig,
} from './experiment-file/experiment-config.ts';
export type {
  ByVariant,
  ExecutionCounts,
  ExperimentListItem,
  ExperimentResults,
  ExperimentStatus,
  Interval,
  LookComparison,
  LookDocument,
  Recommendation,
  SampleRatio,
  SecondaryResult,
  VariantResult,
} from './model/documents.ts';
/** Another name of `ExperimentResults`. */
export type ExperimentResult = ExperimentResults;
export type { ExecutionError, ExecutionResult, Outcome } from './model/execution.ts';
export type { Json, JsonObject } from './model/json.ts';
export type { CompletionCause, ExperimentStatusName } from './model/lifecycle.ts';
export type { Warning } from './model/spec.ts';
export { analyzeExperiment } from './operations/analyze.ts';
export type { AnalysisResults, AnalyzeOptions, Supplementary } from './operations/analyze.ts';
export { cloneExperiment } from './operations/clone.ts';
export type { CloneOptions } from './operations/clone.ts';
export { createExperiment } from './operations/create.ts';
export type { CreateRequest, Created, DefinitionSource, TypedCreateRequest } from './operations/create.ts';
export { deleteExperiment } from './operations/delete.ts';
export type { DeleteOptions } from './operations/delete.ts';
export { getExecutions, iterateExecutions } from './operations/executions.ts';
export type { ExecutionFilter } from './operations/executions.ts';
export { getVariantMetrics } from './operations/variant-metrics.ts';
export { watchExperiment } from './operations/watch.ts';
export type { WatchOptions } from './operations/watch.ts';
export type { ExperimentEvent } from './model/events.ts';
export type { ExecutionRow } from './model/execution-row.ts';
export type { AggregatedMetrics } from './model/variant-metrics.ts';
export { excludeExecution } from './operations/exclude.ts';
export type { ExcludeOptions } from './operations/exclude.ts';
export { executeWorkflow, startExecution } from './operations/execute.ts';
export type { ExecuteRequest, StartedExecution } from './operations/execute.ts';
export { exportExperiment } from './operations/export.ts';
export type { ExportedVariant } from './operations/export.ts';
export { migrateDatabase } from './operations/migrate.ts';
export { getExperimentResults, getExperimentStatus, listExperiments } from './operations/read.ts';
export { recordValues } from './operations/record.ts';
export type { RecordOptions, RecordedValue } from './operations/record.ts';
export { replaceDraft } from './operations/replace.ts';
export type { ReplaceOptions } from './operations/replace.ts';
export {
  archiveExperiment,
  deployWinner,
  pauseExperiment,
  resumeExperiment,
  startExperiment,
  stopExperiment,
} from './operations/transition.ts';
export type { TransitionOptions, VariantTransitionOptions } from './operations/transition.ts';
export { openVictor } from './operations/victor.ts';
export type { TemporalSession, Victor, VictorSettings } from './operations/victor.ts';
export { waitForResults } from './operations/wait.ts';
export type { WaitOptions } from './operations/wait.ts';
export { WorkflowEngine } from './operations/workflow-engine.ts';
