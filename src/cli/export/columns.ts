import { snakeKeys } from '../../model/case.ts';
import type { ExecutionRow } from '../../model/execution-row.ts';

type Cell = string | number | boolean | bigint | Date | null;

interface Column {
  readonly name: string;
  readonly type: 'STRING' | 'BOOLEAN' | 'DOUBLE' | 'INT64' | 'TIMESTAMP';
  readonly of: (row: ExecutionRow) => Cell;
}

const metric =
  (name: string) =>
  (row: ExecutionRow): number | null =>
    row.metrics[name] ?? null;

/** A table of executions for CSV and Parquet, flat: the usual metrics have columns, `metrics` has all of them as JSON. */
export const COLUMNS: readonly Column[] = [
  { name: 'execution_id', type: 'STRING', of: (row) => row.executionId },
  { name: 'number', type: 'INT64', of: (row) => BigInt(row.number) },
  { name: 'unit', type: 'STRING', of: (row) => row.unit },
  { name: 'variant_id', type: 'STRING', of: (row) => row.variantId },
  { name: 'phase', type: 'STRING', of: (row) => row.phase },
  { name: 'outcome', type: 'STRING', of: (row) => row.outcome },
  { name: 'began_at', type: 'TIMESTAMP', of: (row) => new Date(row.beganAt) },
  { name: 'ended_at', type: 'TIMESTAMP', of: (row) => (row.endedAt === null ? null : new Date(row.endedAt)) },
  { name: 'duration_seconds', type: 'DOUBLE', of: (row) => row.durationSeconds },
  { name: 'execution_time', type: 'DOUBLE', of: metric('execution_time') },
  { name: 'token_usage', type: 'DOUBLE', of: metric('token_usage') },
  { name: 'tool_calls_count', type: 'DOUBLE', of: metric('tool_calls_count') },
  { name: 'cost', type: 'DOUBLE', of: metric('cost') },
  { name: 'metrics', type: 'STRING', of: (row) => JSON.stringify(row.metrics) },
  { name: 'error_type', type: 'STRING', of: (row) => row.error?.type ?? null },
  { name: 'error_message', type: 'STRING', of: (row) => row.error?.message ?? null },
  { name: 'error_node', type: 'STRING', of: (row) => row.error?.node ?? null },
  { name: 'excluded', type: 'BOOLEAN', of: (row) => row.excluded },
  { name: 'exclusion_reason', type: 'STRING', of: (row) => row.exclusionReason },
  { name: 'workflow_id', type: 'STRING', of: (row) => row.workflowId },
  { name: 'run_id', type: 'STRING', of: (row) => row.runId },
];

export const jsonOf = (row: ExecutionRow): string => JSON.stringify(snakeKeys(row));
