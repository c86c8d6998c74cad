import { hostname } from 'node:os';
import type pg from 'pg';
import { forgetWorkerConfig, reportWorkerConfig } from '../db/worker-configs.ts';
import type { WorkerConfig } from '../db/worker-configs.ts';

const EVERY_MS = 30_000;

export const workerName = (pid: number): string => `${pid}@${hostname()}`;

/** Tells the database what this worker has loaded, for as long as it lives. Nothing waits for it, and nothing fails by it. */
export function reportConfig(
  pool: pg.Pool,
  taskQueuePrefix: string,
  loaded: Omit<WorkerConfig, 'worker'>,
): () => Promise<void> {
  const worker = workerName(process.pid);
  const report = (): void => {
    reportWorkerConfig(pool, taskQueuePrefix, { ...loaded, worker }).catch(() => undefined);
  };
  report();
  const timer = setInterval(report, EVERY_MS);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await forgetWorkerConfig(pool, taskQueuePrefix, worker).catch(() => undefined);
  };
}
