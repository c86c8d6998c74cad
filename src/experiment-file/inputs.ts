import { isJsonObject } from '../model/json.ts';
import type { DatasetItem } from '../model/spec.ts';
import type { Findings } from '../workflow-format/findings.ts';
import { readFields } from '../workflow-format/fields.ts';
import { line, list } from '../workflow-format/rules.ts';
import { field } from '../workflow-format/spot.ts';
import type { Spot } from '../workflow-format/spot.ts';
import { absoluteIn, shownIn } from './folder.ts';
import type { Folder } from './folder.ts';
import { readCsv } from './inputs-csv.ts';
import { readGlob } from './inputs-glob.ts';
import { readItems } from './inputs-items.ts';
import { readJsonLines } from './inputs-jsonl.ts';
import { readTextFile } from './read-text.ts';

const SOURCES = ['items', 'jsonl', 'csv', 'glob'] as const;
const PATH = line(4096).optional();
export const INPUTS_SHAPE = {
  items: list.optional().describe('The inputs themselves.'),
  jsonl: PATH.describe('A file with one JSON value a line.'),
  csv: PATH.describe('A CSV file with a head line; each row is an object of texts.'),
  glob: PATH.describe('A pattern of files; an input is {path, sha256, content}.'),
};
const MOST_BYTES = 256 * 1024 * 1024;

/** The dataset. Null: there is none, or it could not be read, and that was said. */
export async function readInputs(
  spot: Spot,
  unit: string,
  folder: Folder,
  findings: Findings,
): Promise<readonly DatasetItem[] | null> {
  if (spot.value === undefined || spot.value === null) return null;
  const read = readFields(spot, INPUTS_SHAPE, findings);
  if (read === null || !isJsonObject(spot.value)) return null;
  const given = SOURCES.filter((key) => field(spot, key).value !== undefined);
  const [source, second] = given;
  if (source === undefined || second !== undefined) {
    const what = source === undefined ? 'none' : given.join(' and ');
    findings.problem(spot, `inputs holds ${what}, must hold exactly one of ${SOURCES.join(', ')}`);
    return null;
  }
  const at = field(spot, source);
  if (read[source] === undefined) return null;
  if (source === 'items') return readItems(at, unit, findings);
  if (folder.absolute === null) {
    const message = `inputs.${source} cannot be read without a folder; give the inputs in inputs.items`;
    findings.problem(at, message);
    return null;
  }
  const path = String(at.value);
  if (source === 'glob') return readGlob(path, at, unit, folder.absolute, findings);
  const file = await readTextFile(absoluteIn(folder.absolute, path), MOST_BYTES);
  if ('problem' in file) {
    findings.problem(at, `the inputs file ${path} ${file.problem}`);
    return null;
  }
  const readRows = source === 'jsonl' ? readJsonLines : readCsv;
  const before = findings.count;
  const dataset = readRows(file.text, shownIn(folder, path), unit, findings);
  if (dataset.length === 0 && findings.count === before) {
    findings.problem(at, `the inputs file ${path} holds no inputs`);
  }
  return dataset;
}
