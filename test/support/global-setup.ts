import type { TestProject } from 'vitest/node';
import { migrate } from '../../src/db/migrate.ts';
import { createPool } from '../../src/db/pool.ts';
import type { StackAddresses } from '../../src/local/stack-types.ts';
import { createDatabase, databaseAt, TEMPLATE } from './database.ts';
import { startTestStack } from './stack.ts';

declare module 'vitest' {
  interface ProvidedContext {
    readonly stack: StackAddresses;
  }
}

/** One Temporal and one Postgres for all test files, with a migrated template database; gone when the tests are. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const stack = await startTestStack();
  const template = await createDatabase(stack.addresses.databaseUrl, TEMPLATE, null);
  const pool = createPool(template, { plane: 'control', max: 1 });
  await migrate(pool);
  await pool.end();
  project.provide('stack', {
    ...stack.addresses,
    databaseUrl: databaseAt(stack.addresses.databaseUrl, null),
  });
  return stack.stop;
}
