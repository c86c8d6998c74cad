import CliTable from 'cli-table3';
import type { RenderOptions } from './options.ts';
import { paint } from './text.ts';

export interface TableContent {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Columns of numbers, which end at the right. */
  readonly right: readonly number[];
}

const NO_LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** Columns and nothing else: no frames, so that lines can be copied, cut and searched. */
export function renderTable(content: TableContent, options: RenderOptions): string {
  const columns = content.head.map((_, index) => index);
  const table = new CliTable({
    chars: NO_LINES,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns: columns.map((index) => (content.right.includes(index) ? 'right' : 'left')),
  });
  table.push(content.head.map((cell) => paint(cell, 'bold', options)));
  table.push(...content.rows.map((row) => [...row]));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
