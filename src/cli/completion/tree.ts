import type { Argument, Command, Option } from 'commander';

/** What may follow: words to choose from, a file, an experiment, or something that nobody can know. */
export type Values =
  | { readonly kind: 'choices'; readonly words: readonly string[] }
  | { readonly kind: 'file' | 'experiment' | 'unknown' };

export interface Described {
  readonly name: string;
  readonly description: string;
}

export interface CompletedOption {
  readonly flags: readonly string[];
  readonly description: string;
  /** Null: it takes no value. */
  readonly value: Values | null;
}

/** One command as completion sees it. */
export interface CompletedCommand {
  /** As typed: `victor experiment status`. */
  readonly path: string;
  readonly commands: readonly Described[];
  readonly options: readonly CompletedOption[];
  readonly argument: Values | null;
}

/** The program and every command below it; hidden ones are left out. */
export function completedCommands(command: Command, parent = ''): readonly CompletedCommand[] {
  const path = parent === '' ? command.name() : `${parent} ${command.name()}`;
  const visible = command
    .createHelp()
    .visibleCommands(command)
    .filter((child) => child.name() !== 'help');
  const [argument] = command.registeredArguments;
  return [
    {
      path,
      commands: visible.map((child) => ({ name: child.name(), description: child.description() })),
      options: command.createHelp().visibleOptions(command).map(completedOption),
      argument: argument === undefined ? null : valuesOf(argument),
    },
    ...visible.flatMap((child) => completedCommands(child, path)),
  ];
}

const completedOption = (option: Option): CompletedOption => ({
  flags: [option.long, option.short].filter((flag) => typeof flag === 'string'),
  description: option.description,
  value: option.required || option.optional ? valuesOf(option) : null,
});

const FILES = /<(file|folder)>|^\[?(file|folder)\]?$/;

function valuesOf(taken: Argument | Option): Values {
  if (taken.argChoices !== undefined) return { kind: 'choices', words: taken.argChoices };
  const name = 'flags' in taken ? taken.flags : taken.name();
  if (FILES.test(name)) return { kind: 'file' };
  return { kind: name === 'experiment' || / <experiment>/.test(name) ? 'experiment' : 'unknown' };
}
