import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import { sha256 } from '../model/hash.ts';
import type { DatasetItem } from '../model/spec.ts';
import type { Findings } from '../workflow-format/findings.ts';
import type { Spot } from '../workflow-format/spot.ts';
import { inlineItem, unitOf } from './dataset-item.ts';
import type { Report } from './dataset-item.ts';
import { findFiles } from './find-files.ts';
import { describeReadError } from './read-text.ts';

/** Larger files stay on disk. */
const MOST_INLINE_BYTES = 256 * 1024;
const MOST_NAMED = 5;

/** One input `{path, sha256, content}` a file, sorted by path. */
export async function readGlob(
  pattern: string,
  spot: Spot,
  unit: string,
  folder: string,
  findings: Findings,
): Promise<readonly DatasetItem[] | null> {
  const report: Report = (message) => findings.problem(spot, message);
  const found = await findFiles(pattern, folder).catch((error: unknown) => {
    report(`inputs.glob ${pattern} ${describeReadError(error)}`);
    return null;
  });
  if (found === null) return null;
  const { paths, skippedLinks } = found;
  if (skippedLinks.length > 0) {
    const names = skippedLinks.slice(0, MOST_NAMED).map((path) => relative(folder, path));
    const more = skippedLinks.length > MOST_NAMED ? ', ...' : '';
    findings.warn(
      'INPUT_LINKS_SKIPPED',
      `links to folders or to outside are not followed: ${names.join(', ')}${more}`,
      spot,
    );
  }
  if (paths.length === 0) {
    report(`inputs.glob ${pattern} matches no file in ${folder}`);
    return null;
  }
  const dataset: DatasetItem[] = [];
  for (const absolutePath of paths) {
    const path = relative(folder, absolutePath).split(sep).join('/');
    try {
      dataset.push(await readFileItem(path, absolutePath, unit, (message) => report(`${path}: ${message}`)));
    } catch (error) {
      report(`the input file ${path} ${describeReadError(error)}`);
    }
  }
  return dataset;
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
