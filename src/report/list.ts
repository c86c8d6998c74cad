import type { ExperimentListItem } from '../model/documents.ts';
import { moment } from './numbers.ts';
import type { RenderOptions } from './options.ts';
import { renderTable } from './table.ts';
import { clean, shorten, words } from './text.ts';

const MIN_NAME_WIDTH = 16;
/** What the other columns usually take. */
const OTHER_COLUMNS = 95;

/** One line per experiment. Ids are whole, since the other commands take them. */
export function renderList(items: readonly ExperimentListItem[], options: RenderOptions): string {
  if (items.length === 0) return 'no experiments; create one with `victor experiment create FILE`';
  const nameWidth = Math.max(MIN_NAME_WIDTH, options.width - OTHER_COLUMNS);
  return renderTable(
    {
      head: ['id', 'name', 'status', 'created', 'looks', 'executions', 'recommendation'],
      rows: items.map((item) => [
        clean(item.experimentId),
        shorten(clean(item.name), nameWidth),
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
