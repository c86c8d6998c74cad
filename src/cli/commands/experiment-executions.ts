import { createWriteStream } from 'node:fs';
import { realpath, rename, rm, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Option } from 'commander';
import type { Command } from 'commander';
import { invalidInput } from '../../errors.ts';
import { OUTCOMES_AND_RUNNING } from '../../model/execution-row.ts';
import type { ExecutionRow, OutcomeOrRunning } from '../../model/execution-row.ts';
import { excludeExecution } from '../../operations/exclude.ts';
import { iterateExecutions } from '../../operations/executions.ts';
import type { Victor } from '../../operations/victor.ts';
import { renderExecutions } from '../../report/executions.ts';
import { withVictor } from '../context.ts';
import type { CliContext } from '../context.ts';
import { csv, jsonArray, jsonLines } from '../export/text.ts';
import { print, renderOptions, say } from '../output.ts';
import {
  actorOption,
  contextOf,
  experimentArgument,
  integerOption,
  newCommand,
  reasonOption,
} from '../program.ts';
import type { Invocation } from '../program.ts';

const FORMATS = ['table', 'jsonl', 'csv', 'parquet'] as const;
type Format = (typeof FORMATS)[number];
/** Of a table, which people read; exports hold everything. */
const TABLE_LIMIT = 50;

interface Options {
  readonly variant?: string;
  readonly outcome?: OutcomeOrRunning;
  readonly limit?: number;
  readonly after?: number;
  readonly format?: Format;
  readonly output?: string;
  readonly exclude?: string;
  readonly include?: string;
  readonly reason?: string;
  readonly actor?: string;
}

export function executionsCommand({ signal }: Invocation): Command {
  const command = newCommand('executions', 'list or export recorded executions, the newest first')
    .addArgument(experimentArgument())
    .option('--variant <id>', 'only those of this variant')
    .addOption(new Option('--outcome <outcome>', 'only those that ended so').choices(OUTCOMES_AND_RUNNING))
    .addOption(integerOption('--limit <n>', `at most so many (default: ${TABLE_LIMIT} in a table, else all)`))
    .addOption(integerOption('--after <number>', 'go on after the execution with this number'))
    .addOption(new Option('--format <format>', 'what to write').choices(FORMATS))
    .option('-o, --output <file>', 'write to a file; parquet needs one')
    .option('--exclude <execution>', 'instead: leave this one out of the looks to come; needs --reason')
    .option('--include <execution>', 'instead: take an exclusion back; needs --reason')
    .addOption(reasonOption())
    .addOption(actorOption());
  return command.action(async (id: string, options: Options) => {
    const context = contextOf(command, signal);
    const format = formatOf(options);
    await withVictor(context, async (victor) => {
      if (options.exclude !== undefined || options.include !== undefined) {
        await exclude(context, victor, id, options);
        return;
      }
      const { limit, variant, outcome, after } = options;
      const most = limit ?? (format === 'table' && !context.json ? TABLE_LIMIT : undefined);
      const rows = iterateExecutions(victor, id, {
        ...(variant === undefined ? {} : { variantId: variant }),
        ...(outcome === undefined ? {} : { outcome }),
        ...(after === undefined ? {} : { after }),
        ...(most === undefined ? {} : { limit: most }),
      });
      if (options.output !== undefined) await writeFile(context, rows, format, options.output);
      else if (format === 'table' && !context.json) await printTable(context, rows, most ?? TABLE_LIMIT);
      else await pipeline(textOf(rows, format), process.stdout, { end: false, signal: context.signal });
    });
  });
}

function formatOf({ format, output }: Options): Format {
  const chosen = format ?? FORMATS.find((name) => output?.endsWith(`.${name}`)) ?? 'table';
  if (chosen === 'parquet' && output === undefined) {
    throw invalidInput('--format parquet needs a file: add -o executions.parquet');
  }
  if (chosen === 'table' && output !== undefined) {
    throw invalidInput(`${output} does not say its format; add --format jsonl, csv or parquet`);
  }
  return chosen;
}

const textOf = (rows: AsyncIterable<ExecutionRow>, format: Format): Readable =>
  format === 'csv' ? csv(rows) : format === 'jsonl' ? jsonLines(rows) : jsonArray(rows);

async function printTable(
  context: CliContext,
  rows: AsyncIterable<ExecutionRow>,
  limit: number,
): Promise<void> {
  const shown: ExecutionRow[] = [];
  for await (const row of rows) shown.push(row);
  if (!context.quiet) process.stdout.write(`${renderExecutions(shown, renderOptions())}\n`);
  const last = shown.at(-1);
  if (shown.length === limit && last !== undefined) say(context, `older ones: --after ${last.number}`);
}

/** The file that a link names. What is there and is no file, such as a device, must not be replaced by one. */
async function realTarget(path: string): Promise<string> {
  const found = await stat(path).catch(() => null);
  if (found === null) return path;
  if (!found.isFile()) {
    throw invalidInput(
      `${path} is ${found.isDirectory() ? 'a folder' : 'no regular file'}; name a file, or leave out -o and redirect the output`,
    );
  }
  return realpath(path);
}

/** Complete or not there: an interrupted export leaves no file that looks like one. */
async function writeFile(
  context: CliContext,
  rows: AsyncIterable<ExecutionRow>,
  format: Format,
  path: string,
): Promise<void> {
  const target = await realTarget(path);
  const unfinished = `${target}.unfinished`;
  let count = 0;
  const counted = (async function* each() {
    for await (const row of rows) {
      context.signal.throwIfAborted();
      count += 1;
      yield row;
    }
  })();
  try {
    if (format === 'parquet') {
      const { writeParquet } = await import('../export/parquet.ts');
      await writeParquet(counted, unfinished);
    } else await pipeline(textOf(counted, format), createWriteStream(unfinished), { signal: context.signal });
    await rename(unfinished, target);
  } catch (error) {
    await rm(unfinished, { force: true });
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (['ENOENT', 'EACCES', 'EISDIR', 'ENOTDIR', 'EROFS', 'ENOSPC'].includes(String(code))) {
      throw invalidInput(`${path} cannot be written (${String(code)})`, error);
    }
    throw error;
  }
  say(context, `${count} executions written to ${path}`);
}

async function exclude(context: CliContext, victor: Victor, id: string, options: Options): Promise<void> {
  const { exclude: out, include: back, reason, actor } = options;
  if (out !== undefined && back !== undefined) throw invalidInput('give either --exclude or --include');
  const executionId = out ?? back ?? '';
  const changed = await excludeExecution(victor, id, executionId, {
    reason: reason ?? '',
    include: back !== undefined,
    ...(actor === undefined ? {} : { actor }),
  });
  const excluded = out !== undefined;
  print(context, { executionId, excluded, changed }, () =>
    changed
      ? `${executionId} is ${excluded ? 'excluded from' : 'part of'} the looks to come`
      : `${executionId} was ${excluded ? 'excluded' : 'included'} already`,
  );
}
