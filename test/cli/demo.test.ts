import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packageRoot } from '../../src/package-root.ts';
import { victor } from './run.ts';

const { DATABASE_URL: _url, TEMPORAL_ADDRESS: _address, ...env } = process.env;
const leftovers = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('victor-demo-'));

it('the first command of the README runs a real experiment to a decision', { timeout: 200_000 }, async () => {
  const { scripts } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  expect(scripts['demo']).toBe('npm run -s build && node dist/src/cli/main.js demo');
  const before = leftovers();
  const { code, stdout, stderr } = await victor(['demo', '--json'], { env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const results = JSON.parse(stdout) as {
    readonly status: string;
    readonly rule: string;
    readonly total_samples: number;
    readonly reasoning: string;
    readonly variant_results: Record<string, { primary_metric_value: number }>;
    readonly looks: readonly { readonly statistic: number; readonly boundary: number }[];
  };
  // which variant wins is measured; that it is decided, with proof, is not
  expect(results).toMatchObject({ status: 'analyzed', rule: 'group_sequential' });
  expect(results.total_samples).toBeGreaterThan(50);
  expect(results.looks.length).toBeGreaterThan(0);
  expect(results.looks.every(({ statistic, boundary }) => Number.isFinite(statistic) && boundary > 1.9)).toBe(
    true,
  );
  expect(results.variant_results['linear']?.primary_metric_value).toBeGreaterThan(0);
  expect(results.reasoning).toMatch(/Execution time of parallel is/);
  expect(leftovers()).toEqual(before);
});
