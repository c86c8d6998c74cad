import type { Command } from 'commander';
import { invalidInput } from '../../errors.ts';
import { recordValues } from '../../operations/record.ts';
import { renderTable } from '../../report/table.ts';
import { withVictor } from '../context.ts';
import { print } from '../output.ts';
import { actorOption, contextOf, newCommand, reasonOption } from '../program.ts';
import type { Invocation } from '../program.ts';

interface Options {
  readonly reason?: string;
  readonly actor?: string;
}

export function recordCommand({ signal }: Invocation): Command {
  const command = newCommand('record', 'add values to an execution, now or later; again is a correction')
    .argument('<execution>', 'EXPERIMENT/EXECUTION')
    .argument('<values...>', 'NAME=NUMBER')
    .addOption(reasonOption())
    .addOption(actorOption());
  return command.action(async (execution: string, given: readonly string[], options: Options) => {
    const context = contextOf(command, signal);
    const { experiment, executionId } = addressOf(execution);
    const values = Object.fromEntries(given.map(valueOf));
    await withVictor(context, async (victor) => {
      const recorded = await recordValues(victor, experiment, executionId, values, options);
      print(context, recorded, (render) =>
        renderTable(
          {
            head: ['name', 'value', 'revision'],
            rows: recorded.map(({ name, value, revision }) => [name, String(value), String(revision)]),
            right: [1, 2],
          },
          render,
        ),
      );
    });
  });
}

function addressOf(text: string): { readonly experiment: string; readonly executionId: string } {
  const slash = text.lastIndexOf('/');
  if (slash < 1 || slash === text.length - 1) {
    throw invalidInput(`execution "${text}" must be EXPERIMENT/EXECUTION, as in readme-analysis/000017`);
  }
  return { experiment: text.slice(0, slash), executionId: text.slice(slash + 1) };
}

function valueOf(text: string): readonly [string, number] {
  const [, name = '', number = ''] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  const value = Number(number);
  if (name === '' || number.trim() === '' || Number.isNaN(value)) {
    throw invalidInput(`value "${text}" must be NAME=NUMBER, as in quality=0.8`);
  }
  return [name, value];
}
