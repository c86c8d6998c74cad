import type { Command } from 'commander';
import { experimentJsonSchema } from '../../experiment-file/json-schema.ts';
import { newCommand } from '../program.ts';

export function schemaCommand(): Command {
  const command = newCommand('schema', 'print the JSON Schema of experiment files, for editors');
  return command.action(() => {
    process.stdout.write(`${JSON.stringify(experimentJsonSchema(), null, 2)}\n`);
  });
}
