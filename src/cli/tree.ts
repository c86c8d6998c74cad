import type { Command } from 'commander';
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
import { schemaCommand } from './commands/experiment-schema.ts';
import { transitionCommands } from './commands/experiment-transitions.ts';
import { initCommand } from './commands/init.ts';
import { migrateCommand } from './commands/migrate.ts';
import { upCommand } from './commands/up.ts';
import { workerCommand } from './commands/worker.ts';
import { packageVersion } from '../package-root.ts';
import { globalOptions, newCommand } from './program.ts';
import type { Invocation } from './program.ts';
import { EXAMPLES } from './examples.ts';

/** The whole command line. Nothing runs before it is parsed. */
export function victorProgram(invocation: Invocation): Command {
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
    schemaCommand(),
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
  finish(victor, '');
  return victor;
}

/** What every command of the tree has: the common options after its own, and its example at the end of its help. */
function finish(command: Command, path: string): void {
  for (const option of globalOptions()) command.addOption(option);
  const example = EXAMPLES[path === '' ? command.name() : path];
  if (example !== undefined) command.addHelpText('after', `\nExample:\n  $ victor ${example}`);
  for (const child of command.commands) finish(child as Command, `${path} ${child.name()}`.trim());
}
