import { randomBytes } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { createExperiment } from '../../src/operations/create.ts';
import { startExperiment } from '../../src/operations/transition.ts';
import type { TestPlanes } from '../support/workers.ts';
import { eventually } from '../support/workers.ts';

export type Keys = Readonly<Record<string, unknown>>;

/** Nodes of handlers.config.ts in a row, or a whole graph definition. */
export const graph = (variant_id: string, nodes: readonly string[] | Keys, keys: Keys = {}): Keys => ({
  variant_id,
  workflow_type: 'stategraph',
  workflow_config: { graph_definition: Array.isArray(nodes) ? { nodes } : nodes },
  is_control: variant_id === 'control',
  ...keys,
});

/** Both variants run the same nodes: these tests are not about what differs. */
export const pair = (nodes: readonly string[] | Keys): readonly Keys[] => [
  graph('control', nodes),
  graph('treatment', nodes),
];

/** An experiment that does not end by itself, with a name of its own. */
export const config = (keys: Keys = {}): Keys => ({
  name: `test ${randomBytes(5).toString('hex')}`,
  variants: pair(['echo']),
  primary_metric: { metric_id: 'time', metric_type: 'execution_time' },
  min_sample_size: 1000,
  stall_after: '1h',
  decision: { check_interval: '500ms' },
  ...keys,
});

export async function draft(planes: TestPlanes, keys: Keys = {}, baseDir?: string): Promise<string> {
  const from = { config: config(keys), ...(baseDir === undefined ? {} : { baseDir }) };
  return (await createExperiment(planes.victor, { from })).status.experimentId;
}

export async function running(planes: TestPlanes, keys: Keys = {}, baseDir?: string): Promise<string> {
  const id = await draft(planes, keys, baseDir);
  await startExperiment(planes.victor, id);
  return id;
}

export const clientOf = async (planes: TestPlanes): Promise<Client> =>
  (await planes.victor.temporal()).client;

export async function rows<T>(planes: TestPlanes, sql: string, values: readonly unknown[]): Promise<T[]> {
  return (await planes.victor.pool.query(sql, [...values])).rows as T[];
}

export interface Execution {
  readonly execution_id: string;
  readonly unit: string;
  readonly variant_id: string;
  readonly run_id: string;
  readonly outcome: string;
  readonly error: { readonly type: string; readonly message: string; readonly node: string | null } | null;
  readonly output: Readonly<Record<string, unknown>> | null;
  readonly duration_seconds: number | null;
  readonly recorded_by: string | null;
  readonly token_usage: number | null;
}

/** In the order of their beginning. */
export const executions = (planes: TestPlanes, id: string): Promise<Execution[]> =>
  rows(planes, 'select * from victor.executions where experiment_id = $1 order by seq', [id]);

export interface AuditEvent {
  readonly number: number;
  readonly type: string;
  readonly actor: string | null;
  readonly reason: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}

export const events = (planes: TestPlanes, id: string): Promise<AuditEvent[]> =>
  rows(
    planes,
    'select number, type, actor, reason, data from victor.events where experiment_id = $1 order by number',
    [id],
  );

export async function statusOf(planes: TestPlanes, id: string): Promise<string> {
  const [row] = await rows<{ status: string }>(
    planes,
    'select status from victor.experiments where experiment_id = $1',
    [id],
  );
  return row?.status ?? 'unknown';
}

export const becomes = (planes: TestPlanes, id: string, status: string, limitMs = 30_000): Promise<true> =>
  eventually(
    `${id} becomes ${status}`,
    async () => ((await statusOf(planes, id)) === status ? true : null),
    limitMs,
  );

/** How many executions of the experiment have ended, once there are as many as wanted. */
export const ended = (planes: TestPlanes, id: string, wanted: number, limitMs = 30_000): Promise<number> =>
  eventually(
    `${wanted} executions of ${id} ended`,
    async () => {
      const [row] = await rows<{ n: number }>(
        planes,
        'select count(*) as n from victor_data.outcomes where experiment_id = $1',
        [id],
      );
      return row !== undefined && row.n >= wanted ? row.n : null;
    },
    limitMs,
  );

/** The lines of a dataset: objects with a number of their own, each a unit. */
export const items = (count: number, keys: Keys = {}): readonly Keys[] =>
  Array.from({ length: count }, (_, index) => ({ n: index + 1, user_id: `u${index + 1}`, ...keys }));

export const positions = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => String(index + 1).padStart(6, '0'));
