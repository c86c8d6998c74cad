import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { packageRoot } from '../../src/package-root.ts';

export interface Packed {
  readonly tarball: string;
  /** Holds `node_modules`; projects are folders of it. */
  readonly folder: string;
  /** What the tarball holds. */
  readonly files: readonly string[];
  readonly project: (name: string, files: Readonly<Record<string, string>>) => string;
  readonly remove: () => void;
}

/**
 * The package as `npm pack` makes it, unpacked into the `node_modules` of an empty folder. Only what package.json
 * declares as a dependency is there besides; it is linked and not installed, which needs no registry.
 */
export function packAndUnpack(): Packed {
  const root = packageRoot();
  const folder = mkdtempSync(join(tmpdir(), 'victor-pack-'));
  const answer = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
    cwd: root,
    encoding: 'utf8',
  });
  const [packed] = JSON.parse(answer) as readonly {
    readonly filename: string;
    readonly files: readonly { readonly path: string }[];
  }[];
  if (packed === undefined) throw new Error('npm pack made nothing');
  const modules = join(folder, 'node_modules');
  const own = join(modules, 'victor-experiments');
  mkdirSync(own, { recursive: true });
  execFileSync('tar', ['-xzf', join(folder, packed.filename), '-C', own, '--strip-components=1']);
  const { dependencies, bin } = JSON.parse(readFileSync(join(own, 'package.json'), 'utf8')) as {
    readonly dependencies: Readonly<Record<string, string>>;
    readonly bin: { readonly victor: string };
  };
  // the types of Node.js come with those of pg
  for (const name of [...Object.keys(dependencies), '@types/node']) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
  mkdirSync(join(modules, '.bin'));
  symlinkSync(join(own, bin.victor), join(modules, '.bin', 'victor'));
  return {
    tarball: join(folder, packed.filename),
    folder,
    files: packed.files.map(({ path }) => path),
    project: (name, files) => {
      const project = join(folder, name);
      mkdirSync(project);
      for (const [file, text] of Object.entries(files)) writeFileSync(join(project, file), text);
      return project;
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}

/** The entry points of code: `victor-experiments`, `victor-experiments/client` and so on. */
export function entryPoints(): readonly string[] {
  const text = readFileSync(join(packageRoot(), 'package.json'), 'utf8');
  const { exports } = JSON.parse(text) as { readonly exports: Readonly<Record<string, unknown>> };
  return Object.keys(exports)
    .filter((key) => key !== './package.json')
    .map((key) => `victor-experiments${key.slice(1)}`);
}

/** A program of the repository's own development dependencies. */
export const tool = (name: string): string => join(packageRoot(), 'node_modules', '.bin', name);
