import { startBenchStack } from './bench-stack.ts';
import type { StartUp } from './document.ts';
import { spread } from './summary.ts';

const RUNS = 3;

/** Starts a throw-away stack and ends it, a few times. */
export async function measureStartUp(signal: AbortSignal, say: (line: string) => void): Promise<StartUp> {
  const runs: { serversSeconds: number; workersSeconds: number; stopSeconds: number }[] = [];
  while (runs.length < RUNS) {
    signal.throwIfAborted();
    say(`start-up ${runs.length + 1} of ${RUNS}`);
    const { stack, serversSeconds, workersSeconds } = await startBenchStack(signal, say);
    const beganAt = performance.now();
    await stack.stop();
    runs.push({ serversSeconds, workersSeconds, stopSeconds: (performance.now() - beganAt) / 1000 });
  }
  return {
    serversSeconds: spread(runs.map((run) => run.serversSeconds)),
    workersSeconds: spread(runs.map((run) => run.workersSeconds)),
    stopSeconds: spread(runs.map((run) => run.stopSeconds)),
  };
}
