import { ApplicationFailure } from '@temporalio/workflow';

/** The failure under an activity's wrapping, with its type. */
export function asFailure(error: unknown): ApplicationFailure {
  let cause: unknown = error;
  while (cause instanceof Error && !(cause instanceof ApplicationFailure) && cause.cause instanceof Error) {
    cause = cause.cause;
  }
  if (cause instanceof ApplicationFailure) return cause;
  throw error;
}
