import type { Block, Ratio, SeriesName, SeriesSummary, Spread } from './document.ts';

export function spread(values: readonly number[]): Spread {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

export function summarise(name: SeriesName, blocks: readonly Block[]): SeriesSummary {
  const own = blocks.filter((block) => block.series === name);
  const byProcess = own.flatMap(({ cpuSecondsByProcess, executions }) =>
    cpuSecondsByProcess === null ? [] : [{ cpuSecondsByProcess, executions }],
  );
  const names = Object.keys(byProcess[0]?.cpuSecondsByProcess ?? {});
  const perExecution = (process: string): number =>
    median(
      byProcess.map(
        ({ cpuSecondsByProcess, executions }) => (cpuSecondsByProcess[process] ?? 0) / executions,
      ),
    );
  return {
    name,
    executionsPerSecond: spread(own.map((block) => block.executionsPerSecond)),
    cpuSecondsPerExecution: spreadOrNull(own.map((block) => block.cpuSecondsPerExecution)),
    cpuSecondsPerExecutionByProcess:
      names.length === 0
        ? null
        : Object.fromEntries(names.map((process) => [process, perExecution(process)])),
  };
}

/** Noise of the machine lasts longer than a pair: only neighbours are compared. */
export function compareToBare(series: SeriesName, blocks: readonly Block[]): Ratio {
  const pairs = blocks.flatMap((own) => {
    const bare = blocks.find((other) => other.series === 'bare' && other.pair === own.pair);
    return own.series === series && bare !== undefined ? [{ own, bare }] : [];
  });
  return {
    series,
    timePerExecution: spread(
      pairs.map(({ own, bare }) => bare.executionsPerSecond / own.executionsPerSecond),
    ),
    cpuPerExecution: spreadOrNull(
      pairs.map(({ own, bare }) =>
        own.cpuSecondsPerExecution === null || bare.cpuSecondsPerExecution === null
          ? null
          : own.cpuSecondsPerExecution / bare.cpuSecondsPerExecution,
      ),
    ),
  };
}

function spreadOrNull(values: readonly (number | null)[]): Spread | null {
  const known = values.filter((value) => value !== null);
  return known.length < values.length ? null : spread(known);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
