import { z } from 'zod';
import type { Findings } from '../workflow-format/findings.ts';
import { field } from '../workflow-format/spot.ts';
import type { Spot } from '../workflow-format/spot.ts';
import { hint } from '../workflow-format/suggest.ts';
import { parseYaml } from '../workflow-format/yaml-document.ts';
import { absoluteIn, shownIn } from './folder.ts';
import type { Folder } from './folder.ts';
import { readTextFile } from './read-text.ts';
import type { TextFile } from './read-text.ts';

const MOST_BYTES = 5 * 1024 * 1024;

/** Texts of files by path, for a client that has no disk in common with us. */
export const FILES = z
  .record(z.string(), z.string({ error: 'the text of a file' }), { error: 'a map of paths to texts' })
  .optional();

export interface WorkflowFiles {
  /** The file at `path` of a workflow_config. Null: it cannot be read, and that was said. */
  readonly open: (config: Spot, findings: Findings) => Promise<Spot | null>;
}

/** Each file is read once: two variants of one file see the same text. */
export function workflowFiles(folder: Folder, findings: Findings): WorkflowFiles {
  const opened = new Map<string, Spot | null>();
  const parseOnce = (key: string, text: string, shown: string): Spot | null => {
    const known = opened.get(key);
    if (known !== undefined) return known;
    const spot = parseYaml(text, shown, findings);
    opened.set(key, spot);
    return spot;
  };
  const open = async (config: Spot): Promise<Spot | null> => {
    const path = field(config, 'path');
    if (typeof path.value !== 'string') return null;
    const shown = shownIn(folder, path.value);
    const inlined = field(field(config, 'files'), path.value).value;
    // a text that two variants give differently is two files
    if (typeof inlined === 'string') return parseOnce(`text ${path.value}\n${inlined}`, inlined, shown);
    const file = await readFromDisk(folder, config, path.value);
    if ('text' in file) return parseOnce(`disk ${path.value}`, file.text, shown);
    findings.problem(path, file.problem);
    return null;
  };
  return { open };
}

async function readFromDisk(folder: Folder, config: Spot, path: string): Promise<TextFile> {
  if (folder.absolute === null) {
    const known = Object.keys((field(config, 'files').value ?? {}) as object);
    const near = known.length === 0 ? '' : hint(path, known, 'its paths');
    return {
      problem: `the text of ${path} is missing; give it in workflow_config.files: {"${path}": ...}${near}`,
    };
  }
  const file = await readTextFile(absoluteIn(folder.absolute, path), MOST_BYTES);
  return 'text' in file ? file : { problem: `the workflow file ${path} ${file.problem}` };
}
