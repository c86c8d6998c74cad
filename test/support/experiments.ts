import type pg from 'pg';

/** The content of an experiment file whose two variants run the given handlers in a row. */
export function twoVariants(
  name: string,
  handlers: readonly string[],
  rest: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  const variant = (id: string): Record<string, unknown> => ({
    variant_id: id,
    workflow_type: 'stategraph',
    workflow_config: { graph_definition: { nodes: [...handlers] } },
  });
  return {
    name,
    variants: [{ ...variant('control'), is_control: true }, variant('treatment')],
    primary_metric: { metric_id: 'execution_time', name: 'Execution time', metric_type: 'execution_time' },
    decision: { rule: 'fixed', check_interval: '1s' },
    max_duration_seconds: 600,
    ...rest,
  };
}

export interface Tally {
  readonly executions: number;
  readonly outcomes: number;
  readonly successes: number;
  readonly distinct: number;
}

/** Rows, not documents: what is stored. */
export async function tally(pool: pg.Pool, experimentId: string): Promise<Tally> {
  const { rows } = await pool.query<Tally>(
    `select count(*) as executions, count(distinct e.execution_id) as distinct, count(o.outcome) as outcomes,
       count(*) filter (where o.outcome = 'success') as successes
     from victor_data.executions e left join victor_data.outcomes o using (experiment_id, execution_id)
     where experiment_id = $1`,
    [experimentId],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('no answer');
  return row;
}
