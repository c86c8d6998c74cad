import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadExperimentFile } from '../../src/experiment-file/load.ts';
import { packageRoot } from '../../src/package-root.ts';
import { MAIN } from '../support/workers.ts';
import { blocksOf } from './document.ts';
import { typeErrors } from './type-check.ts';

const root = packageRoot();
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const blocks = (language: string): readonly string[] =>
  blocksOf('README.md').flatMap((block) => (block.language === language ? [block.text] : []));

it('has at most 150 lines and nothing left to fill in', () => {
  expect(readme.split('\n').length).toBeLessThanOrEqual(151);
  expect(readme).not.toMatch(/@@|TODO/);
});

it('shows TypeScript that compiles', () => {
  const sources = blocks('ts');
  expect(sources.length).toBeGreaterThanOrEqual(2);
  expect(typeErrors('readme-check', sources)).toBe('');
});

it('shows an experiment file that is valid', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'victor-readme-'));
  const [file = ''] = blocks('yaml');
  writeFileSync(join(folder, 'experiment.yaml'), file);
  writeFileSync(
    join(folder, 'tasks.jsonl'),
    '{"user_id": "u1", "text": "a"}\n{"user_id": "u2", "text": "b"}\n',
  );
  const { spec, bodies, dataset, warnings } = await loadExperimentFile(join(folder, 'experiment.yaml'));
  rmSync(folder, { recursive: true });
  expect(spec.variants.map(({ variantId }) => variantId)).toEqual(['control', 'short']);
  expect(dataset).toHaveLength(2);
  expect(warnings).toEqual([]);
  const config = blocks('ts').find((source) => source.includes('defineConfig')) ?? '';
  for (const { handler } of Object.values(bodies)) expect(config).toContain(`    ${handler}: (`);
});

it('names commands that exist', () => {
  const named = [...readme.matchAll(/victor (experiment \w+|up|down|doctor|worker|migrate)/g)].map(
    (match) => match[1] ?? '',
  );
  expect(new Set(named).size).toBeGreaterThanOrEqual(5);
  for (const command of new Set(named)) {
    const { status, stderr } = spawnSync(process.execPath, [MAIN, ...command.split(' '), '--help'], {
      encoding: 'utf8',
    });
    expect({ command, status, stderr }).toEqual({ command, status: 0, stderr: '' });
  }
});
