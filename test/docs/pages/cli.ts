import type { Argument, Command, Option } from 'commander';
import { EXAMPLES } from '../../../src/cli/examples.ts';
import { globalOptions } from '../../../src/cli/program.ts';
import { victorProgram } from '../../../src/cli/tree.ts';
import { SETTINGS } from '../../../src/settings/catalogue.ts';
import type { SettingRule } from '../../../src/settings/catalogue.ts';
import { GENERATED, code, table } from './markdown.ts';

const INTRODUCTION = `# Command line

${GENERATED}

\`victor\` has a command for everything that an experiment goes through. An experiment is named by its id, an unambiguous
prefix of it, or its name. Data goes to standard output, everything else to standard error.

| exit code | means |
| --- | --- |
| 0 | done |
| 1 | it worked, and the answer is no: an execution failed, \`doctor\` found a fault, a run ended without a winner |
| 2 | bad input |
| 3 | not found |
| 4 | conflict: an illegal move, a name that is taken, a file that would be overwritten |
| 5 | unavailable: Temporal or Postgres cannot be reached |
| 70 | a bug of victor-experiments |
| 130 | interrupted; what runs on the servers goes on |

Colours are decoration: they are left out in a pipe and when \`NO_COLOR\` is set. \`--watch\` redraws on a terminal and prints a line
per change in a pipe; with \`--json\` it prints one object per line and change.`;

export const cliPage = { path: 'docs/cli.md', generate: generateCli } as const;

function generateCli(): string {
  const victor = victorProgram({
    signal: new AbortController().signal,
    answer: () => undefined,
    goesOn: () => undefined,
  });
  const commands = commandsOf(victor, '');
  return `${[
    INTRODUCTION,
    '## Options of every command',
    optionTable(globalOptions()),
    '## Settings',
    'The first of these that gives a value wins: environment, `settings` of the config file, default. `victor config` shows each value and where it comes from.',
    table(
      ['in `settings`', 'variable', 'default', 'meaning'],
      SETTINGS.map((rule: SettingRule) => [
        code(rule.key),
        code(rule.env),
        rule.byDefault === null ? '' : code(rule.byDefault),
        rule.description,
      ]),
    ),
    ...commands.map(([path, command]) => section(path, command)),
  ].join('\n\n')}\n`;
}

function commandsOf(parent: Command, path: string): readonly (readonly [string, Command])[] {
  return parent.commands.flatMap((command) => {
    const own = `${path} ${command.name()}`.trim();
    return command.commands.length > 0
      ? commandsOf(command as Command, own)
      : [[own, command as Command] as const];
  });
}

function section(path: string, command: Command): string {
  const common = new Set(globalOptions().map(({ long }) => long));
  const options = command.options.filter(({ long, hidden }) => !common.has(long) && !hidden);
  const example = EXAMPLES[path];
  return [
    `## victor ${path}`,
    `${capital(command.description())}.`,
    ...(command.registeredArguments.length === 0 ? [] : [argumentTable(command.registeredArguments)]),
    ...(options.length === 0 ? [] : [optionTable(options)]),
    ...(example === undefined ? [] : [`\`\`\`sh\nvictor ${example}\n\`\`\``]),
  ].join('\n\n');
}

const capital = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;

const argumentTable = (given: readonly Argument[]): string =>
  table(
    ['argument', 'meaning'],
    given.map((argument) => {
      const name = argument.required ? `<${argument.name()}>` : `[${argument.name()}]`;
      return [code(name), meaning(argument)];
    }),
  );

const optionTable = (options: readonly Option[]): string =>
  table(
    ['option', 'meaning'],
    options.map((option) => [code(option.flags), meaning(option)]),
  );

function meaning(taken: Argument | Option): string {
  const choices = taken.argChoices === undefined ? '' : ` (${taken.argChoices.map(code).join(', ')})`;
  const byDefault = typeof taken.defaultValue === 'string' ? ` (default: ${code(taken.defaultValue)})` : '';
  return `${taken.description}${choices}${byDefault}`;
}
