import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createPool } from '../../src/db/pool.ts';
import { packageRoot } from '../../src/package-root.ts';
import { cloneDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { move, seedDraft } from '../support/rows.ts';

const VICTOR = join(packageRoot(), 'dist', 'src', 'cli', 'victor.js');
const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];
const installed = (shell: Shell): boolean => spawnSync(shell, ['--version']).status === 0;

let database: TestDatabase;
let folder: string;
let id: string;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  database = await cloneDatabase();
  folder = mkdtempSync(join(tmpdir(), 'victor-completion-'));
  writeFileSync(join(folder, 'victor'), `#!/bin/sh\nexec '${process.execPath}' '${VICTOR}' "$@"\n`);
  chmodSync(join(folder, 'victor'), 0o755);
  env = {
    ...process.env,
    PATH: `${folder}:${process.env['PATH'] ?? ''}`,
    DATABASE_URL: database.url,
    TEMPORAL_ADDRESS: inject('stack').temporalAddress,
  };
  for (const shell of SHELLS) writeFileSync(join(folder, shell), run('victor', ['completion', shell]).stdout);
  const pool = createPool(database.url, { plane: 'control', max: 1 });
  id = await seedDraft(pool, { name: `It's "new"` });
  await move(pool, await seedDraft(pool, { name: 'It is over' }), 'archive');
  await pool.end();
});
afterAll(async () => {
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

function run(command: string, args: readonly string[], more: NodeJS.ProcessEnv = {}) {
  return spawnSync(command, args, { env: { ...env, ...more }, cwd: folder, encoding: 'utf8' });
}

const quote = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
/** What each shell offers for the words of a line, the last of which is being typed. */
const ASK: Readonly<Record<Shell, (words: readonly string[]) => string>> = {
  bash: (words) =>
    `source ./bash; COMP_WORDS=(${words.map(quote).join(' ')}); COMP_CWORD=${words.length - 1}; _victor; printf '%s\\n' "\${COMPREPLY[@]}"`,
  // what zsh's own completion functions would be given
  zsh: (
    words,
  ) => `compdef() { :; }; compadd() { [ "$1" = -- ] && shift; printf '%s\\n' "$@"; }; _files() { echo FILES; }
    _describe() { printf '%s\\n' "\${(@)\${(P@)2}%%:*}"; }
    source ./zsh; words=(${words.map(quote).join(' ')}); CURRENT=${words.length}; _victor`,
  fish: (words) => `source ./fish; complete -C ${quote(words.join(' '))} | string replace -r '\\t.*' ''`,
};
function offers(shell: Shell, ...words: readonly string[]): readonly string[] {
  const { status, stdout, stderr } = run(shell, ['-c', ASK[shell](['victor', ...words])]);
  expect({ status, stderr }).toMatchObject({ stderr: '' });
  return stdout.split('\n').filter((line) => line !== '');
}

describe.each(SHELLS)('%s', (shell) => {
  it.skipIf(!installed(shell))('offers commands, options, choices and experiments', () => {
    expect(offers(shell, 'exp')).toContain('experiment');
    expect(offers(shell, 'experiment', '')).toEqual(
      expect.arrayContaining(['create', 'status', 'executions']),
    );
    expect(offers(shell, 'experiment', 'status', '--')).toEqual(
      expect.arrayContaining(['--watch', '--json']),
    );
    expect(offers(shell, 'experiment', 'list', '--status', '')).toEqual(
      expect.arrayContaining(['draft', 'paused']),
    );
    expect(offers(shell, 'completion', '').toSorted()).toEqual(['bash', 'fish', 'zsh']);
    const known = offers(shell, 'experiment', 'pause', '').map((text) => text.replaceAll('\\', ''));
    expect(known.toSorted()).toEqual([`It's "new"`, id].toSorted());
    expect(offers(shell, '--dir', 'x', 'experiment', 'pause', id.slice(0, 3))).toEqual([id]);
  });
});

describe('victor complete', () => {
  it('answers at once or not at all, and says nothing about errors', () => {
    const away = { DATABASE_URL: 'postgres://victor@127.0.0.1:9/victor' };
    const silent = { stdout: '', stderr: '', status: 0 };
    expect(run('victor', ['complete', 'experiments', ''], away)).toMatchObject(silent);
    expect(run('victor', ['complete', 'experiments', ''], { DATABASE_URL: '' })).toMatchObject(silent);
    expect(run('victor', ['complete', 'nonsense'])).toMatchObject(silent);
    expect(run('victor', ['complete', 'experiments', 'It is'])).toMatchObject(silent);
    writeFileSync(join(folder, 'victor.config.ts'), 'export default { settings: { logLevel: ');
    expect(run('victor', ['complete', 'experiments', ''], { DATABASE_URL: '' })).toMatchObject(silent);
    rmSync(join(folder, 'victor.config.ts'));
  });
});
