import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { parseSource } from './syntax.ts';

const ENDINGS = ['', '.ts', '.mts', '.cts', '.js', '.mjs', '.cjs', '.json', '/index.ts', '/index.js'];

/**
 * What a config file and the files that it imports by relative paths hold, as one hash: equal on every machine, and another
 * one after each edit. Packages are left out: `npm ci` decides about them. Null: no config file.
 */
export function configHash(path: string | null): string | null {
  if (path === null || !existsSync(path)) return null;
  const folder = dirname(resolve(path));
  const contents = new Map<string, string>();
  const visit = (file: string): void => {
    if (contents.has(file)) return;
    const text = readFileSync(file, 'utf8');
    contents.set(file, text);
    for (const target of importsOf(file, text)) visit(target);
  };
  visit(resolve(path));
  const hash = createHash('sha256');
  for (const [file, text] of [...contents].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${relative(folder, file)}\0${text}\0`);
  }
  return hash.digest('hex');
}

function importsOf(file: string, text: string): readonly string[] {
  if (file.endsWith('.json')) return [];
  let imports: readonly string[] = [];
  try {
    ({ imports } = parseSource(file, text));
  } catch {
    // a file that cannot be parsed still has a content; who loads it hears of its fault
  }
  return imports
    .filter((specifier) => specifier.startsWith('.'))
    .flatMap((specifier) => resolveFile(join(dirname(file), specifier)) ?? []);
}

function resolveFile(path: string): string | null {
  // a TypeScript file may be imported by the name of what it compiles to
  const candidates = [...ENDINGS.map((ending) => path + ending), path.replace(/\.([mc]?)js$/, '.$1ts')];
  return candidates.find((candidate) => existsSync(candidate) && statSync(candidate).isFile()) ?? null;
}
