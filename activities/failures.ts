import { ApplicationFailure } from '@temporalio/common';
import { VictorError } from '../src/errors.ts';
import { isTransient } from '../src/db/pool.ts';
import type { Metered } from './meter.ts';
import { wellFormed } from '../src/model/well-formed.ts';
import { STORE_UNAVAILABLE } from '../src/model/execution.ts';

const RETRYABLE = new Set(['Unavailable']);

/** Business failures end an activity at once; a lost database is tried again for ever. */
export function toFailure(error: unknown): unknown {
  if (error instanceof VictorError) {
    return ApplicationFailure.create({
      type: error.kind,
      message: wellFormed(error.message),
      nonRetryable: !RETRYABLE.has(error.kind),
    });
  }
  if (isTransient(error)) {
    return ApplicationFailure.create({
      type: STORE_UNAVAILABLE,
      message: `Postgres is away or busy: ${error instanceof Error ? error.message : String(error)}`,
      nonRetryable: false,
    });
  }
  if (error instanceof Error && wellFormed(error.message) !== error.message) {
    return ApplicationFailure.create({ type: wellFormed(error.name), message: wellFormed(error.message) });
  }
  return error;
}

/** A failed node says what it had metered: it is paid for. */
export function withMetered(error: unknown, metered: Metered): unknown {
  if (!(error instanceof ApplicationFailure)) return error;
  return ApplicationFailure.create({
    type: wellFormed(error.type ?? 'Error'),
    message: wellFormed(error.message),
    nonRetryable: error.nonRetryable === true,
    details: [{ metered }],
  });
}

export async function asActivity<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toFailure(error);
  }
}
