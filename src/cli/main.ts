import { inspect } from 'node:util';
import { CommanderError } from 'commander';
import type { Command } from 'commander';
import { VictorError } from '../errors.ts';
import { completionCommand } from './commands/completion.ts';
import { configCommand } from './commands/config.ts';
import { demoCommand } from './commands/demo.ts';
import { doctorCommand } from './commands/doctor.ts';
import { downCommand } from './commands/down.ts';
import { analyzeCommand } from './commands/experiment-analyze.ts';
import { createCommand } from './commands/experiment-create.ts';
import { deleteCommand } from './commands/experiment-delete.ts';
import { executeCommand } from './commands/experiment-execute.ts';
import { exportCommand } from './commands/experiment-export.ts';
import { eventsCommand } from './commands/experiment-events.ts';
import { executionsCommand } from './commands/experiment-executions.ts';
import { metricsCommand } from './commands/experiment-metrics.ts';
import { listCommand, resultsCommand, statusCommand } from './commands/experiment-read.ts';
import { recordCommand } from './commands/experiment-record.ts';
import { runCommand } from './commands/experiment-run.ts';
import { transitionCommands } from './commands/experiment-transitions.ts';
import { initCommand } from './commands/init.ts';
import { migrateCommand } from './commands/migrate.ts';
import { upCommand } from './commands/up.ts';
import { workerCommand } from './commands/worker.ts';
import { packageVersion } from '../package-root.ts';
import { newCommand } from './program.ts';
import type { Invocation } from './program.ts';

const INTERRUPTED = 130;
const BUG = 70;
const BAD_INPUT = 2;

const interrupt = new AbortController();

/** A worker ends in its own way; everything else ends at once. */
function onInterrupt(): void {
  if (process.argv[2] === 'worker') return;
  process.exitCode = INTERRUPTED;
  interrupt.abort();
  setTimeout(() => process.exit(INTERRUPTED), 8000).unref();
}

function program(invocation: Invocation): Command {
  const experiment = newCommand('experiment', 'create experiments, steer them and read what they found');
  for (const command of [
    createCommand(invocation),
    runCommand(invocation),
    ...transitionCommands(invocation),
    statusCommand(invocation),
    resultsCommand(invocation),
    listCommand(invocation),
    executeCommand(invocation),
    analyzeCommand(invocation),
    exportCommand(invocation),
    deleteCommand(invocation),
    recordCommand(invocation),
    executionsCommand(invocation),
    metricsCommand(invocation),
    eventsCommand(invocation),
  ]) {
    experiment.addCommand(command);
  }
  const victor = newCommand('victor', 'Durable A/B experiments on agent workflows').version(packageVersion());
  for (const command of [
    experiment,
    initCommand(invocation),
    upCommand(invocation),
    downCommand(invocation),
    doctorCommand(invocation),
    workerCommand(invocation),
    migrateCommand(invocation),
    configCommand(invocation),
    completionCommand(),
    demoCommand(invocation),
  ]) {
    victor.addCommand(command);
  }
  return victor;
}

function ignoreBrokenPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

function throwInsteadOfExit(command: Command): void {
  command.exitOverride();
  command.commands.forEach((child) => throwInsteadOfExit(child as Command));
}

/** One clear message on stderr, and the exit code of its kind. */
function fail(error: unknown): number {
  if (interrupt.signal.aborted) return INTERRUPTED;
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
// the reader of a pipe may go first: the exit code is still the answer
process.stdout.on('error', ignoreBrokenPipe);
process.stderr.on('error', ignoreBrokenPipe);

const victor = program({
  signal: interrupt.signal,
  answer: (code) => {
    process.exitCode = code;
  },
});
throwInsteadOfExit(victor);
try {
  await victor.parseAsync();
} catch (error) {
  process.exitCode = fail(error);
}
