import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { differences } from './check.ts';
import { KINDS } from './kinds.ts';
import { runOracles } from './run.ts';

const fixtures = path.resolve(import.meta.dirname, '../fixtures/oracles');

describe('reference cases', () => {
  test('all fixtures pass', () => {
    const run = runOracles(fixtures, null);
    expect(run.failures).toEqual([]);
    expect(run.passed).toBeGreaterThan(350);
  });

  test('every kind has a file of fixtures', () => {
    const files = readdirSync(fixtures).filter((name) => name.endsWith('.json'));
    expect(files.toSorted()).toEqual(
      Object.keys(KINDS)
        .map((kind) => `${kind}.json`)
        .toSorted(),
    );
  });
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

  test('named values are compared by name', () => {
    expect(differences(oracle({ e: { A: 1 } }, { rule: 'either' }), { e: { A: 1, B: 2 } })).toEqual([]);
    expect(differences(oracle({ e: { A: 1 } }, { rule: 'either' }), { e: { A: 1.1 } })).toHaveLength(1);
    expect(differences(oracle({ e: { A: 1 } }, { rule: 'either' }), { e: [1] })).toHaveLength(1);
  });

  test('undetermined answers a case with a field that is not defined, no other', () => {
    const answer = { kind: 'undetermined', reason: 'one value' } as const;
    expect(differences(oracle({ t: null, n: 1 }, { rule: 'either' }), answer)).toEqual([]);
    expect(differences(oracle({ t: 'NaN' }, { rule: 'either' }), answer)).toEqual([]);
    expect(differences(oracle({ t: 1 }, { rule: 'either' }), answer)).toHaveLength(1);
  });

  test('null, lists and fields that are not reported', () => {
    expect(differences(oracle({ a: null }, { rule: 'either' }), { a: null })).toEqual([]);
    expect(differences(oracle({ a: [1, 2] }, { rule: 'either' }), { a: [1] })).toHaveLength(1);
    expect(differences(oracle({ a: 1, b: 2 }, { rule: 'either' }), { b: 2 })).toEqual([]);
    expect(differences(oracle({ a: 1 }, { rule: 'either' }), {})).toHaveLength(1);
  });
});
