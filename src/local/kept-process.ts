import { spawn } from 'node:child_process';
import { closeSync, openSync, renameSync, statSync } from 'node:fs';
import { endProcess, identityOf } from './process-identity.ts';
import type { ProcessIdentity } from './process-identity.ts';
import type { PostgresUser } from './postgres-user.ts';

export interface KeptCommand {
  readonly name: string;
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly user?: PostgresUser | null;
  readonly logFile: string;
  readonly stop: { readonly signal: NodeJS.Signals; readonly graceMs: number };
  /** False: its death is final and `onDeath` decides what follows. */
  readonly restart: boolean;
  readonly beforeStart?: () => void;
}

export interface KeptProcess {
  readonly name: string;
  readonly identity: () => ProcessIdentity | null;
  /** Resolves when the process has ended for the first time. */
  readonly firstEnd: Promise<string>;
  readonly stop: () => Promise<void>;
}

const BACKOFF_MS = { first: 200, most: 5000 };
/** A process that lived this long was healthy: its next restart is quick again. */
const HEALTHY_MS = 10_000;
const LOG_LIMIT = 20_000_000;

function openLog(path: string): number {
  try {
    if (statSync(path).size > LOG_LIMIT) renameSync(path, `${path}.1`);
  } catch {
    // there is none yet
  }
  return openSync(path, 'a', 0o600);
}

/** Starts a process and starts it again whenever it ends. `onChange` is called after each start and end. */
export function keepRunning(
  command: KeptCommand,
  onChange: () => void,
  onDeath: (how: string) => void,
): KeptProcess {
  let current: ProcessIdentity | null = null;
  let ending = false;
  let delay = BACKOFF_MS.first;
  let timer: NodeJS.Timeout | undefined;
  let reportFirstEnd: (how: string) => void = () => undefined;
  const firstEnd = new Promise<string>((resolve) => {
    reportFirstEnd = resolve;
  });

  const ended = (how: string, livedMs: number): void => {
    current = null;
    reportFirstEnd(how);
    if (ending) return;
    onDeath(how);
    onChange();
    if (!command.restart) return;
    if (livedMs > HEALTHY_MS) delay = BACKOFF_MS.first;
    timer = setTimeout(start, delay);
    delay = Math.min(delay * 2, BACKOFF_MS.most);
  };

  const start = (): void => {
    command.beforeStart?.();
    const [file = '', ...args] = command.argv;
    const log = openLog(command.logFile);
    const startedAt = Date.now();
    const child = spawn(file, args, {
      ...command.user,
      ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
      env: command.env,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    child.once('error', (error) => {
      if (child.pid === undefined) ended(error.message, 0);
    });
    child.once('exit', (code, signal) => {
      ended(signal === null ? `exit code ${code}` : `signal ${signal}`, Date.now() - startedAt);
    });
    current = child.pid === undefined ? null : identityOf(child.pid);
    onChange();
  };

  start();
  return {
    name: command.name,
    identity: () => current,
    firstEnd,
    stop: async () => {
      ending = true;
      clearTimeout(timer);
      if (current !== null) await endProcess(current, command.stop.signal, command.stop.graceMs);
    },
  };
}
