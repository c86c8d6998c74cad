import type { ExperimentListItem } from '../model/documents.ts';
import { moment } from './numbers.ts';
import type { RenderOptions } from './options.ts';
import { renderTable } from './table.ts';
import { clean, words } from './text.ts';

/** One line per experiment. Nothing is cut: the other commands take ids and names. */
export function renderList(items: readonly ExperimentListItem[], options: RenderOptions): string {
  if (items.length === 0) return 'no experiments; create one with `victor experiment create FILE`';
  return renderTable(
    {
      head: ['id', 'name', 'status', 'created', 'looks', 'executions', 'recommendation'],
      rows: items.map((item) => [
        clean(item.experimentId),
        clean(item.name),
        words(item.status),
        moment(item.createdAt),
        String(item.look),
        String(item.totalSamples),
        words(item.recommendation),
      ]),
      right: [4, 5],
    },
    options,
  );
}
