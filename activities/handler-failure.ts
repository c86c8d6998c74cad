import { inspect } from 'node:util';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { beginning } from '../src/model/well-formed.ts';
import { STORE_UNAVAILABLE } from '../src/model/execution.ts';

/** Of the message of an error, in characters. */
export const MESSAGE_LENGTH = 4000;

/** What a handler throws is the handler's, whatever it looks like: a refused connection of its own is not our database. */
export function ofHandler(error: unknown): unknown {
  if (error instanceof CancelledFailure) return error;
  if (error instanceof ApplicationFailure && error.type !== STORE_UNAVAILABLE) {
    return handlerFailure(error.type, error.message, error.nonRetryable === true);
  }
  const { name, message } =
    error instanceof Error
      ? error
      : { name: 'Error', message: typeof error === 'string' ? error : inspect(error) };
  return handlerFailure(name, message, false);
}

/** Without a cause: a chain of the user's own making may be endless. */
const handlerFailure = (type: unknown, message: unknown, nonRetryable: boolean): ApplicationFailure =>
  ApplicationFailure.create({
    type: typeof type === 'string' ? beginning(type, 200) : 'Error',
    message: beginning(typeof message === 'string' ? message : inspect(message), MESSAGE_LENGTH),
    nonRetryable,
  });
