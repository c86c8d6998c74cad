import { countExecutions, cutAtUnits, newestUnitAt } from '../src/db/progress.ts';
import type { ExperimentRow } from '../src/db/experiments.ts';
import type { Queryable } from '../src/db/pool.ts';
import type { CompletionCause } from '../src/model/lifecycle.ts';

/** Why a running experiment is over, counted on begun executions; null: it goes on. */
export async function completionCause(db: Queryable, row: ExperimentRow): Promise<CompletionCause | null> {
  const { spec, experimentId } = row;
  if ((await cutAtUnits(db, experimentId, spec.minSampleSize)) !== null) return 'sample_size';
  if (spec.maxIterations !== null && (await countExecutions(db, experimentId)) >= spec.maxIterations) {
    return 'max_iterations';
  }
  if (row.datasetFinished) return 'dataset_end';
  const left = await timeLeftMs(db, row);
  if (left.durationMs !== null && left.durationMs <= 0) return 'max_duration';
  return left.stallMs !== null && left.stallMs <= 0 ? 'stall' : null;
}

/** Milliseconds until the duration is used up, and until the experiment counts as stalled. Null: no such limit. */
export async function timeLeftMs(
  db: Queryable,
  row: ExperimentRow,
): Promise<{ readonly durationMs: number | null; readonly stallMs: number | null }> {
  const { spec, experimentId } = row;
  const now = row.now.getTime();
  const started = row.startedAt?.getTime() ?? now;
  const running = now - started - row.pausedSeconds * 1000;
  const newest = (await newestUnitAt(db, experimentId))?.getTime() ?? started;
  const quietSince = Math.max(newest, started, row.resumedAt?.getTime() ?? started);
  return {
    durationMs: spec.maxDurationSeconds === null ? null : spec.maxDurationSeconds * 1000 - running,
    stallMs: spec.stallAfterMs === null ? null : spec.stallAfterMs - (now - quietSince),
  };
}
