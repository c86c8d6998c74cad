import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { experimentJsonSchema } from '../../src/experiment-file/json-schema.ts';
import { packageRoot } from '../../src/package-root.ts';

const schema = z.fromJSONSchema(experimentJsonSchema() as z.core.JSONSchema.BaseSchema);
const example = (name: string): Record<string, unknown> =>
  parse(readFileSync(join(packageRoot(), 'examples', name, 'experiment.yaml'), 'utf8')) as Record<
    string,
    unknown
  >;
const places = (value: unknown): readonly string[] =>
  schema.safeParse(value).error?.issues.map(({ path }) => path.join('.')) ?? [];

it.each(['starter', 'readme-analysis'])('the schema accepts the experiment file of examples/%s', (name) => {
  expect(places(example(name))).toEqual([]);
});

it('the schema refuses what create refuses, where that can be said', () => {
  const good = example('starter');
  const { name: _, ...nameless } = good;
  expect(places(nameless)).toEqual(['name']);
  expect(places({ ...good, min_sample_size: 1 })).toEqual(['min_sample_size']);
  expect(places({ ...good, significance_level: 1 })).toEqual(['significance_level']);
  expect(places({ ...good, min_sampel_size: 10 })).toEqual(['']);
  expect(places({ ...good, decision: { rule: 'sometimes', looks: { cuont: 3 } } }).toSorted()).toEqual([
    'decision.looks',
    'decision.rule',
  ]);
  expect(places({ ...good, primary_metric: { metric_id: 'a b', metric_type: 'cost' } })).toEqual([
    'primary_metric.metric_id',
  ]);
});
