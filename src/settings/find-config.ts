import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { invalidInput } from '../errors.ts';

const EXTENSIONS = ['ts', 'mts', 'js', 'mjs', 'cjs'];

/** The config file of a folder; null: there is none. */
export function findConfigFile(folder: string): string | null {
  const found = EXTENSIONS.map((extension) => join(folder, `victor.config.${extension}`)).find(existsSync);
  return found === undefined ? null : resolve(found);
}

/** The config file that is named, which must exist, or that of the folder, if there is one. Throws InvalidInput. */
export function chooseConfigFile(folder: string, named: string | undefined): string | null {
  if (named === undefined) return findConfigFile(folder);
  if (!existsSync(named)) throw invalidInput(`the config file ${resolve(named)} does not exist`);
  return resolve(named);
}
