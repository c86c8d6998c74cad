import type { Command } from 'commander';
import { transitionExperiment } from '../../operations/transition.ts';
import type { ExperimentStatus } from '../../model/documents.ts';
import { renderStatus } from '../../report/status.ts';
import { withVictor } from '../context.ts';
import { print, say } from '../output.ts';
import { contextOf, experimentArgument, newCommand, transitionOptions, variantOption } from '../program.ts';
import type { Invocation } from '../program.ts';

interface TransitionCommand {
  readonly description: string;
  readonly variant?: string;
}

const COMMANDS = {
  start: { description: 'admit executions from now on, and run the dataset' },
  pause: {
    description: 'admit nothing until resume; what runs ends and is recorded',
    variant: 'only this variant: no unit is newly allocated to it',
  },
  resume: { description: 'go on after a pause', variant: 'only this variant' },
  stop: { description: 'complete the experiment now: the final look follows' },
  deploy: {
    description: 'roll out the winner: every execution gets it from now on, outside the analysis',
    variant: 'another variant than the winner; needs --reason',
  },
  archive: { description: 'close the experiment for good' },
} as const satisfies Record<string, TransitionCommand>;

interface Options {
  readonly reason?: string;
  readonly actor?: string;
  readonly requestId?: string;
  readonly variant?: string;
}

export const transitionCommands = ({ signal }: Invocation): readonly Command[] =>
  (Object.keys(COMMANDS) as (keyof typeof COMMANDS)[]).map((action) => {
    const { description, variant }: TransitionCommand = COMMANDS[action];
    const command = newCommand(action, description).addArgument(experimentArgument());
    if (variant !== undefined) command.addOption(variantOption(variant));
    for (const option of transitionOptions()) command.addOption(option);
    return command.action(async (id: string, { variant: variantId, ...by }: Options) => {
      const context = contextOf(command, signal);
      await withVictor(context, async (victor) => {
        const status = await transitionExperiment(victor, id, action, {
          ...by,
          ...(variantId === undefined ? {} : { variantId }),
        });
        print(context, status, (render) => renderStatus(status, render));
        const note = action === 'pause' && variantId !== undefined ? onlyOneOpen(status) : null;
        if (note !== null) say(context, note);
      });
    });
  });

/** With one open variant there is nothing to randomise. */
function onlyOneOpen({ experimentId, variantStatus }: ExperimentStatus): string | null {
  const variants = Object.keys(variantStatus);
  const open = variants.filter((variantId) => variantStatus[variantId] === 'running');
  const [only] = open;
  if (only === undefined || open.length !== 1) return null;
  const paused = variants.filter((variantId) => variantId !== only);
  const which = paused.length === 1 ? paused[0] : 'one of the others';
  return `only ${only} is open: every new unit goes to it, and is not compared until ${which} is resumed (victor experiment resume ${experimentId} --variant ${paused.length === 1 ? paused[0] : 'ID'})`;
}
