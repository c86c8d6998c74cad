import type { ByVariant } from '../model/documents.ts';
import { figure } from './numbers.ts';
import type { RenderOptions } from './options.ts';
import { renderTable } from './table.ts';
import { clean } from './text.ts';

/** Late outcomes, apart from the numbers that decided. Empty: there are none. */
export function renderSupplementary(
  late: {
    readonly executions: ByVariant<number>;
    readonly primaryMetricValue: ByVariant<number | null>;
  } | null,
  options: RenderOptions,
): string {
  if (late === null) return '';
  const rows = Object.entries(late.executions).map(([id, executions]) => {
    const value = late.primaryMetricValue[id] ?? null;
    return [clean(id), String(executions), figure(value)];
  });
  const table = renderTable(
    { head: ['variant', 'ended late', 'mean with them'], rows, right: [1, 2] },
    options,
  );
  return `Supplementary: ended after the final look, and not in the numbers above\n${table}`;
}
