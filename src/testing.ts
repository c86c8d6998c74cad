/** `victor-experiments/testing`: forces a variant in unit tests, without any server. */
export { createTestEngine } from './testing/test-engine.ts';
export type { TestEngine, TestEngineOptions, TestExecuteRequest } from './testing/test-engine.ts';
export type { DefinitionFunction } from './testing/run-variant.ts';
export type { HandlerAnswer } from './testing/run-node.ts';
export type { Metered } from '../activities/meter.ts';
