import { invalidInput } from '../errors.ts';
import type { ExperimentConfig } from './experiment-config.ts';
import { snakeKeys } from '../model/case.ts';
import { findNonJson, isJsonObject } from '../model/json.ts';
import type { Json } from '../model/json.ts';

/** The content of the experiment file that a typed definition stands for. Throws InvalidInput for what is not JSON. */
export function fileContent(config: ExperimentConfig): Json {
  const problem = findNonJson(config, 'the definition');
  if (problem !== null) throw invalidInput(`${problem}, which is not JSON`);
  // a key that is undefined is a key that is not given
  const given = JSON.parse(JSON.stringify(config)) as Json;
  const content = snakeKeys(given) as Json;
  if (!isJsonObject(content) || !isJsonObject(given)) return content;
  const { variants, targeting_rules: rules } = content;
  return {
    ...content,
    ...(Array.isArray(variants) ? { variants: variants.map(withFileKeys) } : {}),
    ...(isJsonObject(rules) && isJsonObject(given['targetingRules'])
      ? { targeting_rules: { ...rules, ...only('condition', given['targetingRules']['condition']) } }
      : {}),
  };
}

const WORKFLOW_KEYS = new Map([
  ['taskQueue', 'task_queue'],
  ['graphDefinition', 'graph_definition'],
]);

/** What is in a graph or a file is as in the file; only the keys around it are ours. */
function withFileKeys(variant: Json): Json {
  if (!isJsonObject(variant) || !isJsonObject(variant['workflow_config'])) return variant;
  const entries = Object.entries(variant['workflow_config']);
  return {
    ...variant,
    workflow_config: Object.fromEntries(
      entries.map(([key, value]) => [WORKFLOW_KEYS.get(key) ?? key, value]),
    ),
  };
}

const only = (key: string, value: Json | undefined): Readonly<Record<string, Json>> =>
  value === undefined ? {} : { [key]: value };
