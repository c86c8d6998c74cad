import { appendFileSync, copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { conflict, invalidInput } from '../../errors.ts';
import { packageRoot } from '../../package-root.ts';
import { print } from '../output.ts';
import { newCommand, plainContextOf } from '../program.ts';
import type { Invocation } from '../program.ts';

const FILES = ['experiment.yaml', 'workflow.yaml', 'inputs.jsonl', 'victor.config.ts'] as const;
/** State of the local stack. */
const IGNORED = '.victor/';

export function initCommand({ signal }: Invocation): Command {
  const command = newCommand('init', 'write an experiment that runs as it is, to start from')
    .argument('[folder]', 'where to; made when it is missing', '.')
    .option('--force', 'overwrite files that are there');
  return command.action((folder: string, options: { readonly force?: boolean }) => {
    const context = plainContextOf(command, signal);
    const target = resolve(folder);
    const written = writeExample(target, options.force ?? false);
    print(context, { folder: target, files: written }, () =>
      [
        `written to ${target}: ${written.join(', ')}`,
        '',
        'next:',
        ...(relative(process.cwd(), target) === '' ? [] : [`  cd ${folder}`]),
        '  npx victor up',
        '  npx victor experiment run experiment.yaml --wait',
      ].join('\n'),
    );
  });
}

/** All files or none: nothing is written when one would be overwritten. */
function writeExample(target: string, force: boolean): readonly string[] {
  const present = FILES.filter((name) => existsSync(join(target, name)));
  if (present.length > 0 && !force) {
    throw conflict(
      `${target} already holds ${present.join(', ')}; choose another folder, or overwrite with --force`,
    );
  }
  try {
    mkdirSync(target, { recursive: true });
    for (const name of FILES)
      copyFileSync(join(packageRoot(), 'examples', 'starter', name), join(target, name));
    ignoreState(join(target, '.gitignore'));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    throw invalidInput(`${target} must be a folder that can be written (${code})`, error);
  }
  return [...FILES, '.gitignore'];
}

function ignoreState(path: string): void {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  if (text.split(/\r?\n/).some((line) => line.trim() === IGNORED || line.trim() === '.victor')) return;
  appendFileSync(path, `${text === '' || text.endsWith('\n') ? '' : '\n'}${IGNORED}\n`);
}
