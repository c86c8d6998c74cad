import { expect, test } from 'vitest';
import { hint, nearest } from '../../src/workflow-format/suggest.ts';

test.each<[string, readonly string[], string | null]>([
  ['nmae', ['name', 'variants'], 'name'],
  ['Name', ['name'], 'name'],
  ['hypothesys', ['hypothesis'], 'hypothesis'],
  ['x', ['a'], null],
  ['', ['a'], null],
  ['budget', ['name'], null],
  ['name', [], null],
  ['n'.repeat(1000), ['name'], null],
])('%s among %j is %s', (word, known, name) => {
  expect(nearest(word, known)).toBe(name);
});

test('a hint is the nearest word, or what is known', () => {
  expect(hint('nmae', ['name'], 'keys')).toBe('; did you mean name?');
  expect(hint('zzz', ['name', 'unit'], 'keys')).toBe('; keys: name, unit');
  expect(hint('zzz', [], 'keys')).toBe('; there are no keys');
});
