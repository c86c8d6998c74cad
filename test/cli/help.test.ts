import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { EXAMPLES } from '../../src/cli/examples.ts';
import { victorProgram } from '../../src/cli/tree.ts';
import { packageRoot } from '../../src/package-root.ts';

/** The command line, which only says what it would do. */
function parser(): { readonly root: Command; readonly called: string[] } {
  const called: string[] = [];
  const root = victorProgram({
    signal: new AbortController().signal,
    answer: () => undefined,
    goesOn: () => undefined,
  });
  const visit = (command: Command, path: string): void => {
    command.exitOverride().configureOutput({ writeErr: () => undefined });
    if (command.commands.length === 0) command.action(() => void called.push(path));
    for (const child of command.commands) visit(child as Command, `${path} ${child.name()}`.trim());
  };
  visit(root, '');
  return { root, called };
}

function paths(command: Command, path = ''): readonly string[] {
  return command.commands.flatMap((child) => {
    const own = `${path} ${child.name()}`.trim();
    return [own, ...paths(child as Command, own)];
  });
}

/** As a shell would split it, without what it redirects. */
const words = (line: string): readonly string[] =>
  [...line.replace(/ >.*/, '').matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    (match) => match[1] ?? match[2] ?? match[3] ?? '',
  );

const all = paths(parser().root);

describe('help', () => {
  it('knows every command, and no other', () => {
    expect(all.length).toBeGreaterThan(25);
    expect(Object.keys(EXAMPLES).toSorted()).toEqual(['victor', ...all].toSorted());
  });

  it.each(all)('victor %s: an example that parses, and every option explained', async (path) => {
    const { root, called } = parser();
    const example = EXAMPLES[path] ?? '';
    await root.parseAsync(words(example), { from: 'user' });
    if (path !== 'experiment') expect(called).toEqual([path]);
    const command = path
      .split(' ')
      .reduce<Command>((at, name) => at.commands.find((child) => child.name() === name) as Command, root);
    let help = '';
    command.configureOutput({ writeOut: (text) => (help += text) });
    command.outputHelp();
    expect(help).toContain(`Example:\n  $ victor ${example}`);
    expect(help).toMatch(/Options of every command:\n(.*\n)* +--json .*\n(.*\n)* +--dir <folder>/);
    expect(command.description()).not.toBe('');
    for (const { flags, description } of command.options) expect(description, flags).not.toBe('');
    for (const argument of command.registeredArguments) expect(argument.description).not.toBe('');
  });

  it('is named in the README only by commands that exist', () => {
    const readme = readFileSync(join(packageRoot(), 'README.md'), 'utf8');
    const named = [...readme.matchAll(/npx victor ([a-z]+)(?: ([a-z]+))?/g)];
    expect(named.length).toBeGreaterThan(4);
    for (const [, first = '', second] of named) {
      const known = all.includes(first) || first === 'experiment';
      expect({ first, known }).toEqual({ first, known: true });
      if (first === 'experiment') expect(all).toContain(`experiment ${second}`);
    }
  });
});
