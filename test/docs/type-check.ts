import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/package-root.ts';

/** A folder inside of the package, where sources find it by its name. */
export function sourceFolder(name: string): string {
  const folder = join(packageRoot(), 'dist', name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** What the compiler says about sources, each a file of its own. */
export function typeErrors(name: string, sources: readonly string[]): string {
  const folder = sourceFolder(name);
  for (const [index, source] of sources.entries()) writeFileSync(join(folder, `block${index}.ts`), source);
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: '../../tsconfig.json',
      compilerOptions: { noEmit: true, rootDir: '.' },
      include: ['.'],
      exclude: [],
    }),
  );
  return spawnSync('npx', ['tsc', '-p', folder], { cwd: packageRoot(), encoding: 'utf8' }).stdout;
}
