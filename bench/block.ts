import type { NamedPid } from '../src/local/stack-types.ts';
import { readCpuSeconds } from './cpu.ts';
import type { Block, SeriesName } from './document.ts';

/** One way to run executions. */
export interface Series {
  readonly name: SeriesName;
  /** Those that work for it. */
  readonly processes: () => readonly NamedPid[];
  /** Before the clock starts. */
  readonly prepare: (executions: number) => Promise<PreparedBlock>;
}

export interface PreparedBlock {
  readonly run: () => Promise<void>;
  /** After the clock has stopped. */
  readonly finish: () => Promise<void>;
}

export async function measureBlock(series: Series, pair: number, executions: number): Promise<Block> {
  const { run, finish } = await series.prepare(executions);
  const processes = series.processes();
  const cpuBefore = readCpuSeconds(processes);
  const beganAt = performance.now();
  await run();
  const seconds = (performance.now() - beganAt) / 1000;
  const cpuAfter = readCpuSeconds(processes);
  await finish();
  const used = (name: string): number => (cpuAfter?.[name] ?? 0) - (cpuBefore?.[name] ?? 0);
  const byProcess =
    cpuBefore === null ? null : Object.fromEntries(processes.map(({ name }) => [name, used(name)]));
  const total =
    byProcess === null ? null : Object.values(byProcess).reduce((sum, cpuSeconds) => sum + cpuSeconds, 0);
  return {
    series: series.name,
    pair,
    executions,
    seconds,
    executionsPerSecond: executions / seconds,
    cpuSecondsPerExecution: total === null ? null : total / executions,
    cpuSecondsByProcess: byProcess,
  };
}
