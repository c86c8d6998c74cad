import type { Command } from 'commander';
import { createExperiment } from '../../operations/create.ts';
import { renderStatus } from '../../report/status.ts';
import { withVictor } from '../context.ts';
import { print, say } from '../output.ts';
import { actorOption, contextOf, newCommand } from '../program.ts';
import type { Invocation } from '../program.ts';

export interface CreateOptions {
  readonly id?: string;
  readonly actor?: string;
}

export const fromFile = (file: string, options: CreateOptions) => ({
  from: { file },
  ...(options.id === undefined ? {} : { experimentId: options.id }),
  ...(options.actor === undefined ? {} : { createdBy: options.actor }),
});

export function createCommand({ signal }: Invocation): Command {
  const command = newCommand('create', 'check an experiment file, store it with all it names, as a draft')
    .argument('<file>', 'experiment file (YAML)')
    .option('--id <id>', 'experiment id (default: made of the name)')
    .addOption(actorOption());
  return command.action(async (file: string, options: CreateOptions) => {
    const context = contextOf(command, signal);
    await withVictor(context, async (victor) => {
      const { status, warnings } = await createExperiment(victor, fromFile(file, options));
      for (const warning of warnings) say(context, `warning: ${warning.message}`);
      print(context, status, (render) => renderStatus(status, render));
      say(context, `start it with: victor experiment start ${status.experimentId}`);
    });
  });
}
