import { Argument } from 'commander';
import type { Command } from 'commander';
import { bashScript } from '../completion/bash.ts';
import { fishScript } from '../completion/fish.ts';
import { completedCommands } from '../completion/tree.ts';
import type { CompletedCommand } from '../completion/tree.ts';
import { zshScript } from '../completion/zsh.ts';
import { newCommand } from '../program.ts';

const SCRIPTS: Readonly<Record<string, (commands: readonly CompletedCommand[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

export function completionCommand(): Command {
  const command = newCommand(
    'completion',
    'print a script that completes commands, options and experiments',
  ).addArgument(new Argument('<shell>', 'for which shell').choices(Object.keys(SCRIPTS)));
  return command.action((shell: string) => {
    const root = command.parent;
    const script = SCRIPTS[shell];
    if (root !== null && script !== undefined) process.stdout.write(script(completedCommands(root)));
  });
}
