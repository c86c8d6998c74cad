import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { unavailable } from '../errors.ts';
import { packageRoot } from '../package-root.ts';
import { lastLines } from './run-command.ts';
import type { StackAddresses, StackOptions } from './stack-types.ts';
import type { SupervisorMessage } from './supervisor-config.ts';

export interface LaunchedSupervisor {
  readonly addresses: StackAddresses;
  readonly child: ChildProcess;
  /** How it ended; what it said about the reason comes first. */
  readonly ended: Promise<string>;
}

/** Always the compiled file, also for a caller that runs from source. */
function supervisorFile(): string {
  const path = join(packageRoot(), 'dist', 'src', 'local', 'supervisor.js');
  if (!existsSync(path)) throw unavailable(`${path} is missing; run \`npm run build\``);
  return path;
}

function spawnSupervisor(stateDir: string, options: StackOptions): ChildProcess {
  const log = openSync(join(stateDir, 'supervisor.log'), 'a', 0o600);
  try {
    return spawn(process.execPath, [supervisorFile(), stateDir], {
      // a session of its own: Ctrl-C reaches the owner only, and the stack then ends in order
      detached: true,
      env: options.env,
      stdio: [options.ephemeral ? 'pipe' : 'ignore', log, log, 'ipc'],
    });
  } finally {
    closeSync(log);
  }
}

/** Nothing of the supervisor keeps the starter's process alive. */
function release(child: ChildProcess, ephemeral: boolean): void {
  child.unref();
  if (!ephemeral) {
    child.disconnect();
    return;
  }
  child.channel?.unref();
  const stdin = child.stdin;
  if (stdin !== null && 'unref' in stdin && typeof stdin.unref === 'function') stdin.unref();
}

export async function launchSupervisor(stateDir: string, options: StackOptions): Promise<LaunchedSupervisor> {
  const child = spawnSupervisor(stateDir, options);
  child.stdin?.on('error', () => undefined);
  let failure: string | null = null;
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => {
      resolve(failure ?? `the supervisor ended (${signal ?? `exit code ${code}`})`);
    });
  });
  const addresses = await new Promise<StackAddresses>((resolve, reject) => {
    child.on('message', (message: SupervisorMessage) => {
      if (message.kind === 'say') options.say(message.message);
      else if (message.kind === 'failed') failure = message.message;
      else resolve(message.addresses);
    });
    void ended.then((reason) => {
      const log = join(stateDir, 'supervisor.log');
      const lines =
        failure === null && existsSync(log) ? `\n${lastLines(readFileSync(log, 'utf8'), 10)}` : '';
      reject(unavailable(`the local stack does not start: ${reason}${lines}`));
    });
  });
  release(child, options.ephemeral);
  return { addresses, child, ended };
}
