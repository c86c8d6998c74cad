import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, statSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from '@temporalio/client';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { checkStack } from '../../src/local/doctor.ts';
import { findStack, stopStack } from '../../src/local/find-stack.ts';
import { startStack } from '../../src/local/stack.ts';
import type { NamedPid, StackAddresses, StackHandle } from '../../src/local/stack-types.ts';
import { openConnection } from '../../src/local/temporal-health.ts';
import { packageRoot } from '../../src/package-root.ts';
import { startTestStack } from '../support/stack.ts';
import { eventually, isRunning, query } from './waiting.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 30_000 });

const folders: string[] = [];
function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'victor-stack-'));
  // or the user postgres may not enter, when root runs the tests
  chmodSync(folder, 0o755);
  folders.push(folder);
  return folder;
}
afterEach(async () => {
  for (const folder of folders.splice(0)) {
    await stopStack(folder, () => undefined);
    rmSync(folder, { recursive: true, force: true });
  }
});

/** These tests kill servers: only their own, whatever the environment names. */
const { DATABASE_URL: _url, TEMPORAL_ADDRESS: _address, ...env } = process.env;
const SLEEPER = { name: 'data', argv: ['sleep', '600'] };

interface Told {
  readonly addresses: StackAddresses;
  readonly pids: readonly NamedPid[];
}

async function startOwner(
  kind: 'ephemeral' | 'lasting',
  folder: string,
): Promise<{ child: ChildProcess; told: Told }> {
  const file = join(packageRoot(), 'dist', 'test', 'local', 'owner.js');
  const child = spawn(process.execPath, [file, folder, kind], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  if (child.stdout === null) throw new Error('no output');
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { child, told: JSON.parse(line) as Told };
}

async function killAndAwaitReturn(stack: StackHandle, name: string): Promise<void> {
  const find = (): number | null => stack.pids().find((entry) => entry.name === name)?.pid ?? null;
  const old = find();
  if (old === null) throw new Error(`${name} does not run`);
  process.kill(old, 'SIGKILL');
  await eventually(() => {
    const pid = find();
    return pid === old ? null : pid;
  });
}

describe('a throw-away stack', () => {
  it('is gone, with its directory, after kill -9 of its owner', async () => {
    const folder = newFolder();
    const { child, told } = await startOwner('ephemeral', folder);
    expect(told.pids.map(({ name }) => name).toSorted()).toEqual([
      'data',
      'postgres',
      'supervisor',
      'temporal',
    ]);
    expect(await query(told.addresses.databaseUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
    child.kill('SIGKILL');
    await eventually(() => (told.pids.some(({ pid }) => isRunning(pid)) ? null : true));
    await eventually(() => (existsSync(folder) ? null : true));
  });

  it('gets its killed servers back with their data', async () => {
    const stack = await startTestStack({ env, persistentTemporal: true, processes: [SLEEPER] });
    try {
      const { databaseUrl, temporalAddress } = stack.addresses;
      await query(databaseUrl, 'create table kept as select 7 as value');
      const connection = await openConnection(env, temporalAddress);
      const options = { taskQueue: 'nobody', workflowId: 'kept', args: [] };
      const { firstExecutionRunId } = await new Client({ connection }).workflow.start('none', options);
      await connection.close();

      await Promise.all(['postgres', 'temporal', 'data'].map((name) => killAndAwaitReturn(stack, name)));

      expect(await eventually(() => query(databaseUrl, 'select value from kept'))).toEqual([{ value: 7 }]);
      const again = await eventually(() => openConnection(env, temporalAddress));
      const found = await new Client({ connection: again }).workflow.getHandle('kept').describe();
      expect(found.runId).toBe(firstExecutionRunId);
      await again.close();
    } finally {
      await stack.stop();
    }
    expect(existsSync(stack.addresses.stateDir)).toBe(false);
  });

  it('ends with the reason when a Temporal in memory dies, and after its supervisor was killed', async () => {
    const [first, second] = await Promise.all([startTestStack({ env }), startTestStack({ env })]);
    const pids = [...first.pids(), ...second.pids()];
    const pidOf = (stack: StackHandle, name: string): number =>
      stack.pids().find((entry) => entry.name === name)?.pid ?? 0;
    process.kill(pidOf(first, 'temporal'), 'SIGKILL');
    process.kill(pidOf(second, 'supervisor'), 'SIGKILL');
    expect(await first.ended).toMatch(/temporal ended \(signal SIGKILL\).*in memory/);
    expect(await second.ended).toMatch(/supervisor ended \(SIGKILL\)/);
    await eventually(() => (pids.some(({ pid }) => isRunning(pid)) ? null : true));
    expect(existsSync(first.addresses.stateDir) || existsSync(second.addresses.stateDir)).toBe(false);
  });

  it('uses the servers that the environment names, in a database of its own', async () => {
    const outer = await startTestStack({ env });
    try {
      const named = {
        DATABASE_URL: outer.addresses.databaseUrl,
        TEMPORAL_ADDRESS: outer.addresses.temporalAddress,
      };
      const inner = await startTestStack({ env: { ...env, ...named }, processes: [SLEEPER] });
      const databases = async (): Promise<number> =>
        (await query(named.DATABASE_URL, "select 1 from pg_database where datname like 'victor\\_%'")).length;
      expect(inner.pids().map(({ name }) => name)).toEqual(['supervisor', 'data']);
      expect(inner.addresses.temporalAddress).toBe(named.TEMPORAL_ADDRESS);
      expect(await databases()).toBe(1);
      await inner.stop();
      expect(await databases()).toBe(0);
    } finally {
      await outer.stop();
    }
  });

  it('says why it does not start, and leaves nothing', async () => {
    const stateDir = newFolder();
    const prepare = ['node', '-e', 'console.error("no such table"); process.exit(3)'];
    const start = startStack({
      stateDir,
      ephemeral: true,
      env,
      say: () => undefined,
      processes: [],
      prepare,
    });
    await expect(start).rejects.toMatchObject({
      kind: 'Unavailable',
      message: expect.stringContaining('no such table'),
    });
    expect(existsSync(stateDir)).toBe(false);
  });
});

describe('a lasting stack', () => {
  it('is started once by two at once, outlives them, and comes back with its data', async () => {
    const folder = newFolder();
    const [one, two] = await Promise.all([startOwner('lasting', folder), startOwner('lasting', folder)]);
    expect(one.told).toEqual(two.told);
    const { databaseUrl } = one.told.addresses;
    await query(databaseUrl, 'create table kept as select 7 as value');
    const found = await findStack(folder);
    expect(found).toEqual({ ...one.told.addresses, pids: one.told.pids });
    for (const name of ['stack.json', 'postgres-password', 'temporal', 'pgdata']) {
      expect(statSync(join(folder, name)).mode & 0o077, name).toBe(0);
    }

    // a killed supervisor leaves its processes behind: the next start ends them and takes over
    process.kill(found?.pids.find(({ name }) => name === 'supervisor')?.pid ?? 0, 'SIGKILL');
    await eventually(async () => ((await findStack(folder)) === null ? true : null));
    const { told } = await startOwner('lasting', folder);
    expect(told.addresses).toEqual(one.told.addresses);
    expect(one.told.pids.filter(({ pid }) => isRunning(pid))).toEqual([]);
    expect(await query(databaseUrl, 'select value from kept')).toEqual([{ value: 7 }]);

    expect(await stopStack(folder, () => undefined)).toBe(true);
    expect(told.pids.filter(({ pid }) => isRunning(pid))).toEqual([]);
    expect(await stopStack(folder, () => undefined)).toBe(false);
  });
});

describe('doctor', () => {
  it('names what is missing and what to do', async () => {
    const processes = [SLEEPER, { name: 'control', argv: ['/no/such/program'] }];
    const stack = await startTestStack({ env, processes });
    const deps = { env, schemaStatus: async () => ({ applied: 0, known: 1 }) };
    try {
      const checks = await checkStack(stack.addresses, deps);
      expect(checks.filter(({ ok }) => !ok).map(({ name }) => name)).toEqual([
        'workers on victor-control',
        'workers on victor-executions',
        'local workers',
        'migrations',
      ]);
      const local = checks.find(({ name }) => name === 'local workers');
      expect(local).toMatchObject({
        detail: 'control does not run',
        fix: expect.stringMatching(/control\.log/) as string,
      });
    } finally {
      await stack.stop();
    }
    const checks = await checkStack(stack.addresses, deps);
    const bad = checks.filter(({ ok }) => !ok);
    expect(bad.map(({ name }) => name)).toEqual(['Temporal server', 'Postgres', 'migrations']);
    expect(checks.every(({ ok, fix }) => (fix === null) === ok)).toBe(true);
  });
});
