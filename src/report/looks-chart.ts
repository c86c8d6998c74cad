import asciichart from 'asciichart';
import type { ExperimentResults, LookDocument } from '../model/documents.ts';
import type { RenderOptions } from './options.ts';
import { paint } from './text.ts';

interface Point {
  readonly look: number;
  readonly fraction: number;
  readonly z: number;
  readonly boundary: number;
}

const ROWS = 10;
const LABEL_WIDTH = 6;
/** The label and the axis. */
const MARGIN = LABEL_WIDTH + 1;
const MAX_COLUMNS_PER_LOOK = 12;
const SOLID = ['┤', '┤', ' ', ' ', '━', '┗', '┏', '┓', '┛', '┃'];
const DASHED = ['┤', '┤', ' ', ' ', '╌', '╰', '╭', '╮', '╯', '╎'];

/** The evidence of each look against its boundary, one step per look; null when no look has both numbers. */
export function renderLooksChart(results: ExperimentResults, options: RenderOptions): string | null {
  const columns = Math.max(1, options.width - MARGIN);
  // when they do not all fit, the last ones are shown
  const points = results.looks.flatMap(pointOf).slice(-columns);
  if (points.length === 0) return null;
  const perLook = Math.min(MAX_COLUMNS_PER_LOOK, Math.floor(columns / points.length));
  const max = Math.max(1, ...points.flatMap(({ z, boundary }) => [z, boundary]));
  const draw = (of: (point: Point) => number, symbols: readonly string[]): readonly string[] =>
    asciichart
      .plot(steps(points.map(of), perLook), {
        min: 0,
        max,
        height: ROWS,
        offset: 2,
        format: (value) => value.toFixed(2).padStart(LABEL_WIDTH),
        symbols,
      })
      .split('\n');
  const evidence = draw(({ z }) => z, SOLID);
  const boundary = draw((point) => point.boundary, DASHED);
  return [
    `${paint('━━ |z|', 'cyan', options)}   ${paint('╌╌ boundary', 'yellow', options)}`,
    ...evidence.map((line, row) => overlay(line, boundary[row] ?? '', options)),
    axis(
      'look',
      points.map(({ look }) => String(look)),
      perLook,
    ),
    axis(
      'info %',
      points.map(({ fraction }) => String(Math.round(fraction * 100))),
      perLook,
    ),
  ].join('\n');
}

function pointOf({ look, informationFraction, statistic, boundary }: LookDocument): readonly Point[] {
  if (statistic === null || boundary === null) return [];
  return [{ look, fraction: informationFraction, z: Math.abs(statistic), boundary }];
}

/** asciichart draws the line between values, so a last value must be repeated to be seen. */
const steps = (values: readonly number[], length: number): readonly number[] => [
  ...values.flatMap((value) => Array.from({ length }, () => value)),
  values.at(-1) ?? 0,
];

/** asciichart gives all series the same symbols, which only colour tells apart: each has its own drawing. */
function overlay(evidence: string, boundary: string, options: RenderOptions): string {
  const below = boundary.split('');
  const cells = evidence.split('').map((cell, column) => {
    if (column < MARGIN) return cell;
    const under = below[column] ?? ' ';
    return cell !== ' '
      ? paint(cell, 'cyan', options)
      : under !== ' '
        ? paint(under, 'yellow', options)
        : ' ';
  });
  return cells.join('').trimEnd();
}

/** Labels in the middle of their steps; one that would touch its neighbour is left out. */
function axis(title: string, labels: readonly string[], perLook: number): string {
  const end = MARGIN + labels.length * perLook;
  let line = title.padStart(LABEL_WIDTH).padEnd(MARGIN);
  for (const [index, label] of labels.entries()) {
    const middle = MARGIN + index * perLook + Math.floor((perLook - label.length) / 2);
    const start = Math.max(MARGIN, Math.min(middle, end - label.length));
    if (start > line.trimEnd().length) line = line.padEnd(start) + label;
  }
  return line;
}
