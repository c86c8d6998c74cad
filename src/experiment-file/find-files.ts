import { promises as files, realpath, stat } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { glob } from 'tinyglobby';
import type { FileSystemAdapter } from 'tinyglobby';

interface FoundFiles {
  /** Absolute, sorted. */
  readonly paths: readonly string[];
  /** Links that were not followed: to a folder, to nothing, or to a file that is neither beside nor below. */
  readonly skippedLinks: readonly string[];
}

/** Files that match a pattern. Links are followed only to files in the folder, or in the one that the pattern names. */
export async function findFiles(pattern: string, folder: string): Promise<FoundFiles> {
  const allowed = await Promise.all(
    [folder, fixedPart(pattern, folder)].map((path) => files.realpath(path).catch(() => path)),
  );
  const skippedLinks: string[] = [];
  const found = await glob(pattern, {
    cwd: folder,
    absolute: true,
    expandDirectories: false,
    fs: linkGuard(allowed, (link) => skippedLinks.push(link)),
  });
  const paths = await Promise.all(
    found.map(async (path) => ((await files.stat(path)).isFile() ? [resolve(path)] : [])),
  );
  return { paths: paths.flat().toSorted(byCodeUnits), skippedLinks: skippedLinks.toSorted(byCodeUnits) };
}

const byCodeUnits = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The folder that the pattern names outright, before its first special character. */
function fixedPart(pattern: string, folder: string): string {
  const parts = pattern.split('/').slice(0, -1);
  const special = parts.findIndex((part) => /[*?[\]{}()!+@\\]/.test(part));
  return resolve(folder, join(...(special < 0 ? parts : parts.slice(0, special)), '.'));
}

/** The search resolves each link by `realpath`; an error there leaves the link out. */
function linkGuard(allowed: readonly string[], onSkip: (link: string) => void): FileSystemAdapter {
  const guarded = (link: string, done: (error: Error | null, target: string) => void): void =>
    realpath(link, (error, target) => {
      const skip = (): void => {
        onSkip(link);
        done(error ?? new Error(`${link} is not followed`), '');
      };
      if (error !== null || !allowed.some((root) => isInside(target, root))) return skip();
      stat(target, (failed, stats) => (failed === null && stats.isFile() ? done(null, target) : skip()));
    });
  // the search calls only this one of realpath's overloads
  return { realpath: guarded as unknown as typeof realpath };
}

const isInside = (path: string, root: string): boolean =>
  path.startsWith(root.endsWith(sep) ? root : root + sep);
