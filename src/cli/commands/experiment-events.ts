import type { Command } from 'commander';
import { watchExperiment } from '../../operations/watch.ts';
import { renderEvent } from '../../report/events.ts';
import { withVictor } from '../context.ts';
import { printJson, renderOptions } from '../output.ts';
import { contextOf, experimentArgument, integerOption, newCommand } from '../program.ts';
import type { Invocation } from '../program.ts';

export function eventsCommand({ signal }: Invocation): Command {
  const command = newCommand('events', 'what happened to an experiment, and who did it; one line per event')
    .addArgument(experimentArgument())
    .option('--follow', 'wait for further events until the experiment is archived')
    .addOption(integerOption('--after <number>', 'only events after this one'));
  return command.action(
    async (id: string, options: { readonly follow?: boolean; readonly after?: number }) => {
      const context = contextOf(command, signal);
      await withVictor(context, async (victor) => {
        const events = watchExperiment(victor, id, {
          after: options.after ?? 0,
          signal: context.signal,
          until: options.follow === true ? 'archived' : 'now',
        });
        for await (const event of events) {
          if (context.json) printJson(event);
          else if (!context.quiet) process.stdout.write(`${renderEvent(event, renderOptions())}\n`);
          // nobody reads any more
          if (process.stdout.destroyed || process.stdout.errored !== null) return;
        }
      });
    },
  );
}
