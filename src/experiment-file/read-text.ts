import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Stats } from 'node:fs';

/** The text of a file, or why there is none, as the end of a sentence that begins with the file's name. */
export type TextFile = { readonly text: string } | { readonly problem: string };

export async function readTextFile(path: string, mostBytes: number): Promise<TextFile> {
  try {
    const problem = refusal(await stat(path), mostBytes);
    return problem === null ? decode(await readAtMost(path, mostBytes), mostBytes) : { problem };
  } catch (error) {
    return { problem: describeReadError(error) };
  }
}

function refusal(stats: Stats, mostBytes: number): string | null {
  if (stats.isDirectory()) return 'is a directory, must be a file';
  if (!stats.isFile() && !stats.isFIFO()) return 'is not a regular file';
  return stats.size > mostBytes ? tooLarge(mostBytes) : null;
}

const tooLarge = (mostBytes: number): string => `is larger than ${mostBytes / 1024 / 1024} MB`;

/** One byte more than is allowed, so that a pipe or a growing file is noticed. */
async function readAtMost(path: string, mostBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of createReadStream(path, { end: mostBytes })) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function decode(bytes: Buffer, mostBytes: number): TextFile {
  if (bytes.length > mostBytes) return { problem: tooLarge(mostBytes) };
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return { problem: 'is not UTF-8 text' };
  }
}

export function describeReadError(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'does not exist';
    case 'EACCES':
    case 'EPERM':
      return 'cannot be read: permission denied';
    case 'ERR_INVALID_ARG_VALUE':
      return 'is not a path';
    default:
      return `cannot be read: ${message}`;
  }
}
