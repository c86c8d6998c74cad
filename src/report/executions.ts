import type { ExecutionRow } from '../model/execution-row.ts';
import { moment, quantity } from './numbers.ts';
import type { RenderOptions } from './options.ts';
import { renderTable } from './table.ts';
import { clean } from './text.ts';

/** One line per execution, the newest first. */
export function renderExecutions(rows: readonly ExecutionRow[], options: RenderOptions): string {
  if (rows.length === 0) return 'no executions';
  return renderTable(
    {
      head: ['number', 'execution', 'unit', 'variant', 'outcome', 'began', 'duration', 'error'],
      rows: rows.map((row) => [
        String(row.number),
        clean(row.executionId),
        clean(row.unit),
        clean(row.variantId),
        stateOf(row),
        moment(row.beganAt),
        quantity(row.durationSeconds, 's'),
        row.error === null ? '' : `${clean(row.error.type)}: ${clean(row.error.message)}`,
      ]),
      right: [0, 6],
    },
    options,
  );
}

function stateOf({ phase, outcome, excluded }: ExecutionRow): string {
  if (phase === 'after_deploy') return `${outcome}, after deploy`;
  return excluded ? `${outcome}, excluded` : outcome;
}
