import { ApplicationFailure } from '@temporalio/common';
import { ofHandler } from '../../activities/handler-failure.ts';
import { createMeter } from '../../activities/meter.ts';
import type { Metered } from '../../activities/meter.ts';
import type { Handler, HandlerContext } from '../handlers.ts';
import type { Json, JsonObject } from '../model/json.ts';

export interface HandlerCall {
  readonly handler: Handler;
  readonly input: JsonObject;
  readonly context: Omit<HandlerContext, 'signal' | 'meter'>;
  readonly timeoutMs: number;
}

export interface HandlerAnswer {
  readonly value: unknown;
  readonly metrics: Metered;
}

/** Calls a handler as a worker does: a copy of the input, a signal, a meter. Isolated ones run in this thread. */
export async function call({ handler, input, context, timeoutMs }: HandlerCall): Promise<HandlerAnswer> {
  const { meter, total } = createMeter();
  const run = typeof handler === 'function' ? handler : handler.run;
  const copy = structuredClone(input as { [key: string]: Json });
  const value = await within(timeoutMs, async (signal) => {
    try {
      return await run(copy, { ...context, signal: typeof handler === 'function' ? signal : null, meter });
    } catch (error) {
      throw ofHandler(error);
    }
  });
  return { value, metrics: total() };
}

/** Fails with type Timeout when the work takes longer. */
export async function within<T>(timeoutMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(ApplicationFailure.create({ type: 'Timeout', message: `not done after ${timeoutMs / 1000} s` }));
      controller.abort();
    }, timeoutMs);
  });
  try {
    return await Promise.race([work(controller.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}
