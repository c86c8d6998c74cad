import { Command, InvalidArgumentError } from 'commander';
import { printJson, renderOptions } from '../src/cli/output.ts';
import { runBench } from './run-bench.ts';
import { renderBench } from './table.ts';

const INTERRUPTED = 130;

interface Options {
  readonly pairs: number;
  readonly size: number;
  readonly json?: true;
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('must be a whole number above 0');
  return Number(text);
}

const interrupt = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => interrupt.abort());

const say = (line: string): void => {
  if (process.stderr.isTTY) process.stderr.write(`${line}\n`);
};

const command = new Command('bench')
  .description('compare executions with a bare Temporal workflow of the same five activities')
  .option('--pairs <n>', 'pairs of blocks', wholeNumber, 7)
  .option('--size <n>', 'executions per block', wholeNumber, 60)
  .option('--json', 'print one JSON object on stdout')
  .action(async ({ pairs, size, json }: Options) => {
    const document = await runBench({ pairs, executionsPerBlock: size, signal: interrupt.signal, say });
    if (json === true) printJson(document);
    else process.stdout.write(`${renderBench(document, renderOptions())}\n`);
  });

try {
  await command.parseAsync();
} catch (error) {
  if (!interrupt.signal.aborted) throw error;
  process.exitCode = INTERRUPTED;
}
