import CliTable from 'cli-table3';
import stringWidth from 'string-width';
import type { RenderOptions } from './options.ts';
import { facts, paint, wrap } from './text.ts';

export interface TableContent {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Columns of numbers, which end at the right. */
  readonly right: readonly number[];
}

const GAP = 2;

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
  middle: ' '.repeat(GAP),
};

/** Longer words are broken when the terminal is narrow. */
const LONGEST_WORD = 30;

/**
 * Columns and nothing else: no frames, so that lines can be copied, cut and searched. What is too wide for the terminal is
 * broken inside its cell; when even narrow columns do not fit, each row becomes a block of `label  value` lines.
 */
export function renderTable(content: TableContent, options: RenderOptions): string {
  const widths = columnWidths(content, options.width);
  if (widths === null) return renderBlocks(content, options);
  const fit = (cells: readonly string[]): string[] =>
    cells.map((cell, index) => wrap(cell, widths[index] ?? LONGEST_WORD));
  const table = new CliTable({
    chars: NO_LINES,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns: content.head.map((_, index) => (content.right.includes(index) ? 'right' : 'left')),
  });
  table.push(fit(content.head).map((cell) => paintLines(cell, options)));
  table.push(...content.rows.map(fit));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

const paintLines = (cell: string, options: RenderOptions): string =>
  cell
    .split('\n')
    .map((line) => paint(line, 'bold', options))
    .join('\n');

/** The widest columns give way first. Null: they do not fit side by side. */
function columnWidths(content: TableContent, width: number): readonly number[] | null {
  const columns = content.head.map((head, index) => [head, ...content.rows.map((row) => row[index] ?? '')]);
  const widest = (cells: readonly string[], separator: RegExp): number =>
    Math.max(...cells.flatMap((cell) => cell.split(separator)).map((part) => stringWidth(part)));
  const natural = columns.map((cells) => widest(cells, /\n/));
  const least = columns.map((cells) => Math.min(LONGEST_WORD, widest(cells, /\s/)));
  const room = width - GAP * (natural.length - 1);
  if (sum(least) > room) return null;
  const widths = [...natural];
  while (sum(widths) > room) {
    const spare = widths.map((one, index) => (one > (least[index] ?? one) ? one : 0));
    const at = spare.indexOf(Math.max(...spare));
    widths[at] = (widths[at] ?? 0) - 1;
  }
  return widths;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const renderBlocks = ({ head, rows }: TableContent, options: RenderOptions): string =>
  rows
    .map((row) =>
      facts(
        head.map((label, index) => [label, row[index] ?? '']),
        options,
      ),
    )
    .join('\n\n');
