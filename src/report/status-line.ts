import type { ExperimentStatus } from '../model/documents.ts';
import { clean, words } from './text.ts';

/** `running: units control 12, fast 14 · 27 executions, 3 running, 1 without success · look 2` */
export function renderStatusLine(status: ExperimentStatus): string {
  const arms = Object.entries(status.units).map(([id, units]) => `${clean(id)} ${units}`);
  const { executions } = status;
  const failed = executions.failure + executions.timeout + executions.cancelled;
  return `${words(status.status)}: units ${arms.join(', ')} · ${executions.started} executions, ${executions.running} running, ${failed} without success · look ${status.look}`;
}
