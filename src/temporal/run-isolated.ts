import { Worker } from 'node:worker_threads';
import { ApplicationFailure } from '@temporalio/common';
import type { IsolatedRun, IsolatedRunner } from '../../activities/data.ts';
import type { Metered } from '../../activities/meter.ts';

/** What the thread is given, and what it answers with. */
export interface ThreadInput {
  readonly configPath: string;
  readonly run: Omit<IsolatedRun, 'signal' | 'timeoutMs' | 'onMetered'>;
}
export type ThreadAnswer =
  | { readonly kind: 'metered'; readonly total: Metered }
  | { readonly kind: 'result'; readonly value: unknown }
  | {
      readonly kind: 'failure';
      readonly name: string;
      readonly message: string;
      readonly nonRetryable: boolean;
    };

const THREAD = new URL(`./isolated-thread.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url);

/** Runs a handler in a thread of its own, killed at the time-out or at a cancel, whatever it does. */
export function isolatedRunner(configPath: string): IsolatedRunner {
  return (run) =>
    new Promise((resolve, reject) => {
      const { signal, timeoutMs, onMetered, ...rest } = run;
      const thread = new Worker(THREAD, { workerData: { configPath, run: rest } satisfies ThreadInput });
      const settle = (finish: () => void): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        void thread.terminate();
        finish();
      };
      const fail = (type: string, message: string, nonRetryable = false): void =>
        settle(() => reject(ApplicationFailure.create({ type, message, nonRetryable })));
      const onAbort = (): void => fail('Cancelled', `handler ${run.handler} was cancelled`);
      const timer = setTimeout(
        () => fail('Timeout', `handler ${run.handler} was killed after ${timeoutMs / 1000} s`),
        timeoutMs,
      );
      signal.addEventListener('abort', onAbort);
      thread.on('message', (answer: ThreadAnswer) => {
        if (answer.kind === 'metered') onMetered(answer.total);
        else if (answer.kind === 'failure') fail(answer.name, answer.message, answer.nonRetryable);
        else settle(() => resolve(answer.value));
      });
      thread.once('error', (error: Error) => fail(error.name, error.message));
      thread.once('exit', (code) =>
        fail('IsolatedHandlerEnded', `the thread of ${run.handler} ended (exit code ${code})`),
      );
    });
}
