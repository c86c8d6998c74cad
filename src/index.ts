/**
 * `victor-experiments`: open a session with `openVictor`, pass it to the operations. The stack and workers have functions
 * of their own. What only talks to servers imports `victor-experiments/client`, which loads neither.
 */
export * from './client.ts';
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
export { startStack } from './local/stack.ts';
export { findStack, stopStack } from './local/find-stack.ts';
export type { FoundStack } from './local/find-stack.ts';
export type {
  DynamicConfig,
  ManagedProcess,
  NamedPid,
  StackAddresses,
  StackHandle,
  StackOptions,
} from './local/stack-types.ts';
export { checkStack } from './local/doctor.ts';
export type { Check, DoctorDeps } from './local/doctor-check.ts';
export { runWorker } from './temporal/worker.ts';
export type { WorkerSettings } from './temporal/worker.ts';
