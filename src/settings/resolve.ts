import { invalidInput } from '../errors.ts';
import { SETTINGS } from './catalogue.ts';
import type { SettingKey, SettingRule } from './catalogue.ts';

/** Where a value comes from; the first of these that gives one wins. */
export type Origin = 'environment' | 'file' | 'default';

export interface Setting {
  readonly rule: SettingRule;
  /** Null: nobody sets it, and it has no default. */
  readonly value: string | null;
  readonly origin: Origin;
}

export type Settings = Readonly<Record<SettingKey, Setting>>;

/** Every setting with its origin: environment > file > default. Throws InvalidInput that names every bad variable. */
export function resolveSettings(env: NodeJS.ProcessEnv, file: ReadonlyMap<string, string>): Settings {
  const problems: string[] = [];
  const entries = SETTINGS.map((rule: SettingRule): readonly [string, Setting] => {
    const fromEnv = env[rule.env];
    const fromFile = file.get(rule.key);
    // an empty variable is one that a script has unset
    if (fromEnv !== undefined && fromEnv !== '') {
      const must = rule.refuse(fromEnv);
      const shown = rule.mask === undefined ? JSON.stringify(fromEnv) : '***';
      if (must !== null) problems.push(`${rule.env} is ${shown}, must be ${must}`);
      return [rule.key, { rule, value: fromEnv, origin: 'environment' }];
    }
    if (fromFile !== undefined) return [rule.key, { rule, value: fromFile, origin: 'file' }];
    return [rule.key, { rule, value: rule.byDefault, origin: 'default' }];
  });
  if (problems.length > 0) throw invalidInput(problems.join('\n'));
  return Object.fromEntries(entries) as Settings;
}

/** The environment with what the file sets, so that this program, its workers and Temporal's own settings agree. */
export function withFileSettings(env: NodeJS.ProcessEnv, settings: Settings): NodeJS.ProcessEnv {
  const added = Object.values(settings)
    .filter(({ origin }) => origin === 'file')
    .map(({ rule, value }) => [rule.env, value ?? '']);
  return { ...env, ...(Object.fromEntries(added) as Record<string, string>) };
}
