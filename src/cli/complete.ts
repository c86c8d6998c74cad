import { dirname } from 'node:path';
import { experimentIdsAndNames } from '../db/experiment-names.ts';
import { createPool } from '../db/pool.ts';
import { findStack } from '../local/find-stack.ts';
import { readFileSettings } from '../settings/file-settings.ts';
import { findConfigFile } from '../settings/find-config.ts';
import { stateDirOf } from './state-dir.ts';

const LIMIT_MS = 1500;

/**
 * What the completion scripts ask while somebody types: ids and names that begin with a text, one a line. Answers at once
 * or not at all, and never with an error.
 */
export async function complete(args: readonly string[]): Promise<void> {
  const [what, prefix = ''] = args;
  if (what !== 'experiments') return;
  setTimeout(() => process.exit(0), LIMIT_MS).unref();
  try {
    const databaseUrl = await findDatabase();
    if (databaseUrl === null) return;
    const pool = createPool(databaseUrl, { plane: 'client', max: 1 });
    const found = await experimentIdsAndNames(pool, prefix);
    process.stdout.write(found.map((text) => `${text}\n`).join(''));
    await pool.end();
  } catch {
    // somebody is typing: no answer is better than an error in their line
  }
}

async function findDatabase(): Promise<string | null> {
  const stateDir = stateDirOf(undefined);
  const named = process.env['DATABASE_URL'];
  if (named !== undefined && named !== '') return named;
  const config = findConfigFile(dirname(stateDir));
  const fromFile = config === null ? undefined : readFileSettings(config).get('databaseUrl');
  return fromFile ?? (await findStack(stateDir))?.databaseUrl ?? null;
}
