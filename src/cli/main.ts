import { writeSync } from 'node:fs';
import { inspect } from 'node:util';
import { CommanderError } from 'commander';
import type { Command } from 'commander';
import { VictorError } from '../errors.ts';
import { victorProgram } from './tree.ts';

const INTERRUPTED = 130;
const BUG = 70;
const UNAVAILABLE = 5;
const BAD_INPUT = 2;
/** Progress hides it. */
const SHOW_CURSOR = '\u001b[?25h';

const interrupt = new AbortController();
let farewell: string | null = null;

/** Past the progress, which holds back what is written beside it. */
function sayAtOnce(text: string): void {
  try {
    writeSync(process.stderr.fd, text);
  } catch {
    // nobody listens any more
  }
}

/** A worker ends in its own way; everything else ends at once. */
function onInterrupt(): void {
  if (process.argv[2] === 'worker') return;
  // asked twice: now
  if (interrupt.signal.aborted) process.exit(INTERRUPTED);
  if (farewell !== null) {
    // what goes on does so without this process: there is nothing to end
    sayAtOnce(`${process.stderr.isTTY ? SHOW_CURSOR : ''}${farewell}\n`);
    process.exit(INTERRUPTED);
  }
  process.exitCode = INTERRUPTED;
  interrupt.abort();
  setTimeout(() => process.exit(INTERRUPTED), 8000).unref();
}

const isBrokenPipe = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'EPIPE';

/** The reader of a pipe may go first: the exit code is still the answer. Otherwise nobody gets what was asked for. */
function onStreamError(error: Error): void {
  if (isBrokenPipe(error)) return;
  process.stderr.write(`error: standard output cannot be written (${error.message})\n`);
  process.exit(UNAVAILABLE);
}

function throwInsteadOfExit(command: Command): void {
  command.exitOverride();
  command.commands.forEach((child) => throwInsteadOfExit(child as Command));
}

/** One clear message on stderr, and the exit code of its kind. */
function fail(error: unknown): number {
  if (interrupt.signal.aborted) return INTERRUPTED;
  // the reader of a pipe has seen enough
  if (isBrokenPipe(error)) return 0;
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : BAD_INPUT;
  const debug = process.argv.includes('--debug');
  if (error instanceof VictorError) {
    process.stderr.write(`error: ${error.message}\n`);
    if (debug) process.stderr.write(`${inspect(error)}\n`);
    return error.exitCode;
  }
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`error: this is a bug in victor-experiments: ${message}\n`);
  if (debug && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
  else process.stderr.write('run it again with --debug for the details\n');
  return BUG;
}

for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, onInterrupt);
process.stdout.on('error', onStreamError);
process.stderr.on('error', () => undefined);

const victor = victorProgram({
  signal: interrupt.signal,
  answer: (code) => {
    process.exitCode = code;
  },
  goesOn: (message) => {
    farewell = message;
  },
});
throwInsteadOfExit(victor);
try {
  await victor.parseAsync();
} catch (error) {
  process.exitCode = fail(error);
  // what a failed worker holds may keep the process: its supervisor waits for the end
  setTimeout(() => process.exit(), 5000).unref();
}
