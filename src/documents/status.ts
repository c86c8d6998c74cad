import { readProgress } from '../db/progress.ts';
import type { VariantProgress } from '../db/progress.ts';
import { readExperiment, readVariants } from '../db/experiments.ts';
import type { ExperimentRow, VariantRow } from '../db/experiments.ts';
import { readLooks } from '../db/looks.ts';
import type { StoredLook } from '../db/looks.ts';
import type { Queryable } from '../db/pool.ts';
import { notFound } from '../errors.ts';
import type { ExecutionCounts, ExperimentStatus } from '../model/documents.ts';
import { OUTCOMES } from '../model/execution.ts';
import { experimentWorkflowId } from '../model/ids.ts';

export interface StoredExperiment {
  readonly row: ExperimentRow;
  readonly variants: readonly VariantRow[];
  readonly looks: readonly StoredLook[];
}

export async function readStored(db: Queryable, experimentId: string): Promise<StoredExperiment> {
  const row = await readExperiment(db, experimentId);
  if (row === null) throw notFound(`no experiment has the id ${experimentId}`);
  return {
    row,
    variants: await readVariants(db, experimentId),
    looks: await readLooks(db, experimentId),
  };
}

/** t = min over arms of min(1, units / min_sample_size). */
export function informationFraction(
  unitsByVariant: Readonly<Record<string, number>>,
  minSampleSize: number,
): number {
  return Math.min(1, ...Object.values(unitsByVariant).map((units) => units / minSampleSize));
}

/** The `status` document: what was begun, and how it ended. */
export async function readStatus(
  db: Queryable,
  stored: StoredExperiment,
  webUiUrl: string | null,
): Promise<ExperimentStatus> {
  const { row, variants, looks } = stored;
  const last = looks.at(-1);
  const progress = await readProgress(db, row.experimentId, last?.cut ?? 0);
  const units = Object.fromEntries(progress.map((arm) => [arm.variantId, arm.units]));
  const sum = (pick: (arm: VariantProgress) => number): number =>
    progress.reduce((all, arm) => all + pick(arm), 0);
  const total = sum((arm) => arm.begun);
  const started = total + sum((arm) => arm.afterDeploy);
  const outcomes = Object.fromEntries(
    OUTCOMES.map((outcome) => [outcome, sum((arm) => arm.outcomes[outcome])]),
  ) as Omit<ExecutionCounts, 'started' | 'running' | 'excluded'>;
  const ended = Object.values(outcomes).reduce((all, n) => all + n, 0);
  const smallest = Math.min(...variants.map((variant) => variant.trafficWeight));
  const active = row.status === 'running' || row.status === 'completed';
  const workflowId = experimentWorkflowId(row.experimentId);
  return {
    experimentId: row.experimentId,
    name: row.name,
    status: row.status,
    variantStatus: Object.fromEntries(
      variants.map(({ variantId }) => [
        variantId,
        row.pausedVariants.includes(variantId) ? 'paused' : 'running',
      ]),
    ),
    profile: row.spec.profile,
    createdAt: row.createdAt.toISOString(),
    startedAt: iso(row.startedAt),
    pausedAt: iso(row.pausedAt),
    completedAt: iso(row.completedAt),
    completedBecause: row.completedBecause,
    deployedVariantId: row.deployedVariantId,
    deployedAt: iso(row.deployedAt),
    asOf: row.now.toISOString(),
    look: last?.look ?? 0,
    nextLookAt: active ? iso(row.nextCheckAt) : null,
    informationFraction: informationFraction(
      Object.fromEntries(progress.map((arm) => [arm.variantId, arm.randomisedUnits])),
      row.spec.minSampleSize,
    ),
    plannedUnits: Math.ceil(row.spec.minSampleSize / smallest),
    units,
    notRandomised: Object.fromEntries(
      progress.map((arm) => [arm.variantId, arm.units - arm.randomisedUnits]),
    ),
    variantSamples: Object.fromEntries(progress.map((arm) => [arm.variantId, arm.begun])),
    totalSamples: total,
    currentIteration: total,
    executions: { started, ...outcomes, running: started - ended, excluded: sum((arm) => arm.excluded) },
    heldBack: Object.fromEntries(progress.map((arm) => [arm.variantId, arm.heldBack])),
    workflowId,
    webUiUrl:
      webUiUrl === null
        ? null
        : `${webUiUrl}/namespaces/${row.namespace}/workflows/${encodeURIComponent(workflowId)}`,
    lastDecision: last === undefined ? null : { code: last.decision, reason: last.reason },
  };
}

const iso = (date: Date | null): string | null => date?.toISOString() ?? null;
