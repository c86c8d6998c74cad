/** The TypeScript API: open a session with `openVictor`, pass it to the operations. The stack and workers have functions of their own. */
export { defineConfig } from './handlers.ts';
export type { ExperimentDefaults } from './experiment-file/experiment-defaults.ts';
export type {
  FileSettings,
  Handler,
  HandlerContext,
  HandlerFunction,
  IsolatedHandler,
  Meter,
  VictorConfig,
} from './handlers.ts';
export { VictorError } from './errors.ts';
export type { ErrorKind, Problem } from './errors.ts';
export type {
  ExperimentListItem,
  ExperimentResults,
  ExperimentStatus,
  LookDocument,
  VariantResult,
} from './model/documents.ts';
export type { ExperimentEvent } from './model/events.ts';
export type { ExecutionResult } from './model/execution.ts';
export { analyzeExperiment } from './operations/analyze.ts';
export type { AnalysisResults, AnalyzeOptions, Supplementary } from './operations/analyze.ts';
export { cloneExperiment } from './operations/clone.ts';
export type { CloneOptions } from './operations/clone.ts';
export type { ExecutionRow } from './model/execution-row.ts';
export type { AggregatedMetrics } from './model/variant-metrics.ts';
export { createExperiment } from './operations/create.ts';
export type { CreateRequest, Created, DefinitionSource } from './operations/create.ts';
export { deleteExperiment } from './operations/delete.ts';
export type { DeleteOptions } from './operations/delete.ts';
export { excludeExecution } from './operations/exclude.ts';
export type { ExcludeOptions } from './operations/exclude.ts';
export { executeWorkflow, startExecution } from './operations/execute.ts';
export type { ExecuteRequest, StartedExecution } from './operations/execute.ts';
export { exportExperiment } from './operations/export.ts';
export type { ExportedVariant } from './operations/export.ts';
export { getExecutions, iterateExecutions } from './operations/executions.ts';
export type { ExecutionFilter } from './operations/executions.ts';
export { getVariantMetrics } from './operations/variant-metrics.ts';
export { watchExperiment } from './operations/watch.ts';
export type { WatchOptions } from './operations/watch.ts';
export { getExperimentResults, getExperimentStatus, listExperiments } from './operations/read.ts';
export {
  archiveExperiment,
  deployWinner,
  pauseExperiment,
  resumeExperiment,
  startExperiment,
  stopExperiment,
} from './operations/transition.ts';
export type { TransitionOptions, VariantTransitionOptions } from './operations/transition.ts';
export { recordValues } from './operations/record.ts';
export type { RecordOptions, RecordedValue } from './operations/record.ts';
export { replaceDraft } from './operations/replace.ts';
export type { ReplaceOptions } from './operations/replace.ts';
export { openVictor } from './operations/victor.ts';
export type { Victor, VictorSettings } from './operations/victor.ts';
export { waitForResults } from './operations/wait.ts';
export type { WaitOptions } from './operations/wait.ts';
export { migrateDatabase } from './operations/migrate.ts';
export { startStack } from './local/stack.ts';
export { findStack, stopStack } from './local/find-stack.ts';
export type { FoundStack } from './local/find-stack.ts';
export type { StackAddresses, StackHandle, StackOptions } from './local/stack-types.ts';
export { checkStack } from './local/doctor.ts';
export type { Check, DoctorDeps } from './local/doctor-check.ts';
export { runWorker } from './temporal/worker.ts';
export type { WorkerSettings } from './temporal/worker.ts';
