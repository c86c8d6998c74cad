import type { Command } from 'commander';
import { stopStack } from '../../local/find-stack.ts';
import { print, say } from '../output.ts';
import { plainContextOf, newCommand } from '../program.ts';
import type { Invocation } from '../program.ts';

export function downCommand({ signal }: Invocation): Command {
  const command = newCommand('down', 'stop the local stack; its data stays');
  return command.action(async () => {
    const context = plainContextOf(command, signal);
    const stopped = await stopStack(context.stateDir, (message) => say(context, message));
    print(context, { stopped }, () => (stopped ? 'stopped' : `nothing runs in ${context.stateDir}`));
  });
}
