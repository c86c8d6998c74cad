import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { identityOf } from '../../src/local/process-identity.ts';

/** Tries until the question has an answer. */
export async function eventually<T>(ask: () => Promise<T | null> | T | null, timeoutMs = 15_000): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const answer = await Promise.resolve()
      .then(ask)
      .catch(() => null);
    if (answer !== null) return answer;
    if (Date.now() > deadline) throw new Error('it did not happen in time');
    await sleep(30);
  }
}

export async function query(url: string, statement: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}

export const isRunning = (pid: number): boolean => identityOf(pid) !== null;
