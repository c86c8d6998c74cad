import { readExperiment } from '../src/db/experiments.ts';
import { withExclusiveLock } from '../src/db/lock.ts';
import { advanceClosedThrough, countUnits, setNextCheck } from '../src/db/progress.ts';
import type { Queryable } from '../src/db/pool.ts';
import { moveStatus } from '../src/db/transitions.ts';
import { readStored } from '../src/documents/status.ts';
import type { StoredExperiment } from '../src/documents/status.ts';
import { datasetWorkflowId } from '../src/model/ids.ts';
import { completionCause, timeLeftMs } from './completion.ts';
import type { ControlDeps } from './deps.ts';
import { isOpen } from './describe.ts';
import { nextLook, unitsOfLook } from './due.ts';
import type { PlannedLook } from './due.ts';
import { summarise } from './summary.ts';
import type { ExperimentSummary } from './summary.ts';

export interface CheckAnswer {
  readonly summary: ExperimentSummary;
  readonly completedNow: boolean;
  /** The dataset should be running and is not. */
  readonly datasetMissing: boolean;
  /** A look to take now. */
  readonly due: PlannedLook | null;
  readonly nextCheckMs: number;
}

const LONGEST_STRETCH = 20;

/**
 * Is the experiment over, and is a look due? Read under the exclusive lock for an instant, so that no begin with a smaller
 * number is still on its way when a cut is fixed.
 */
export async function checkExperiment(deps: ControlDeps, experimentId: string): Promise<CheckAnswer> {
  const found = await withExclusiveLock(deps.pool, experimentId, async (client) => {
    const completedNow = await completeIfOver(client, experimentId);
    const stored = await readStored(client, experimentId);
    const closedThrough = await advanceClosedThrough(client, experimentId);
    const next = await nextLook(client, stored, closedThrough);
    const due = next !== null && next.cut <= closedThrough ? next : null;
    const nextCheckMs = due !== null ? 0 : await pause(client, stored, next);
    await setNextCheck(client, experimentId, nextCheckMs);
    return { stored, completedNow, due, nextCheckMs };
  });
  const { row } = found.stored;
  const wanted = row.status === 'running' && row.datasetSize !== null && !row.datasetFinished;
  return {
    summary: await summarise(deps.pool, experimentId),
    completedNow: found.completedNow,
    datasetMissing: wanted && !(await isOpen(deps.client, datasetWorkflowId(experimentId))),
    due: found.due,
    nextCheckMs: found.nextCheckMs,
  };
}

async function completeIfOver(client: Queryable, experimentId: string): Promise<boolean> {
  const row = await readExperiment(client, experimentId);
  if (row?.status !== 'running') return false;
  const cause = await completionCause(client, row);
  if (cause === null) return false;
  await moveStatus(client, {
    experimentId,
    action: 'stop',
    actor: 'victor',
    reason: null,
    requestId: null,
    variantId: null,
    now: false,
    cause,
  });
  return true;
}

/** At least check_interval; up to 20 times longer while the next look is far, but never past a time limit. */
async function pause(client: Queryable, stored: StoredExperiment, next: PlannedLook | null): Promise<number> {
  const { row } = stored;
  const base = row.spec.decision.checkIntervalMs;
  if (next !== null || row.status !== 'running') return base;
  const left = await timeLeftMs(client, row);
  const limits = [left.durationMs, left.stallMs].filter((ms) => ms !== null);
  const longest = Math.min(base * LONGEST_STRETCH, ...limits.map((ms) => Math.max(ms, 0) + 10));
  return Math.max(Math.min(base, longest), Math.min(longest, (await untilNextLookMs(client, stored)) / 4));
}

/** By the pace so far. */
async function untilNextLookMs(client: Queryable, { row, looks }: StoredExperiment): Promise<number> {
  const { decision, minSampleSize } = row.spec;
  const now = row.now.getTime();
  const running = now - (row.startedAt?.getTime() ?? now) - row.pausedSeconds * 1000;
  if (decision.looks.kind === 'every' && decision.rule !== 'fixed') {
    return decision.looks.everyMs - (running % decision.looks.everyMs);
  }
  const units = Math.min(...Object.values(await countUnits(client, row.experimentId, null)));
  if (units === 0) return 0;
  const count = decision.rule === 'fixed' || decision.looks.kind === 'every' ? 1 : decision.looks.count;
  const passed = Math.min(looks.length + 1, count);
  const wanted = unitsOfLook(passed, count, minSampleSize) - units;
  return Math.max(0, (wanted / units) * running);
}
