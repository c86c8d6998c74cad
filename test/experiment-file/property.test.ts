import fc from 'fast-check';
import { expect, test } from 'vitest';
import { VictorError } from '../../src/errors.ts';
import { parseExperimentConfig } from '../../src/experiment-file/config.ts';
import { EXPERIMENT_SHAPE } from '../../src/experiment-file/shape.ts';
import { Findings } from '../../src/workflow-format/findings.ts';
import { parseYaml } from '../../src/workflow-format/yaml-document.ts';
import { experimentConfig } from './configs.ts';

const KEYS = [
  ...Object.keys(EXPERIMENT_SHAPE),
  'variant_id',
  'workflow_type',
  'workflow_config',
  'parameter_overrides',
  'graph_definition',
  'nodes',
  'edges',
  'parallel_nodes',
  'id',
  'type',
  'next',
  'source',
  'target',
  'path',
  'files',
  'items',
  'looks',
  'count',
  'metric_id',
];
const WORDS = [
  'yaml',
  'stategraph',
  'definition',
  'a',
  'w.yaml',
  'compute',
  'function',
  'nodes.a.handler',
  'execution_time',
  'cost',
];

/** JSON whose keys and words are often those that the format knows. */
const garbage = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<unknown>(null, true, false, 0, 0.5, 1, -1, 1e300, '', ...WORDS),
    fc.jsonValue({ maxDepth: 1 }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...KEYS), fc.string({ maxLength: 4 })), tie('value'), {
      maxKeys: 6,
    }),
  ),
})).value;

async function throwsOnlyInvalidInput(config: unknown): Promise<void> {
  try {
    const definition = await parseExperimentConfig(config, { baseDir: null });
    expect(JSON.parse(JSON.stringify(definition))).toEqual(definition);
  } catch (error) {
    if (!(error instanceof VictorError) || error.kind !== 'InvalidInput') throw error;
    expect(error.problems.length).toBeGreaterThan(0);
  }
}

test('garbage is InvalidInput and nothing else', async () => {
  await fc.assert(fc.asyncProperty(garbage, throwsOnlyInvalidInput), { numRuns: 150 });
});

test('so is a good experiment with garbage in the place of some key', async () => {
  const change = fc.dictionary(fc.constantFrom(...Object.keys(EXPERIMENT_SHAPE)), garbage, { maxKeys: 3 });
  await fc.assert(
    fc.asyncProperty(change, (keys) => throwsOnlyInvalidInput(experimentConfig(keys))),
    { numRuns: 150 },
  );
});

test('so is a variant with a garbage workflow', async () => {
  const property = fc.asyncProperty(garbage, garbage, garbage, (nodes, edges, overrides) => {
    const variant = (variant_id: string) => ({
      variant_id,
      workflow_type: 'stategraph',
      workflow_config: { graph_definition: { nodes, edges } },
      parameter_overrides: overrides,
    });
    return throwsOnlyInvalidInput(experimentConfig({ variants: [variant('a'), variant('b')] }));
  });
  await fc.assert(property, { numRuns: 150 });
});

test('any text is YAML or a problem with a place', () => {
  const text = fc.array(
    fc.constantFrom(
      'a',
      ':',
      ' ',
      '\n',
      '- ',
      '[',
      ']',
      '{',
      '}',
      '&x ',
      '*x',
      '<<',
      '!',
      '"',
      '#',
      '|',
      '---',
      '\t',
      '?',
    ),
  );
  fc.assert(
    fc.property(text, (parts) => {
      const findings = new Findings();
      const spot = parseYaml(parts.join(''), 'f.yaml', findings);
      if (spot === null) expect(findings.count).toBeGreaterThan(0);
    }),
    { numRuns: 1000 },
  );
});
