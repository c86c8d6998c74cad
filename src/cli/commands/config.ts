import type { Command } from 'commander';
import { findStack } from '../../local/find-stack.ts';
import { renderSettings } from '../../report/settings.ts';
import type { ShownSetting } from '../../report/settings.ts';
import { maskPassword } from '../../settings/catalogue.ts';
import type { SettingRule } from '../../settings/catalogue.ts';
import type { Setting } from '../../settings/resolve.ts';
import type { CliContext } from '../context.ts';
import { print } from '../output.ts';
import { contextOf, newCommand } from '../program.ts';
import type { Invocation } from '../program.ts';

export function configCommand({ signal }: Invocation): Command {
  const command = newCommand('config', 'every setting, its value, and where the value comes from');
  return command.action(async () => {
    const context = contextOf(command, signal);
    const shown = await settingsOf(context, command);
    const document = { configFile: context.configPath, stateDir: context.stateDir, settings: shown };
    print(context, document, (render) => renderSettings(document, render));
  });
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
      note: rule.note ?? null,
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
