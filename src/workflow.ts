/** `victor-experiments/workflow`: for workflow code, and safe in its sandbox. */
export { executeVariant } from './in-workflow/execute-variant.ts';
export type { VariantRequest } from './in-workflow/execute-variant.ts';
export type { ExecutionError, ExecutionResult, Outcome } from './model/execution.ts';
export type { Json, JsonObject } from './model/json.ts';
