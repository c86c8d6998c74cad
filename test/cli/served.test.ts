import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { twoVariants } from '../support/experiments.ts';
import { startPlanes } from '../support/workers.ts';
import type { TestPlanes } from '../support/workers.ts';
import { victor } from './run.ts';
import type { CommandResult, RunOptions } from './run.ts';

let planes: TestPlanes;
let folder: string;
const cli = (args: readonly string[], options: Partial<RunOptions> = {}): Promise<CommandResult> =>
  victor(['experiment', ...args], { env: planes.env, cwd: folder, ...options });

const UNKNOWN =
  'node ecko names the handler ecko, which no running data worker has registered; did you mean echo? Register it in victor.config and run `victor up`';
const mistyped = (name: string) => twoVariants(name, ['ecko', 'hash']);

function write(name: string, content: unknown): string {
  writeFileSync(join(folder, name), stringify(content));
  return name;
}

beforeAll(async () => {
  planes = await startPlanes();
  folder = mkdtempSync(join(tmpdir(), 'victor-served-'));
});
afterAll(async () => {
  await planes.stop();
  rmSync(folder, { recursive: true, force: true });
});

it('names handlers that no data worker has: create, --replace, run', async () => {
  const file = write('mistyped.yaml', mistyped('Mistyped'));
  for (const args of [
    ['create', file, '--id', 'mistyped'],
    ['create', file, '--replace', 'mistyped'],
    ['run', write('again.yaml', mistyped('Mistyped again'))],
  ]) {
    const { code, stderr } = await cli(args);
    expect({ args, code }).toEqual({ args, code: 0 });
    expect(stderr.split('\n')[0]).toBe(`warning: ${UNKNOWN}`);
  }
  const fine = await cli(['create', write('fine.yaml', twoVariants('Fine', ['echo', 'hash']))]);
  expect(fine.stderr).not.toMatch(/warning/);
});

it('and stores it for an experiment that a bare client creates', async () => {
  const { client } = await planes.victor.temporal();
  const handle = await client.workflow.start('experiment', {
    workflowId: 'experiment/bare-mistyped',
    taskQueue: `${planes.prefix}-control`,
    args: [{ config: mistyped('Bare mistyped') }],
  });
  await handle.executeUpdate('created');
  const { stdout } = await cli(['events', 'bare-mistyped', '--json']);
  expect(stdout).toContain(JSON.stringify({ code: 'HANDLER_UNKNOWN', message: UNKNOWN }));
});

it('names the task queues of definitions that nobody polls: create and doctor', async () => {
  const config = twoVariants('Elsewhere', ['echo']);
  const [control] = config['variants'] as readonly unknown[];
  const definition = {
    variant_id: 'long',
    workflow_type: 'definition',
    workflow_config: { workflow: 'mine', task_queue: 'nobody-here' },
  };
  const file = write('elsewhere.yaml', { ...config, variants: [control, definition] });
  const created = await cli(['create', file, '--id', 'elsewhere']);
  expect(created).toMatchObject({ code: 0 });
  expect(created.stderr).toMatch(
    /warning: no worker polls the task queue nobody-here of variant long; its executions would wait until their deadline/,
  );
  const lines = async () => {
    const { stdout } = await victor(['doctor', '--json'], { env: planes.env, cwd: folder });
    const { checks } = JSON.parse(stdout) as { checks: readonly { name: string; ok: boolean }[] };
    return checks.filter(({ name }) => name === 'workers on nobody-here').map(({ ok }) => ok);
  };
  expect(await lines()).toEqual([]);
  await cli(['start', 'elsewhere']);
  expect(await lines()).toEqual([false]);
});

it('says what follows when one variant alone stays open, and how to delete', async () => {
  await cli(['run', write('moves.yaml', twoVariants('Moves', ['echo'])), '--id', 'moves']);
  const paused = await cli(['pause', 'moves', '--variant', 'control']);
  expect(paused.stderr).toBe(
    'only treatment is open: every new unit goes to it, and is not compared until control is resumed (victor experiment resume moves --variant control)\n',
  );
  expect((await cli(['resume', 'moves', '--variant', 'control'])).stderr).toBe('');
  expect(await cli(['delete', 'moves'])).toMatchObject({
    code: 4,
    stderr:
      'error: cannot delete an experiment that is running; stop it first: victor experiment stop moves\n',
  });
  await cli(['stop', 'moves']);
  expect((await cli(['delete', 'moves'])).code).toBe(0);
  const taken = await cli(['create', 'moves.yaml', '--id', 'moves']);
  expect(taken).toMatchObject({ code: 4 });
  expect(taken.stderr).toMatch(/exists \(archived and hidden\); .* `victor experiment delete moves --purge`/);
});

it('an execution that nobody serves says so, and an interrupt leaves it at once', async () => {
  await cli(['create', write('unserved.yaml', twoVariants('Unserved', ['echo'])), '--id', 'unserved']);
  await planes.victor.pool.query(
    `update victor_data.experiments set task_queue_prefix = 'unserved' where experiment_id = 'unserved'`,
  );
  const waiting =
    'no worker serves the task queue unserved-executions: the execution waits; `victor doctor` looks\n';
  const started = await cli(['execute', 'unserved', '--user', 'u1', '--no-wait']);
  expect(started).toMatchObject({ code: 0, stderr: waiting });
  const { code, stdout, stderr } = await cli(['execute', 'unserved', '--user', 'u2', '--execution-id', 'x'], {
    onStart: (child) =>
      child.stderr?.on('data', (chunk: Buffer) => {
        if (chunk.toString().includes('no worker serves')) child.kill('SIGINT');
      }),
  });
  expect({ code, stdout, stderr }).toEqual({
    code: 130,
    stdout: '',
    stderr: `${waiting}execution unserved/x goes on; its outcome will be in: victor experiment executions unserved\n`,
  });
});
