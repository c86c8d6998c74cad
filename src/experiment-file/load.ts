import { readdir } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { invalidProblems } from '../errors.ts';
import type { ExperimentDefinition } from '../model/spec.ts';
import { Findings } from '../workflow-format/findings.ts';
import { hint } from '../workflow-format/suggest.ts';
import { show } from '../workflow-format/show.ts';
import { parseYaml } from '../workflow-format/yaml-document.ts';
import { readExperiment } from './experiment.ts';
import type { ExperimentDefaults } from './experiment-defaults.ts';
import { readTextFile } from './read-text.ts';

const MOST_BYTES = 5 * 1024 * 1024;

/** Reads the file, the workflow files it names and all inputs. Every problem at once: throws `invalidProblems`. */
export async function loadExperimentFile(
  path: string,
  defaults: ExperimentDefaults = {},
): Promise<ExperimentDefinition> {
  const file = await readTextFile(path, MOST_BYTES);
  if ('problem' in file)
    throw whole(path, `the experiment file ${file.problem}${await instead(path, file.problem)}`);
  if (file.text.includes('\0'))
    throw whole(path, 'the experiment file holds NUL bytes; is it a binary file?');
  const findings = new Findings();
  const spot = parseYaml(file.text, path, findings);
  if (spot === null) throw invalidProblems(findings.problems);
  if (spot.value === null || spot.value === undefined) throw whole(path, 'the experiment file is empty');
  if (typeof spot.value !== 'object' || Array.isArray(spot.value)) {
    throw whole(
      path,
      `the experiment file is ${show(spot.value)}, must be a map of keys such as name and variants`,
    );
  }
  const shown = dirname(path);
  return readExperiment(spot, { absolute: resolve(shown), shown }, defaults, findings);
}

/** The most likely mistake: what lies there, and how to get a first file. */
async function instead(path: string, problem: string): Promise<string> {
  if (problem !== 'does not exist') return '';
  const names = await readdir(dirname(path)).catch(() => []);
  const files = names.filter((name) => /\.ya?ml$/.test(name)).sort();
  if (files.length === 0) return '; `victor init` writes a first one';
  return `${hint(basename(path), files, 'YAML files there')}; \`victor init\` writes a first one`;
}

const whole = (path: string, message: string) =>
  invalidProblems([{ path, line: null, column: null, pointer: '', message }]);
