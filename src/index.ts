/** The TypeScript API: open a session with `openVictor`, pass it to the operations. The stack and workers have functions of their own. */
export { defineConfig } from './handlers.ts';
export type {
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
export type { ExecutionResult } from './model/execution.ts';
export { createExperiment } from './operations/create.ts';
export type { CreateRequest, Created } from './operations/create.ts';
export { executeWorkflow, startExecution } from './operations/execute.ts';
export type { ExecuteRequest, StartedExecution } from './operations/execute.ts';
export { getExperimentResults, getExperimentStatus, listExperiments } from './operations/read.ts';
export {
  archiveExperiment,
  pauseExperiment,
  resumeExperiment,
  startExperiment,
  stopExperiment,
} from './operations/transition.ts';
export type { TransitionOptions } from './operations/transition.ts';
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
