import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';

type Plane = 'control' | 'data';

/** How long the log of each worker was at some moment, in bytes. */
export type LogMarks = Readonly<Record<Plane, number>>;

const MOST_READ = 64_000;
const MOST_SHOWN = 300;

const logOf = (stateDir: string, plane: Plane): string => join(stateDir, `${plane}.log`);

function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch {
    // there is none yet
    return 0;
  }
}

export const markLogs = (stateDir: string): LogMarks => ({
  control: sizeOf(logOf(stateDir, 'control')),
  data: sizeOf(logOf(stateDir, 'data')),
});

/** The last error that a worker has written since the mark: most often it names the fault. Empty when there is none. */
export function lastWords(stateDir: string, plane: Plane, since: LogMarks): string {
  const path = logOf(stateDir, plane);
  const size = sizeOf(path);
  // a log that is shorter than it was has been begun anew
  const from = Math.max(since[plane] > size ? 0 : since[plane], size - MOST_READ);
  const lines = readFrom(path, from, size - from)
    .split('\n')
    .filter((line) => line.trim() !== '');
  const last = lines.map(errorOf).findLast((line) => line !== null) ?? lines.at(-1);
  return last === undefined ? '' : ` (${plane}: ${last.slice(0, MOST_SHOWN)})`;
}

function readFrom(path: string, from: number, bytes: number): string {
  if (bytes <= 0) return '';
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(bytes);
    return buffer.toString('utf8', 0, readSync(file, buffer, 0, bytes, from));
  } finally {
    closeSync(file);
  }
}

const ERROR_LEVEL = 50;

/** The text of a line that tells of an error, in our own words or in those of the logger. */
function errorOf(line: string): string | null {
  if (line.startsWith('error: ')) return line.slice('error: '.length);
  try {
    const { level, msg } = JSON.parse(line) as { readonly level?: unknown; readonly msg?: unknown };
    return typeof level === 'number' && level >= ERROR_LEVEL && typeof msg === 'string' ? msg : null;
  } catch {
    return null;
  }
}
