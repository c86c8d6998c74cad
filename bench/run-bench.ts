import { readFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openVictor } from '../src/operations/victor.ts';
import { packageRoot } from '../src/package-root.ts';
import { startBareProcess } from './bare-process.ts';
import { TASK_QUEUE_PREFIX, startBenchStack } from './bench-stack.ts';
import { measureBlock } from './block.ts';
import type { Series } from './block.ts';
import type { BenchDocument, BenchSettings, Block, SeriesName } from './document.ts';
import { bareSeries, datasetSeries, executionSeries } from './series.ts';
import { measureStartUp } from './start-up.ts';
import { STEP_NAMES } from './steps.ts';
import { compareToBare, summarise } from './summary.ts';

const IN_FLIGHT = 20;
const BARE_TASK_QUEUE = 'bench-bare';
/** Between blocks, for what the servers still write. */
const SETTLE_MS = 500;
const SERIES: readonly SeriesName[] = ['bare', 'execution', 'dataset'];

export interface BenchRequest {
  readonly pairs: number;
  readonly executionsPerBlock: number;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

export async function runBench(request: BenchRequest): Promise<BenchDocument> {
  const { signal, say } = request;
  const settings: BenchSettings = {
    pairs: request.pairs,
    executionsPerBlock: request.executionsPerBlock,
    inFlight: IN_FLIGHT,
    activitiesPerExecution: STEP_NAMES.length,
  };
  const startUp = await measureStartUp(signal, say);
  const blocks = await measureBlocks(settings, signal, say);
  return {
    ...surroundings(),
    settings,
    startUp,
    series: SERIES.map((name) => summarise(name, blocks)),
    ratios: SERIES.filter((name) => name !== 'bare').map((name) => compareToBare(name, blocks)),
    blocks,
  };
}

/** On one stack: noise, caches and load are the same for all. */
async function measureBlocks(
  settings: BenchSettings,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<readonly Block[]> {
  const ending: (() => Promise<void>)[] = [];
  try {
    signal.throwIfAborted();
    const { stack, env } = await startBenchStack(signal, say);
    ending.push(stack.stop);
    const bare = await startBareProcess(stack.addresses, BARE_TASK_QUEUE);
    ending.push(bare.stop);
    const victor = openVictor({ ...stack.addresses, taskQueuePrefix: TASK_QUEUE_PREFIX, env });
    ending.push(victor.close);
    const { inFlight } = settings;
    const series = [
      await executionSeries(victor, stack, inFlight),
      await bareSeries(victor, stack, bare, { taskQueue: BARE_TASK_QUEUE, inFlight }),
      datasetSeries(victor, stack, inFlight),
    ];
    return await Promise.race([
      interleave(series, settings, signal, say),
      aborted(signal),
      failure(stack.ended, 'the stack'),
      failure(bare.ended, 'the bare worker'),
    ]);
  } finally {
    for (const end of ending.toReversed()) await end();
  }
}

/** One block of each series to warm up, then pairs in alternating order. */
async function interleave(
  series: readonly Series[],
  settings: BenchSettings,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<readonly Block[]> {
  const blocks: Block[] = [];
  for (let pair = 0; pair <= settings.pairs; pair += 1) {
    for (const one of pair % 2 === 0 ? series : series.toReversed()) {
      signal.throwIfAborted();
      await sleep(SETTLE_MS, undefined, { signal });
      const block = await measureBlock(one, pair, settings.executionsPerBlock);
      const what = pair === 0 ? 'warm-up' : `pair ${pair} of ${settings.pairs}`;
      say(`${what}: ${one.name} ${block.executionsPerSecond.toFixed(1)} executions/s`);
      if (pair > 0) blocks.push(block);
    }
  }
  return blocks;
}

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));

/** Whose executions would be waited for for ever. */
async function failure(ended: Promise<unknown>, what: string): Promise<never> {
  await ended;
  throw new Error(`${what} has ended during the measurement`);
}

function surroundings() {
  const manifest = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as {
    readonly version: string;
  };
  return {
    productVersion: manifest.version,
    nodeVersion: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpuModel: cpus()[0]?.model ?? 'unknown',
    cpuCount: availableParallelism(),
    measuredAt: new Date().toISOString(),
  };
}
