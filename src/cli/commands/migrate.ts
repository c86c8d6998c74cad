import type { Command } from 'commander';
import { migrateDatabase } from '../../operations/migrate.ts';
import { findAddresses } from '../context.ts';
import { print, say } from '../output.ts';
import { contextOf, newCommand } from '../program.ts';
import type { Invocation } from '../program.ts';

export function migrateCommand({ signal }: Invocation): Command {
  const command = newCommand('migrate', 'bring the database schema up to date; running it again is harmless');
  return command.action(async () => {
    const context = contextOf(command, signal);
    const databaseUrl = context.env['DATABASE_URL'] || (await findAddresses(context)).databaseUrl;
    const applied = await migrateDatabase(databaseUrl, (message) => say(context, message));
    print(context, { applied }, () =>
      applied.length === 0 ? 'the schema is up to date' : `applied ${applied.join(', ')}`,
    );
  });
}
