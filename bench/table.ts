import type { RenderOptions } from '../src/report/options.ts';
import { renderTable } from '../src/report/table.ts';
import type { BenchDocument, Spread } from './document.ts';

/** For people: medians, with the least and the most in brackets. */
export function renderBench(document: BenchDocument, options: RenderOptions): string {
  const { settings, startUp } = document;
  const rows = document.series.map((series) => {
    const ratio = document.ratios.find((one) => one.series === series.name);
    return [
      series.name,
      inBrackets(series.executionsPerSecond, 1),
      inBrackets(scaled(series.cpuSecondsPerExecution, 1000), 1),
      inBrackets(ratio?.timePerExecution ?? null, 2),
      inBrackets(ratio?.cpuPerExecution ?? null, 2),
    ];
  });
  const head = ['series', 'executions/s', 'CPU ms/execution', 'time : bare', 'CPU : bare'];
  const seconds = [
    ['servers up', startUp.serversSeconds],
    ['workers poll', startUp.workersSeconds],
    ['stop', startUp.stopSeconds],
  ] as const;
  return [
    `${settings.pairs} pairs of blocks of ${settings.executionsPerBlock} executions, ${settings.inFlight} in flight, ${settings.activitiesPerExecution} activities each`,
    `${document.cpuCount} x ${document.cpuModel}, Node ${document.nodeVersion}`,
    '',
    renderTable({ head, rows, right: [1, 2, 3, 4] }, options),
    '',
    renderTable(
      {
        head: ['throw-away stack', 'seconds'],
        rows: seconds.map(([name, spread]) => [name, inBrackets(spread, 2)]),
        right: [1],
      },
      options,
    ),
  ].join('\n');
}

const inBrackets = (spread: Spread | null, digits: number): string =>
  spread === null
    ? '-'
    : `${spread.median.toFixed(digits)} (${spread.min.toFixed(digits)}-${spread.max.toFixed(digits)})`;

const scaled = (spread: Spread | null, factor: number): Spread | null =>
  spread === null
    ? null
    : { median: spread.median * factor, min: spread.min * factor, max: spread.max * factor };
