import { Option } from 'commander';
import type { Command } from 'commander';
import { transitionExperiment } from '../../operations/transition.ts';
import { renderStatus } from '../../report/status.ts';
import { withVictor } from '../context.ts';
import { print } from '../output.ts';
import { actorOption, contextOf, newCommand, reasonOption } from '../program.ts';
import type { Invocation } from '../program.ts';

const DESCRIPTIONS = {
  start: 'admit executions from now on, and run the dataset',
  pause: 'admit nothing until resume; what runs ends and is recorded',
  resume: 'go on after a pause',
  stop: 'complete the experiment now: the final look follows',
  archive: 'close the experiment for good',
} as const;

interface Options {
  readonly reason?: string;
  readonly actor?: string;
  readonly requestId?: string;
}

export const transitionCommands = ({ signal }: Invocation): readonly Command[] =>
  (Object.keys(DESCRIPTIONS) as (keyof typeof DESCRIPTIONS)[]).map((action) => {
    const command = newCommand(action, DESCRIPTIONS[action])
      .argument('<experiment>', 'id, unambiguous prefix of an id, or name')
      .addOption(reasonOption())
      .addOption(actorOption())
      .addOption(new Option('--request-id <id>', 'repeat an earlier request safely'));
    return command.action(async (id: string, options: Options) => {
      const context = contextOf(command, signal);
      const { reason, actor, requestId } = options;
      await withVictor(context, async (victor) => {
        const status = await transitionExperiment(victor, id, action, {
          ...(reason === undefined ? {} : { reason }),
          ...(actor === undefined ? {} : { actor }),
          ...(requestId === undefined ? {} : { requestId }),
        });
        print(context, status, (render) => renderStatus(status, render));
      });
    });
  });
