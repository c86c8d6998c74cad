import {
  ServiceError,
  WorkflowFailedError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  isGrpcServiceError,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { ERROR_KINDS, VictorError, unavailable } from '../errors.ts';

const KINDS = ERROR_KINDS.filter((kind) => kind !== 'Bug');

/** An error of ours that a workflow has passed on, with its kind; anything else as it is. */
export function fromWorkflow(error: unknown): unknown {
  const wrapped = error instanceof WorkflowUpdateFailedError || error instanceof WorkflowFailedError;
  let cause: unknown = wrapped ? error.cause : error;
  while (cause instanceof Error && !(cause instanceof ApplicationFailure) && cause.cause instanceof Error) {
    cause = cause.cause;
  }
  if (cause instanceof ApplicationFailure) {
    const kind = KINDS.find((candidate) => candidate === cause.type);
    if (kind !== undefined) return new VictorError(kind, cause.message, { cause: error });
  }
  return error;
}

/** Temporal went away, or did not answer in time. */
export const isTemporalTrouble = (error: unknown): boolean =>
  error instanceof WorkflowUpdateRPCTimeoutOrCancelledError ||
  error instanceof ServiceError ||
  isGrpcServiceError(error);

export function orTemporalUnavailable(error: unknown): unknown {
  const known = fromWorkflow(error);
  if (known instanceof VictorError || !isTemporalTrouble(known)) return known;
  const detail = known instanceof Error ? known.message : String(known);
  return unavailable(`Temporal did not answer (${detail}); is it up? \`victor doctor\` looks`, known);
}
