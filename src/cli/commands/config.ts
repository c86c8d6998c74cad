import type { Command } from 'commander';
import { findStack } from '../../local/find-stack.ts';
import { renderSettings } from '../../report/settings.ts';
import type { ShownSetting } from '../../report/settings.ts';
import { maskPassword } from '../../settings/catalogue.ts';
import type { SettingRule } from '../../settings/catalogue.ts';
import type { Setting } from '../../settings/resolve.ts';
import { findAddresses, taskQueuePrefix } from '../context.ts';
import type { CliContext } from '../context.ts';
import { print } from '../output.ts';
import { contextOf, newCommand } from '../program.ts';
import type { Invocation } from '../program.ts';

export function configCommand({ signal }: Invocation): Command {
  const command = newCommand('config', 'every setting, its value, and where the value comes from').option(
    '--export',
    'only what programs need to find the servers, as NAME=VALUE lines, passwords included',
  );
  return command.action(async (options: { readonly export?: boolean }) => {
    const context = contextOf(command, signal);
    if (options.export === true) {
      const servers = await serverVariables(context);
      print(context, servers, () =>
        Object.entries(servers)
          .map(([name, value]) => `${name}=${value}`)
          .join('\n'),
      );
      return;
    }
    const shown = await settingsOf(context, command);
    const document = { configFile: context.configPath, stateDir: context.stateDir, settings: shown };
    print(context, document, (render) => renderSettings(document, render));
  });
}

/** For `export $(victor config --export)`. */
async function serverVariables(context: CliContext): Promise<Readonly<Record<string, string>>> {
  const found = await findAddresses(context);
  return {
    DATABASE_URL: found.databaseUrl,
    TEMPORAL_ADDRESS: found.temporalAddress,
    TEMPORAL_NAMESPACE: found.temporalNamespace,
    VICTOR_TASK_QUEUE_PREFIX: taskQueuePrefix(context.env),
  };
}

/** What nobody sets is taken from the stack that runs in the state directory. */
async function settingsOf(context: CliContext, command: Command): Promise<readonly ShownSetting[]> {
  const stack = await findStack(context.stateDir);
  const { configPath } = context;
  const named = command.optsWithGlobals<{ config?: string }>().config !== undefined;
  const fromStack: Readonly<Record<string, string>> =
    stack === null
      ? {}
      : { databaseUrl: maskPassword(stack.databaseUrl), temporalAddress: stack.temporalAddress };
  return Object.entries(context.settings).map(([key, setting]: [string, Setting]) => {
    const rule: SettingRule = setting.rule;
    const value =
      setting.value !== null && rule.mask !== undefined ? rule.mask(setting.value) : setting.value;
    const given = value ?? fromStack[key] ?? null;
    const origin = value === null && given !== null ? 'stack' : setting.origin;
    return {
      name: key,
      environment: rule.env,
      value: given,
      origin,
      source: sourceOf(origin, rule, `${configPath ?? ''}${named ? ' (--config)' : ''}`, context.stateDir),
      description: rule.description,
    };
  });
}

function sourceOf(origin: ShownSetting['origin'], rule: SettingRule, file: string, stateDir: string): string {
  switch (origin) {
    case 'environment':
      return rule.env;
    case 'file':
      return file;
    case 'stack':
      return `the stack in ${stateDir}`;
    case 'default':
      return 'default';
  }
}
