import { startExecution } from '../../src/operations/execute.ts';
import { archiveExperiment, pauseExperiment, stopExperiment } from '../../src/operations/transition.ts';
import { eventually } from '../support/workers.ts';
import type { TestPlanes } from '../support/workers.ts';
import { becomes, draft, executions, pair, running } from './experiments.ts';

/** Longer than any test. */
export const LONG = { ms: 300_000 };

export const REACHABLE = ['draft', 'running', 'paused', 'completed', 'analyzed', 'archived'] as const;
export type Reachable = (typeof REACHABLE)[number];

/** An experiment that is in a state, and stays there. */
export async function reach(planes: TestPlanes, state: Reachable): Promise<string> {
  const { victor } = planes;
  if (state === 'draft') return draft(planes);
  const id = await running(planes, state === 'completed' ? { variants: pair(['wait']) } : {});
  if (state === 'completed') {
    // its final look waits for an execution that has not ended
    await startExecution(victor, id, { executionId: 'long', unit: 'u', input: LONG });
    await eventually('it has begun', async () => ((await executions(planes, id)).length === 1 ? true : null));
  }
  if (state === 'paused' || state === 'archived') await pauseExperiment(victor, id);
  if (state === 'completed' || state === 'analyzed') await stopExperiment(victor, id);
  if (state === 'analyzed') await becomes(planes, id, 'analyzed');
  if (state === 'archived') await archiveExperiment(victor, id);
  return id;
}
