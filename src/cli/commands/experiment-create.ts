import type { Command } from 'commander';
import { invalidInput } from '../../errors.ts';
import { cloneExperiment } from '../../operations/clone.ts';
import { createExperiment } from '../../operations/create.ts';
import type { Created } from '../../operations/create.ts';
import { replaceDraft } from '../../operations/replace.ts';
import type { Victor } from '../../operations/victor.ts';
import { renderStatus } from '../../report/status.ts';
import { withVictor } from '../context.ts';
import { print, say } from '../output.ts';
import { actorOption, contextOf, newCommand, reasonOption } from '../program.ts';
import type { Invocation } from '../program.ts';
import { slowly } from '../progress.ts';
import { warnOfStaleWorkers } from '../stale-workers.ts';

export interface CreateOptions {
  readonly id?: string;
  readonly actor?: string;
}

interface Options extends CreateOptions {
  readonly reason?: string;
  readonly replace?: string;
  readonly from?: string;
  readonly name?: string;
}

export const fromFile = (file: string, options: CreateOptions) => ({
  from: { file },
  ...(options.id === undefined ? {} : { experimentId: options.id }),
  ...(options.actor === undefined ? {} : { createdBy: options.actor }),
});

export function createCommand({ signal }: Invocation): Command {
  const command = newCommand('create', 'check an experiment file, store it with all it names, as a draft')
    .argument('[file]', 'experiment file (YAML)')
    .option('--id <id>', 'experiment id (default: made of the name)')
    .option('--replace <experiment>', 'give this draft the definition of the file')
    .option('--from <experiment>', 'instead of a file: clone this experiment')
    .option('--name <name>', 'of the clone (default: the name and a number)')
    .addOption(actorOption())
    .addOption(reasonOption());
  return command.action(async (file: string | undefined, options: Options) => {
    const context = contextOf(command, signal);
    await withVictor(context, async (victor) => {
      await warnOfStaleWorkers(context, victor);
      const { status, warnings } = await slowly(
        context,
        'Read the inputs and store the experiment',
        create(victor, file, options),
      );
      for (const warning of warnings) say(context, `warning: ${warning.message}`);
      print(context, status, (render) => renderStatus(status, render));
      say(context, `start it with: victor experiment start ${status.experimentId}`);
    });
  });
}

async function create(victor: Victor, file: string | undefined, options: Options): Promise<Created> {
  const { from, replace, name, id, actor, reason } = options;
  if ((file === undefined) === (from === undefined)) {
    throw invalidInput('give an experiment file, or --from and an experiment to clone: one of them');
  }
  if (from !== undefined && replace !== undefined)
    throw invalidInput('--from makes a new draft; --replace takes a file');
  if (replace !== undefined && id !== undefined)
    throw invalidInput('--replace keeps the id of the draft; leave out --id');
  if (from === undefined && name !== undefined)
    throw invalidInput('--name goes with --from; a file has its name inside');
  if (from !== undefined) {
    return cloneExperiment(victor, from, {
      ...(name === undefined ? {} : { name }),
      ...(id === undefined ? {} : { experimentId: id }),
      ...(actor === undefined ? {} : { createdBy: actor }),
    });
  }
  const path = file ?? '';
  if (replace === undefined) return createExperiment(victor, fromFile(path, options));
  return replaceDraft(
    victor,
    replace,
    { file: path },
    {
      ...(actor === undefined ? {} : { actor }),
      ...(reason === undefined ? {} : { reason }),
    },
  );
}
