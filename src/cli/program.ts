import { dirname } from 'node:path';
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { readFileSettings } from '../settings/file-settings.ts';
import { chooseConfigFile } from '../settings/find-config.ts';
import { resolveSettings, withFileSettings } from '../settings/resolve.ts';
import type { CliContext, PlainContext } from './context.ts';
import { stateDirOf } from './state-dir.ts';

/** The exit code of a command whose answer is a plain yes or no. */
export type Answer = 0 | 1;

export interface Invocation {
  readonly signal: AbortSignal;
  readonly answer: (code: Answer) => void;
  /** What an interrupt from here on leaves running: said on stderr when one comes. */
  readonly goesOn: (message: string) => void;
}

interface GlobalOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly debug?: boolean;
  readonly dir?: string;
  readonly config?: string;
}

const GLOBAL = 'Options of every command:';

export const newCommand = (name: string, description: string): Command =>
  new Command(name).description(description).configureHelp({ sortOptions: false, showGlobalOptions: false });

/** The options that every command has, after its own. */
export const globalOptions = (): readonly Option[] =>
  [
    new Option('--json', 'print JSON on stdout'),
    new Option('--quiet', 'print nothing that was not asked for'),
    new Option('--debug', 'show stack traces'),
    new Option('--dir <folder>', 'state directory of the local stack').default('.victor'),
    new Option('--config <file>', 'the victor.config file (default: beside the state directory)'),
  ].map((option) => option.helpGroup(GLOBAL));

/** Of commands that must work whatever is wrong with the settings. */
export function plainContextOf(command: Command, signal: AbortSignal): PlainContext {
  const options = command.optsWithGlobals<GlobalOptions>();
  return {
    json: options.json ?? false,
    quiet: options.quiet ?? false,
    debug: options.debug ?? false,
    stateDir: stateDirOf(options.dir),
    signal,
  };
}

/** Throws InvalidInput for a setting that breaks its rule, with the place in the file. */
export function contextOf(command: Command, signal: AbortSignal): CliContext {
  const plain = plainContextOf(command, signal);
  const { config } = command.optsWithGlobals<GlobalOptions>();
  const configPath = chooseConfigFile(dirname(plain.stateDir), config);
  const file = configPath === null ? new Map<string, string>() : readFileSettings(configPath);
  const settings = resolveSettings(process.env, file);
  return { ...plain, configPath, settings, env: withFileSettings(process.env, settings) };
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
