import type pg from 'pg';
import { readExperiment, readVariants } from '../src/db/experiments.ts';
import type { VariantRow } from '../src/db/experiments.ts';
import type { ExperimentSpec } from '../src/model/spec.ts';

/** What begin needs to know of an experiment, and which definition it comes from. */
export interface Snapshot {
  readonly spec: ExperimentSpec;
  readonly salt: string;
  readonly definitionId: string;
  readonly variants: readonly VariantRow[];
}

export interface Snapshots {
  readonly of: (experimentId: string) => Promise<Snapshot | null>;
  readonly forget: (experimentId: string) => void;
}

const KEPT = 1000;

/** Definitions, read once. A draft may still be edited: it is read each time. */
export function createSnapshots(pool: pg.Pool): Snapshots {
  const kept = new Map<string, Snapshot>();
  return {
    of: async (experimentId) => {
      const known = kept.get(experimentId);
      if (known !== undefined) return known;
      const row = await readExperiment(pool, experimentId);
      if (row === null) return null;
      const { spec, salt, definitionId } = row;
      const snapshot = { spec, salt, definitionId, variants: await readVariants(pool, experimentId) };
      if (row.status === 'draft') return snapshot;
      const [oldest] = kept.keys();
      if (kept.size >= KEPT && oldest !== undefined) kept.delete(oldest);
      kept.set(experimentId, snapshot);
      return snapshot;
    },
    forget: (experimentId) => void kept.delete(experimentId),
  };
}
