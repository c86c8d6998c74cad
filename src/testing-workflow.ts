/** `victor-experiments/testing/workflow`: for the workflow files of a test worker. */
export { stubExecution } from './testing/stub-execution.ts';
export type { StubAnswer, StubCall } from './testing/stub-execution.ts';
