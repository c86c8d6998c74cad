import type { TemporalIdentity } from '../../activities/deps.ts';
import type { ExperimentRow } from '../db/experiments.ts';
import { conflict } from '../errors.ts';

/** An experiment lives in one Temporal: another one would run it a second time. */
export function assertSameTemporal(row: ExperimentRow, identity: TemporalIdentity): void {
  if (row.clusterId === identity.clusterId && row.namespace === identity.namespace) return;
  throw conflict(
    `experiment ${row.experimentId} lives in another Temporal (namespace ${row.namespace}, cluster ${row.clusterId}); ` +
      `this one is namespace ${identity.namespace}, cluster ${identity.clusterId}. Correct TEMPORAL_ADDRESS or TEMPORAL_NAMESPACE`,
  );
}
