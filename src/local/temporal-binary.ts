import { accessSync, constants, statSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { unavailable } from '../errors.ts';
import { cacheDir } from './cache-dir.ts';
import { withLock } from './lock-file.ts';
import { runCommand } from './run-command.ts';
import { temporalSources } from './temporal-sources.ts';
import type { BinarySource } from './temporal-sources.ts';

const WORK_PREFIX = 'obtaining-';

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

const cachedPath = (env: NodeJS.ProcessEnv, version: string): string =>
  join(cacheDir(env), `temporal-${version}`);

/** The program on PATH, else one obtained before. */
export function findTemporalBinary(
  env: NodeJS.ProcessEnv,
  sources: readonly BinarySource[] = temporalSources,
): string | null {
  const onPath = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return (
    onPath.map((folder) => join(folder, 'temporal')).find(isProgram) ??
    sources.map((source) => cachedPath(env, source.version)).find(isProgram) ??
    null
  );
}

/** What `temporal --version` says; null when the program does not run. */
export async function temporalVersion(binary: string): Promise<string | null> {
  const { code, output } = await runCommand([binary, '--version'], { timeoutMs: 20_000 });
  return code === 0 && output.startsWith('temporal version ') ? output : null;
}

/** What a process that was killed half-way has left: only the holder of the lock may be at it. */
async function removeAbandoned(env: NodeJS.ProcessEnv): Promise<void> {
  for (const name of await readdir(cacheDir(env))) {
    if (name.startsWith(WORK_PREFIX)) await rm(join(cacheDir(env), name), { recursive: true, force: true });
  }
}

/** Fetches into a folder of its own, makes sure that it runs, and only then gives it its name in the cache. */
async function install(source: BinarySource, env: NodeJS.ProcessEnv): Promise<string> {
  const folder = await mkdtemp(join(cacheDir(env), WORK_PREFIX));
  try {
    const fetched = await source.fetch(folder, env);
    await chmod(fetched, 0o755);
    const version = await temporalVersion(fetched);
    if (version === null || !source.expects.test(version)) {
      throw unavailable(`what was obtained is not the program (${version ?? 'it does not run'}); refused`);
    }
    const path = cachedPath(env, source.version);
    await rename(fetched, path);
    return path;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function obtain(
  env: NodeJS.ProcessEnv,
  say: (message: string) => void,
  sources: readonly BinarySource[],
): Promise<string> {
  await removeAbandoned(env);
  const failures: string[] = [];
  for (const source of sources) {
    say(`Temporal is not installed; trying ${source.name}`);
    try {
      const path = await install(source, env);
      say(`Temporal ${source.version} is now in ${path}`);
      return path;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      say(`that failed: ${reason}`);
      failures.push(`  ${source.name}: ${reason}`);
    }
  }
  throw unavailable(
    [
      'the Temporal server program could not be obtained:',
      ...failures,
      'Do one of these:',
      '  set TEMPORAL_ADDRESS to a running Temporal server, for example 127.0.0.1:7233',
      '  put the `temporal` command line program on PATH',
      `  put it at ${cachedPath(env, sources[0]?.version ?? '')} and make it executable`,
    ].join('\n'),
  );
}

/** Two processes that need it at once: one obtains it, the other waits and finds it. */
export async function ensureTemporalBinary(
  env: NodeJS.ProcessEnv,
  say: (message: string) => void,
  sources: readonly BinarySource[] = temporalSources,
): Promise<string> {
  const found = findTemporalBinary(env, sources);
  if (found !== null) return found;
  await mkdir(cacheDir(env), { recursive: true });
  return withLock(
    join(cacheDir(env), 'obtain.lock'),
    { timeoutMs: 1_200_000, onWait: (pid) => say(`waiting for process ${pid}, which is obtaining Temporal`) },
    async () => findTemporalBinary(env, sources) ?? (await obtain(env, say, sources)),
  );
}
