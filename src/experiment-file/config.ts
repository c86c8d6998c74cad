import { resolve } from 'node:path';
import { invalidProblems } from '../errors.ts';
import { isJsonObject } from '../model/json.ts';
import type { ExperimentDefinition } from '../model/spec.ts';
import { Findings } from '../workflow-format/findings.ts';
import { checkPlain } from '../workflow-format/plain.ts';
import { show } from '../workflow-format/show.ts';
import { valueSpot } from '../workflow-format/value-document.ts';
import { readExperiment } from './experiment.ts';
import type { ExperimentDefaults } from './experiment-defaults.ts';

/**
 * The experiment file as JSON, from the TypeScript API or a bare Temporal client. Without a `baseDir` nothing is read
 * from disk: workflow files stand in `workflow_config.files`, inputs in `inputs.items`. Problems carry a pointer such
 * as `variants[0].traffic_weight`.
 */
export async function parseExperimentConfig(
  config: unknown,
  options: { readonly baseDir: string | null; readonly defaults?: ExperimentDefaults },
): Promise<ExperimentDefinition> {
  const findings = new Findings();
  const spot = valueSpot(config, findings.nextDocument());
  if (!isJsonObject(config)) {
    findings.problem(
      spot,
      `the experiment is ${show(config)}, must be a map of keys such as name and variants`,
    );
    throw invalidProblems(findings.problems);
  }
  if (!checkPlain(spot, findings)) throw invalidProblems(findings.problems);
  const { baseDir } = options;
  return readExperiment(
    spot,
    { absolute: baseDir === null ? null : resolve(baseDir), shown: baseDir ?? '' },
    options.defaults ?? {},
    findings,
  );
}
