import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { stateDirOf } from './context.ts';
import type { CliContext } from './context.ts';

/** The exit code of a command whose answer is a plain yes or no. */
export type Answer = 0 | 1;

export interface Invocation {
  readonly signal: AbortSignal;
  readonly answer: (code: Answer) => void;
}

interface GlobalOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly debug?: boolean;
  readonly dir?: string;
}

/** A command with the options that every command has. */
export function newCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('--json', 'print JSON on stdout')
    .option('--quiet', 'print nothing that was not asked for')
    .option('--debug', 'show stack traces')
    .option('--dir <folder>', 'state directory of the local stack', '.victor')
    .configureHelp({ sortOptions: true, showGlobalOptions: false });
}

export function contextOf(command: Command, signal: AbortSignal): CliContext {
  const options = command.optsWithGlobals<GlobalOptions>();
  return {
    env: process.env,
    json: options.json ?? false,
    quiet: options.quiet ?? false,
    debug: options.debug ?? false,
    stateDir: stateDirOf(options.dir),
    signal,
  };
}

/** An experiment, wherever one is named. */
export const experimentArgument = (): Argument =>
  new Argument('<experiment>', 'id, unambiguous prefix of an id, or name');

export const variantOption = (what: string): Option => new Option('--variant <id>', what);

/** What every transition takes. */
export const transitionOptions = (): readonly Option[] => [
  reasonOption(),
  actorOption(),
  new Option('--request-id <id>', 'repeat an earlier request safely'),
];

export const reasonOption = (): Option => new Option('--reason <text>', 'why, for the audit trail');
export const actorOption = (): Option =>
  new Option('--actor <name>', 'who, for the audit trail (default: user@host)');

/** An option that takes an integer of at least 0. */
export const integerOption = (flags: string, description: string): Option =>
  new Option(flags, description).argParser((text: string): number => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (Number.isNaN(value)) throw new InvalidArgumentError('it must be a whole number, such as 20.');
    return value;
  });
