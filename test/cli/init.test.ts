import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { cloneDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { victor } from './run.ts';

let database: TestDatabase;
let folder: string;
const project = (): string => join(folder, 'mine');
const cli = (...args: readonly string[]) =>
  victor(args, {
    env: {
      ...process.env,
      DATABASE_URL: database.url,
      TEMPORAL_ADDRESS: inject('stack').temporalAddress,
      VICTOR_TASK_QUEUE_PREFIX: `init-${process.pid}`,
    },
    cwd: args[0] === 'init' ? folder : project(),
  });

beforeAll(async () => {
  database = await cloneDatabase();
  folder = mkdtempSync(join(tmpdir(), 'victor-init-'));
});
afterAll(async () => {
  await cli('down', '--quiet');
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

it('what init writes runs as it is, to a decision', { timeout: 120_000 }, async () => {
  const written = await cli('init', 'mine');
  expect(written).toMatchObject({ code: 0, stderr: '' });
  expect(written.stdout).toMatch(
    /cd mine\n {2}npx victor up\n {2}npx victor experiment run experiment\.yaml --wait/,
  );
  expect(readdirSync(project()).toSorted()).toEqual(
    ['.gitignore', 'experiment.yaml', 'inputs.jsonl', 'victor.config.ts', 'workflow.yaml'].toSorted(),
  );
  expect(await cli('up', '--quiet')).toMatchObject({ code: 0, stderr: '' });
  const run = await cli('experiment', 'run', 'experiment.yaml', '--wait', '--json');
  const results = JSON.parse(run.stdout) as Record<string, unknown>;
  expect(results).toMatchObject({ status: 'analyzed', warnings: [] });
  // a set is faster than a list by orders of magnitude; a machine that is busy may hide it
  expect(run.code).toBe(results['recommendation'] === 'deploy_winner' ? 0 : 1);
  const failures = await cli('experiment', 'executions', 'Distinct words', '--outcome', 'failure', '--json');
  expect(JSON.parse(failures.stdout)).toEqual([]);
});

it('nothing is overwritten unless told, and .gitignore only grows', async () => {
  const path = join(project(), 'experiment.yaml');
  writeFileSync(path, 'mine');
  const refused = await cli('init', 'mine');
  expect(refused).toMatchObject({ code: 4, stdout: '' });
  expect(refused.stderr).toMatch(/already holds experiment\.yaml, workflow\.yaml, .*--force/);
  expect(readFileSync(path, 'utf8')).toBe('mine');
  writeFileSync(join(project(), '.gitignore'), 'node_modules');
  const forced = await cli('init', 'mine', '--force', '--json');
  expect(JSON.parse(forced.stdout)).toMatchObject({ folder: project() });
  expect(readFileSync(path, 'utf8')).toMatch(/name: Distinct words/);
  expect((await cli('init', 'mine', '--force')).code).toBe(0);
  expect(readFileSync(join(project(), '.gitignore'), 'utf8')).toBe('node_modules\n.victor/\n');
  const nowhere = await cli('init', '/dev/null/x');
  expect(nowhere).toMatchObject({ code: 2, stdout: '' });
});
