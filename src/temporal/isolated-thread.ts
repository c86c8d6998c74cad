import { parentPort, workerData } from 'node:worker_threads';
import type { ApplicationFailure } from '@temporalio/common';
import { ofHandler } from '../../activities/handler-failure.ts';
import { createMeter } from '../../activities/meter.ts';
import type { Metered } from '../../activities/meter.ts';
import { loadConfigFile } from './config-file.ts';
import type { ThreadAnswer, ThreadInput } from './run-isolated.ts';

const { configPath, run } = workerData as ThreadInput;

async function answer(): Promise<ThreadAnswer> {
  try {
    const handler = (await loadConfigFile(configPath)).handlers?.[run.handler];
    if (typeof handler !== 'object') throw new Error(`${run.handler} is not an isolated handler`);
    const send = (total: Metered): void =>
      parentPort?.postMessage({ kind: 'metered', total } satisfies ThreadAnswer);
    const { meter, total, tick } = createMeter({ rule: run.meterFlush, flush: send });
    const ticking = setInterval(tick, 1000);
    try {
      const value: unknown = await handler.run(run.input, { ...run.context, signal: null, meter });
      return { kind: 'result', value };
    } finally {
      clearInterval(ticking);
      send(total());
    }
  } catch (error) {
    const failure = ofHandler(error) as ApplicationFailure;
    return {
      kind: 'failure',
      name: failure.type ?? 'Error',
      message: failure.message,
      nonRetryable: failure.nonRetryable === true,
    };
  }
}

const reply = await answer();
try {
  parentPort?.postMessage(reply);
} catch (error) {
  parentPort?.postMessage({
    kind: 'failure',
    name: 'InvalidResult',
    message: `the result of ${run.handler} cannot leave its thread: ${String(error)}`,
    nonRetryable: true,
  } satisfies ThreadAnswer);
}
