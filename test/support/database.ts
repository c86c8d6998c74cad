import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';

export const TEMPLATE = 'victor_template';

/** The same server with another database; null: the one it names already. */
export function databaseAt(url: string, name: string | null): string {
  if (name === null) return url;
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.toString();
}

export async function createDatabase(
  serverUrl: string,
  name: string,
  template: string | null,
): Promise<string> {
  await onServer(serverUrl, `create database ${name}${template === null ? '' : ` template ${template}`}`);
  return databaseAt(serverUrl, name);
}

export interface TestDatabase {
  readonly url: string;
  readonly drop: () => Promise<void>;
}

/** A migrated database of a test file's own. */
export async function cloneDatabase(): Promise<TestDatabase> {
  const server = inject('stack').databaseUrl;
  const name = `victor_test_${randomBytes(5).toString('hex')}`;
  const url = await createDatabase(server, name, TEMPLATE);
  return { url, drop: () => onServer(server, `drop database ${name} with (force)`) };
}

/** Template clones exclude each other on one server, so a busy one is asked again. */
async function onServer(serverUrl: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  try {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await client.query(statement);
        return;
      } catch (error) {
        const busy = error instanceof Error && 'code' in error && error.code === '55006';
        if (!busy || attempt > 50) throw error;
        await new Promise((done) => setTimeout(done, 50 + Math.random() * 100));
      }
    }
  } finally {
    await client.end();
  }
}
