import type { Connection } from '@temporalio/client';
import type { TemporalIdentity } from '../../activities/deps.ts';

/** Rows name the Temporal they live in, so that two clusters on one database leave each other's work alone. */
export async function readIdentity(
  connection: Pick<Connection, 'workflowService'>,
  namespace: string,
): Promise<TemporalIdentity> {
  const { clusterId } = await connection.workflowService.getClusterInfo({});
  return { clusterId: clusterId ?? '', namespace };
}
