import { existsSync, readFileSync } from 'node:fs';
import { formatProblem } from '../errors.ts';
import { SyntaxProblem, parseSource } from '../settings/syntax.ts';

interface Place {
  readonly path: string;
  readonly line: number;
  readonly column: number;
}

/** What is wrong with a config file that cannot be loaded: `path:line:column: message`, one line. */
export function describeFault(path: string, error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const fault = syntaxFault(message) ?? missingModule(message, error) ?? thrown(message, error);
  const { place, text } = fault ?? { place: null, text: message };
  const problem = { line: place?.line ?? null, column: place?.column ?? null, pointer: '' };
  return formatProblem({ ...problem, path: place?.path ?? path, message: text.split('\n', 1)[0] ?? '' });
}

interface Fault {
  readonly place: Place;
  readonly text: string;
}

function placeAt(path: string, text: string, offset: number): Place {
  const before = text.slice(0, offset).split('\n');
  return { path, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** The loader says `ParseError: <what>\n <path>:<line>:<column>`; our own parser says it better. */
function syntaxFault(message: string): Fault | null {
  const match = /^ParseError: ([\s\S]*?)\s*\n\s*(\S.*):(\d+):(\d+)/.exec(message);
  if (match === null) return null;
  const [, what = '', path = '', line, column] = match;
  try {
    const text = readFileSync(path, 'utf8');
    try {
      parseSource(path, text);
    } catch (error) {
      if (error instanceof SyntaxProblem)
        return { place: placeAt(path, text, error.offset), text: error.message };
    }
  } catch {
    // it has gone in between: the loader's words will do
  }
  return { place: { path, line: Number(line), column: Number(column) + 1 }, text: what };
}

function missingModule(message: string, error: unknown): Fault | null {
  const [, specifier] = /^Cannot find (?:module|package) '([^']+)'/.exec(message) ?? [];
  if (specifier === undefined || !(error instanceof Error) || !('requireStack' in error)) return null;
  const [importer] = error.requireStack as readonly unknown[];
  if (typeof importer !== 'string' || !existsSync(importer)) return null;
  const text = readFileSync(importer, 'utf8');
  const offset = text.search(new RegExp(`['"]${specifier.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}['"]`));
  return { place: placeAt(importer, text, Math.max(offset, 0)), text: `cannot find module '${specifier}'` };
}

/** The first line of the user's own that the error went through. */
function thrown(message: string, error: unknown): Fault | null {
  if (!(error instanceof Error)) return null;
  for (const line of (error.stack ?? '').split('\n')) {
    const [, path, row, column] =
      /^\s+at (?:.*\()?(?:file:\/\/)?(\/[^()]*|[A-Za-z]:\\[^()]*):(\d+):(\d+)\)?$/.exec(line) ?? [];
    if (path === undefined || path.includes('/node_modules/')) continue;
    if (!existsSync(path)) continue;
    const text = `${error.name === 'Error' ? '' : `${error.name}: `}${message}`;
    return { place: { path, line: Number(row), column: Number(column) }, text };
  }
  return null;
}
