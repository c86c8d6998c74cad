import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findStack, stopStack } from '../../src/local/find-stack.ts';
import { withLock } from '../../src/local/lock-file.ts';
import {
  endProcess,
  identityOf,
  isAlive,
  ownIdentity,
  signalIfSame,
} from '../../src/local/process-identity.ts';
import type { ProcessIdentity } from '../../src/local/process-identity.ts';
import { writeState } from '../../src/local/stack-state.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'victor-state-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A living process under a start time that is not its own: what a reused pid looks like. */
async function withStranger(work: (stranger: ProcessIdentity) => Promise<void>): Promise<void> {
  const child = spawn('sleep', ['60']);
  await once(child, 'spawn');
  const real = identityOf(child.pid ?? 0);
  if (real === null) throw new Error('the process is not there');
  try {
    await work({ pid: real.pid, startedAt: `${real.startedAt}0` });
    expect(isAlive(real)).toBe(true);
    expect(child.signalCode).toBeNull();
  } finally {
    await endProcess(real, 'SIGKILL', 1000);
  }
  expect(isAlive(real)).toBe(false);
}

describe('process identity', () => {
  it('never signals a process that has another start time', () =>
    withStranger(async (stranger) => {
      expect(isAlive(stranger)).toBe(false);
      expect(signalIfSame(stranger, 'SIGKILL')).toBe(false);
      await endProcess(stranger, 'SIGKILL', 100);
    }));

  it('takes the state of a dead stack for what it is', () =>
    withStranger(async (stranger) => {
      const addresses = {
        databaseUrl: 'postgres://127.0.0.1/none',
        temporalAddress: '127.0.0.1:1',
        temporalNamespace: 'default',
        webUiUrl: null,
        stateDir: folder,
      };
      writeState(folder, {
        phase: 'running',
        ephemeral: false,
        supervisor: stranger,
        processes: [{ name: 'postgres', ...stranger }],
        ports: {},
        addresses,
      });
      expect(await findStack(folder)).toBeNull();
      expect(await stopStack(folder, () => undefined)).toBe(false);
    }));

  it('takes a state file that is not one for no state', async () => {
    writeFileSync(join(folder, 'stack.json'), '{"phase": "run');
    expect(await findStack(folder)).toBeNull();
    expect(await stopStack(folder, () => undefined)).toBe(false);
  });
});

describe('lock file', () => {
  const options = { timeoutMs: 5000, onWait: () => undefined };

  it('lets one work at a time', async () => {
    let inside = 0;
    const work = async (): Promise<void> => {
      inside += 1;
      expect(inside).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 30));
      inside -= 1;
    };
    await Promise.all([1, 2, 3].map(() => withLock(join(folder, 'lock'), options, work)));
  });

  it('is taken over from a holder that is dead, by one of several', async () => {
    writeFileSync(join(folder, 'lock'), JSON.stringify({ ...ownIdentity(), startedAt: 'long ago' }));
    let most = 0;
    let inside = 0;
    const work = async (): Promise<void> => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setTimeout(resolve, 30));
      inside -= 1;
    };
    await Promise.all([1, 2, 3].map(() => withLock(join(folder, 'lock'), options, work)));
    expect(most).toBe(1);
  });
});
