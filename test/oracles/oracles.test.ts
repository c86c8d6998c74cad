import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { differences } from './check.ts';
import { KINDS } from './kinds.ts';
import { runOracles } from './run.ts';

const root = path.resolve(import.meta.dirname, '../..');
const own = path.join(root, 'test/fixtures/oracles');
const shared = path.resolve(root, '../shared/oracles');

describe('reference cases', () => {
  test('the fixtures of this project', () => {
    const run = runOracles(own, null);
    expect(run.failures).toEqual([]);
    expect(run.passed).toBeGreaterThan(90);
  });

  test.runIf(existsSync(shared))(
    'the larger set beside the repository',
    () => {
      const run = runOracles(shared, Object.keys(KINDS));
      expect(run.failures).toEqual([]);
      expect(run.passed).toBeGreaterThan(200);
    },
    30_000,
  );
});

describe('the check itself', () => {
  const oracle = (expected: Record<string, unknown>, tolerance: object) => ({
    name: 'n',
    kind: 'k',
    input: {},
    expected,
    tolerance: { default: { abs: 1e-9, rel: 1e-6, ...tolerance } as never },
  });

  test('both: a small p must also be right in relative terms', () => {
    expect(differences(oracle({ p: 1e-20 }, { rule: 'both' }), { p: 1.001e-20 })).toHaveLength(1);
    expect(differences(oracle({ p: 1e-20 }, { rule: 'either' }), { p: 1.001e-20 })).toEqual([]);
    expect(differences(oracle({ p: 0.5 }, { rule: 'both' }), { p: 0.5 + 1e-10 })).toEqual([]);
  });

  test('strings stand for the numbers that JSON lacks', () => {
    expect(
      differences(oracle({ z: 'Infinity', y: 'NaN' }, { rule: 'either' }), { z: Infinity, y: NaN }),
    ).toEqual([]);
    expect(differences(oracle({ z: 'Infinity' }, { rule: 'either' }), { z: 1e308 })).toHaveLength(1);
    expect(differences(oracle({ z: 1 }, { rule: 'either' }), { z: NaN })).toHaveLength(1);
  });

  test('null, lists and fields that are not reported', () => {
    expect(differences(oracle({ a: null }, { rule: 'either' }), { a: null })).toEqual([]);
    expect(differences(oracle({ a: [1, 2] }, { rule: 'either' }), { a: [1] })).toHaveLength(1);
    expect(differences(oracle({ a: 1, b: 2 }, { rule: 'either' }), { b: 2 })).toEqual([]);
    expect(differences(oracle({ a: 1 }, { rule: 'either' }), {})).toHaveLength(1);
  });
});
