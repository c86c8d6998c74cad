import { expect, test } from 'vitest';
import { parseDurationMs } from '../../src/workflow-format/duration.ts';

test.each<[string | number, number | null]>([
  ['10m', 600_000],
  ['1h30m', 5_400_000],
  ['250ms', 250],
  ['1.5h', 5_400_000],
  ['2d', 172_800_000],
  ['1m1ms', 60_001],
  [90, 90_000],
  [0.25, 250],
  ['3650d', 315_360_000_000],
  ['3651d', null],
  ['', null],
  ['10', null],
  ['m', null],
  ['10 m', null],
  ['1h1h', null],
  ['-1h', null],
  ['1w', null],
  ['10mx', null],
  ['0s', null],
  ['0.1ms', null],
  [0, null],
  [-1, null],
  [Number.NaN, null],
  [Infinity, null],
  ['9'.repeat(101), null],
])('%s is %s ms', (text, ms) => {
  expect(parseDurationMs(text)).toBe(ms);
});
