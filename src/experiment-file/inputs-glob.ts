import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readFile, realpath, stat } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { glob } from 'tinyglobby';
import { sha256 } from '../model/hash.ts';
import type { DatasetItem } from '../model/spec.ts';
import type { Findings } from '../workflow-format/findings.ts';
import type { Spot } from '../workflow-format/spot.ts';
import { inlineItem, unitOf } from './dataset-item.ts';
import type { Report } from './dataset-item.ts';
import { describeReadError } from './read-text.ts';

/** Larger files stay on disk. */
export const MOST_INLINE_BYTES = 256 * 1024;

/** One input `{path, sha256, content}` a file, sorted by path. */
export async function readGlob(
  pattern: string,
  spot: Spot,
  unit: string,
  folder: string,
  findings: Findings,
): Promise<readonly DatasetItem[] | null> {
  const report: Report = (message) => findings.problem(spot, message);
  const paths = await matches(pattern, folder, report);
  if (paths === null) return null;
  const inside = await insideOnly(paths, await roots(pattern, folder), findings, spot);
  if (inside.length === 0) {
    report(`inputs.glob ${pattern} matches no file in ${folder}`);
    return null;
  }
  const dataset: DatasetItem[] = [];
  for (const absolutePath of inside) {
    const path = relative(folder, absolutePath).split(sep).join('/');
    try {
      dataset.push(await readFileItem(path, absolutePath, unit, (message) => report(`${path}: ${message}`)));
    } catch (error) {
      report(`the input file ${path} ${describeReadError(error)}`);
    }
  }
  return dataset;
}

async function matches(pattern: string, folder: string, report: Report): Promise<readonly string[] | null> {
  try {
    const found = await glob(pattern, {
      cwd: folder,
      absolute: true,
      expandDirectories: false,
      followSymbolicLinks: false,
    });
    return found.map((path) => resolve(path)).toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  } catch (error) {
    report(`inputs.glob ${pattern} ${describeReadError(error)}`);
    return null;
  }
}

/** The folders that files may lie in: the experiment's, and the one that the pattern names outright. */
async function roots(pattern: string, folder: string): Promise<readonly string[]> {
  const fixed: string[] = [];
  for (const part of pattern.split('/').slice(0, -1)) {
    if (/[*?[\]{}()!+@\\]/.test(part)) break;
    fixed.push(part);
  }
  const named = pattern.startsWith('/') ? join('/', ...fixed) : join(folder, ...fixed);
  return Promise.all([folder, named].map((path) => realpath(path).catch(() => path)));
}

/** Links to files elsewhere are not followed. */
async function insideOnly(
  paths: readonly string[],
  allowed: readonly string[],
  findings: Findings,
  spot: Spot,
): Promise<readonly string[]> {
  const kept: string[] = [];
  for (const path of paths) {
    const target = await realpath(path).catch(() => null);
    const isFile = target !== null && (await stat(target)).isFile();
    const inside =
      target !== null && allowed.some((root) => target.startsWith(root.endsWith(sep) ? root : root + sep));
    if (isFile && inside) kept.push(path);
    else if (isFile || (await lstat(path)).isSymbolicLink()) {
      findings.warn(
        'INPUT_LINK_SKIPPED',
        `${path} is a link to outside of the folder, or to no file; it is left out`,
        spot,
      );
    }
  }
  return kept;
}

async function readFileItem(
  path: string,
  absolutePath: string,
  unit: string,
  report: Report,
): Promise<DatasetItem> {
  const { size } = await stat(absolutePath);
  if (size > MOST_INLINE_BYTES) {
    const hash = await hashFile(absolutePath);
    return {
      unit: unitOf({ path, sha256: hash }, unit, report),
      body: { kind: 'file', path, absolutePath, sha256: hash },
    };
  }
  const bytes = await readFile(absolutePath);
  return inlineItem({ path, sha256: sha256(bytes), content: bytes.toString('utf8') }, unit, report);
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
