import type { Command } from 'commander';
import { deleteExperiment } from '../../operations/delete.ts';
import { resolveExperiment } from '../../operations/resolve.ts';
import { withVictor } from '../context.ts';
import { print } from '../output.ts';
import { contextOf, experimentArgument, newCommand, transitionOptions } from '../program.ts';
import type { Invocation } from '../program.ts';

interface Options {
  readonly reason?: string;
  readonly actor?: string;
  readonly requestId?: string;
  readonly purge?: boolean;
}

export function deleteCommand({ signal }: Invocation): Command {
  const command = newCommand('delete', 'archive an experiment and hide it; with --purge remove its rows')
    .addArgument(experimentArgument())
    .option('--purge', 'remove every row, for ever; refused while executions run');
  for (const option of transitionOptions()) command.addOption(option);
  return command.action(async (id: string, options: Options) => {
    const context = contextOf(command, signal);
    await withVictor(context, async (victor) => {
      const experimentId = await resolveExperiment(victor, id);
      await deleteExperiment(victor, experimentId, options);
      const purged = options.purge === true;
      print(context, { experimentId, deleted: true, purged }, () =>
        purged
          ? `${experimentId} is deleted, and its rows are gone`
          : `${experimentId} is archived and hidden; its rows stay (\`victor experiment list --deleted\`)`,
      );
    });
  });
}
