/**
 * A process of its own that keeps one stack running: `node supervisor.js <state directory>`, the rest in
 * `supervisor.json` there. What it writes goes to `supervisor.log`.
 */
import { existsSync } from 'node:fs';
import { readConfig } from './supervisor-config.ts';
import type { SupervisorMessage } from './supervisor-config.ts';
import { SupervisedStack } from './supervised-stack.ts';

const [, , stateDir = ''] = process.argv;
const config = readConfig(stateDir);

function tell(message: SupervisorMessage): void {
  if (process.connected) process.send?.(message, undefined, {}, () => undefined);
}

function say(message: string): void {
  console.error(`${new Date().toISOString()} ${message}`);
  tell({ kind: 'say', message });
}

let finishing: Promise<void> | null = null;

function finish(exitCode: number, why: string): void {
  if (finishing !== null) return;
  console.error(`${new Date().toISOString()} ending: ${why}`);
  finishing = stack
    .end()
    .catch((error: unknown) => console.error(error))
    .finally(() => process.exit(exitCode));
}

function fail(message: string): void {
  tell({ kind: 'failed', message });
  finish(1, message);
}

const stack = new SupervisedStack(stateDir, config, process.env, { say, onLost: fail });

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => finish(0, signal));
process.on('SIGHUP', () => undefined);
process.on('uncaughtException', (error) => {
  console.error(error);
  fail(error.message);
});

let ready = false;
if (config.ephemeral) {
  // the owner holds the other end of this pipe: however it dies, the system closes it
  process.stdin.on('end', () => finish(0, 'the owner has closed its pipe'));
  process.stdin.on('error', () => finish(0, 'the owner has ended'));
  process.stdin.resume();
}
// a starter that dies half-way leaves nobody who would know of this stack
process.on('disconnect', () => {
  if (!ready) finish(1, 'the starter has ended');
});
// and a stack whose state directory is gone can be found by nobody; this also keeps the supervisor of servers that are
// not ours, and of no processes, alive
setInterval(() => {
  if (!existsSync(stateDir)) finish(1, 'the state directory is gone');
}, 2000);

stack.start().then(
  (addresses) => {
    ready = true;
    tell({ kind: 'ready', addresses });
  },
  (error: unknown) => fail(error instanceof Error ? error.message : String(error)),
);
