/** `victor-experiments/worker`: serves one plane from a process of yours. */
export { runWorker } from './temporal/worker.ts';
export type { WorkerSettings } from './temporal/worker.ts';
