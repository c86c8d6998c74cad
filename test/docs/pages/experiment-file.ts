import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXPERIMENT_FILE_PARTS, experimentJsonSchema } from '../../../src/experiment-file/json-schema.ts';
import { packageRoot } from '../../../src/package-root.ts';
import { GENERATED, code, table } from './markdown.ts';

const INTRODUCTION = `# Experiment file

${GENERATED}

An experiment is one YAML file. \`victor experiment create FILE\` checks it, reads the workflow files and inputs that it names,
and stores all of it; later changes of files have no effect. Every problem is reported at once, as
\`path:line:column: message\`; a key that is unknown is an error with a suggestion. \`victor experiment schema\` prints the JSON
Schema: an editor with the YAML language server takes it from a first line such as
\`# yaml-language-server: $schema=experiment.schema.json\`.

What \`workflow_config\` and \`parameter_overrides\` of a variant may hold, and what handlers get, is in [workflows.md](workflows.md).

Durations are texts such as \`30s\`, \`10m\` or \`1h30m\`, or seconds.`;

interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly default?: unknown;
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

export const experimentFilePage = {
  path: 'docs/experiment-file.md',
  generate: generateExperimentFile,
} as const;

function generateExperimentFile(): string {
  const root = experimentJsonSchema() as Schema;
  const example = readFileSync(join(packageRoot(), 'examples', 'starter', 'experiment.yaml'), 'utf8');
  return `${[
    INTRODUCTION,
    '## An example',
    'It is the file that `victor init` writes.',
    `\`\`\`yaml\n${example.trimEnd()}\n\`\`\``,
    ...EXPERIMENT_FILE_PARTS.flatMap(({ name, key }) => [
      `## ${name}`,
      ...(key === '' ? [] : [`Under ${places(key)}.`]),
      keyTable(schemaAt(root, key)),
    ]),
  ].join('\n\n')}\n`;
}

const places = (key: string): string =>
  key === 'primary_metric'
    ? '`primary_metric` and `secondary_metrics[]`'
    : code(key === 'variants' ? 'variants[]' : key);

function schemaAt(root: Schema, key: string): Schema {
  let found = root;
  for (const part of key === '' ? [] : key.split('.')) {
    const inner: Schema = found.properties?.[part] ?? {};
    found = inner.items ?? inner.anyOf?.find(({ properties }) => properties !== undefined) ?? inner;
  }
  return found;
}

const keyTable = ({ properties = {}, required = [] }: Schema): string =>
  table(
    ['key', 'value', 'default', 'meaning'],
    Object.entries(properties).map(([key, schema]) => [
      code(key),
      valueOf(schema),
      required.includes(key)
        ? 'required'
        : schema.default === undefined
          ? ''
          : code(JSON.stringify(schema.default)),
      schema.description ?? '',
    ]),
  );

function valueOf(schema: Schema): string {
  if (schema.enum !== undefined) return schema.enum.map((value) => code(String(value))).join(', ');
  const { type, minimum, maximum } = schema;
  const types =
    typeof type === 'string' ? [type] : (type ?? schema.anyOf?.flatMap((one) => valueOf(one)) ?? []);
  const shown = [...new Set(types)].filter((name) => name !== 'null' && name !== '');
  if (shown.includes('string') && shown.includes('number')) return 'duration';
  const range =
    minimum === undefined ? '' : maximum === undefined ? ` from ${minimum}` : ` ${minimum} to ${maximum}`;
  return `${shown.map((name) => NAMES[name] ?? name).join(' or ')}${range}`;
}

const NAMES: Readonly<Record<string, string>> = {
  string: 'text',
  object: 'map',
  array: 'list',
  boolean: 'true or false',
};
