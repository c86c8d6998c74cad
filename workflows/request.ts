import { ApplicationFailure, workflowInfo } from '@temporalio/workflow';
import { parseExecutionWorkflowId } from '../src/model/ids.ts';
import { isJsonObject } from '../src/model/json.ts';
import type { Json } from '../src/model/json.ts';
import type { ExecutionRequest } from '../src/model/execution.ts';

const KEYS = [
  'experiment_id',
  'execution_id',
  'unit',
  'context',
  'input',
  'position',
  'when_not_running',
  'throw_on_failure',
];

const invalid = (message: string): ApplicationFailure =>
  ApplicationFailure.nonRetryable(message, 'InvalidInput');

/** Reads the public argument of `execution`. The workflow id is the truth; an argument that differs is refused. */
export function parseExecutionRequest(argument: unknown): ExecutionRequest {
  const { workflowId, firstExecutionRunId } = workflowInfo();
  const address = parseExecutionWorkflowId(workflowId);
  if (address === null) {
    throw invalid(`workflow id ${workflowId} is not of the form execution/<experiment id>/<execution id>`);
  }
  const given = argument ?? {};
  if (!isJsonObject(given))
    throw invalid(`the argument of execution is ${typeOf(argument)}, must be an object`);
  const unknown = Object.keys(given).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) throw invalid(`unknown key ${unknown}; known keys: ${KEYS.join(', ')}`);
  same('experiment_id', given['experiment_id'], address.experimentId);
  same('execution_id', given['execution_id'], address.executionId);
  const context = given['context'] ?? {};
  if (!isJsonObject(context)) throw invalid(`context is ${typeOf(context)}, must be an object`);
  return {
    ...address,
    firstRunId: firstExecutionRunId,
    unit: unitOf(given['unit']),
    context,
    input: given['input'] ?? null,
    position: typeof given['position'] === 'number' ? given['position'] : null,
    whenNotRunning: oneOf('when_not_running', given['when_not_running'] ?? 'control', ['control', 'refuse']),
    throwOnFailure: flag('throw_on_failure', given['throw_on_failure'] ?? false),
  };
}

function same(key: string, given: Json | undefined, truth: string): void {
  if (given !== undefined && given !== truth) {
    throw invalid(
      `${key} is ${JSON.stringify(given)}, the workflow id says ${truth}; leave it out or make them equal`,
    );
  }
}

function unitOf(value: Json | undefined): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  throw invalid(`unit is ${typeOf(value)}, must be a string`);
}

function oneOf<T extends string>(key: string, value: Json, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined)
    throw invalid(`${key} is ${JSON.stringify(value)}, must be one of ${allowed.join(', ')}`);
  return found;
}

function flag(key: string, value: Json): boolean {
  if (typeof value !== 'boolean') throw invalid(`${key} is ${JSON.stringify(value)}, must be true or false`);
  return value;
}

const typeOf = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'a list' : `a ${typeof value}`;
