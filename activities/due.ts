import { cutAtTime, beganAfter, cutAtUnits, countUnits } from '../src/db/progress.ts';
import type { Queryable } from '../src/db/pool.ts';
import type { StoredLook } from '../src/db/looks.ts';
import { contentOf } from '../src/documents/results.ts';
import { informationFraction } from '../src/documents/status.ts';
import type { StoredExperiment } from '../src/documents/status.ts';

/** A look whose cut is fixed. It is taken when every execution up to the cut has ended. */
export interface PlannedLook {
  readonly look: number;
  /** Which of the planned looks, or ticks, this is; null: the final one. */
  readonly planIndex: number | null;
  readonly cut: number;
  readonly final: boolean;
  /** It was asked for before everything had ended, and leaves out what had not. */
  readonly truncated: boolean;
  readonly informationFraction: number;
}

/** A begin takes at most this long to commit after it has read the clock. */
const COMMIT_MS = 3000;

/** The next look in order, or null: its cut is not fixed yet. The caller holds the exclusive lock. */
export async function nextLook(
  db: Queryable,
  stored: StoredExperiment,
  closedThrough: number,
): Promise<PlannedLook | null> {
  const { row, looks } = stored;
  const last = looks.at(-1);
  if (last?.final === true || row.startedAt === null) return null;
  const completed = row.status === 'completed' ? row.completedSeq : null;
  const end = completed === null || !row.truncateFinal ? completed : Math.min(completed, closedThrough);
  const interim = row.spec.decision.rule === 'fixed' ? null : await nextInterim(db, stored, last ?? null);
  const open = interim !== null && (end === null || interim.cut < end);
  const chosen = open ? interim : end === null ? null : { planIndex: null, cut: end };
  if (chosen === null) return null;
  return {
    look: (last?.look ?? 0) + 1,
    ...chosen,
    final: chosen.planIndex === null,
    truncated: chosen.planIndex === null && end !== completed,
    informationFraction: informationFraction(
      await countUnits(db, row.experimentId, chosen.cut),
      row.spec.minSampleSize,
    ),
  };
}

interface Cut {
  readonly planIndex: number;
  readonly cut: number;
}

async function nextInterim(
  db: Queryable,
  stored: StoredExperiment,
  last: StoredLook | null,
): Promise<Cut | null> {
  const { looks } = stored.row.spec.decision;
  const after = last === null ? 0 : (contentOf(last).inputs.planIndex ?? 0);
  return looks.kind === 'count'
    ? nextByInformation(db, stored, looks.count, after, last?.cut ?? 0)
    : nextByTime(db, stored, looks.everyMs, after, last?.cut ?? 0);
}

/** The first of the planned fractions k / count beyond the last look whose cut is a new one. */
async function nextByInformation(
  db: Queryable,
  { row }: StoredExperiment,
  count: number,
  after: number,
  lastCut: number,
): Promise<Cut | null> {
  for (let k = after + 1; k < count; k += 1) {
    const cut = await cutAtUnits(db, row.experimentId, unitsOfLook(k, count, row.spec.minSampleSize));
    if (cut === null) return null;
    if (cut > lastCut) return { planIndex: k, cut };
  }
  return null;
}

/** Units that every variant has at planned look k. */
export const unitsOfLook = (k: number, count: number, minSampleSize: number): number =>
  Math.ceil((k * minSampleSize) / count);

/** The first tick since the start at which anything new had begun. */
async function nextByTime(
  db: Queryable,
  { row }: StoredExperiment,
  everyMs: number,
  after: number,
  lastCut: number,
): Promise<Cut | null> {
  const began = await beganAfter(db, row.experimentId, lastCut);
  if (began === null || row.startedAt === null) return null;
  const start = row.startedAt.getTime();
  const tick = Math.max(after + 1, Math.ceil((began.getTime() - start) / everyMs));
  const at = start + tick * everyMs;
  // after the end nothing begins: a tick before it is as good as any
  if (at + (row.status === 'completed' ? 0 : COMMIT_MS) > row.now.getTime()) return null;
  return { planIndex: tick, cut: await cutAtTime(db, row.experimentId, new Date(at)) };
}
