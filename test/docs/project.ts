import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/package-root.ts';

/** What `npm install victor-experiments` of the published package would leave in a project. */
export function installPackage(project: string, commands: Readonly<Record<string, string>> = {}): void {
  const bin = join(project, 'node_modules', '.bin');
  mkdirSync(bin, { recursive: true });
  const root = packageRoot();
  for (const [name, target] of [
    ['victor-experiments', root],
    ['@temporalio', join(root, 'node_modules', '@temporalio')],
  ] as const) {
    symlinkSync(target, join(project, 'node_modules', name));
  }
  const node = (path: string): string => `node ${join(root, path)}`;
  const all = {
    victor: node('dist/src/cli/main.js'),
    jiti: node('node_modules/jiti/lib/jiti-cli.mjs'),
    ...commands,
  };
  for (const [name, command] of Object.entries(all)) {
    writeFileSync(join(bin, name), `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 });
  }
}

/** An environment that names no servers. */
export function withoutServers(): NodeJS.ProcessEnv {
  const names = ['DATABASE_URL', 'TEMPORAL_ADDRESS', 'TEMPORAL_NAMESPACE', 'VICTOR_TASK_QUEUE_PREFIX'];
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !names.includes(name)));
}
