import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { packageRoot } from '../../src/package-root.ts';
import { blocksOf, runShell } from './document.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'victor-guide-'));
});
afterAll(async () => {
  await runShell('cd first && npx victor down --quiet || true', { cwd: folder, env: process.env });
  rmSync(folder, { recursive: true, force: true });
});

/** What `npm install` of the published package would leave. */
function install(project: string): void {
  const bin = join(project, 'node_modules', '.bin');
  mkdirSync(bin, { recursive: true });
  symlinkSync(packageRoot(), join(project, 'node_modules', 'victor-experiments'));
  for (const [name, path] of [
    ['victor', 'dist/src/cli/main.js'],
    ['jiti', 'node_modules/jiti/lib/jiti-cli.mjs'],
  ] as const) {
    writeFileSync(join(bin, name), `#!/bin/sh\nexec node ${join(packageRoot(), path)} "$@"\n`, {
      mode: 0o755,
    });
  }
}

const INSTALL = 'npm install victor-experiments';

it('the guide runs as it stands, from an empty folder to an archived experiment', {
  timeout: 300_000,
}, async () => {
  const env = { ...process.env };
  for (const name of ['DATABASE_URL', 'TEMPORAL_ADDRESS', 'TEMPORAL_NAMESPACE', 'VICTOR_TASK_QUEUE_PREFIX'])
    delete env[name];
  const project = join(folder, 'first');
  const staged = join(folder, 'staged');
  mkdirSync(staged);
  const script = ['cd .'];
  for (const block of blocksOf('docs/guide.md')) {
    if (block.file !== null) {
      writeFileSync(join(staged, block.file), block.text);
      script.push(`cp ${join(staged, block.file)} ${join(project, block.file)}`);
      continue;
    }
    expect(block.language).toBe('sh');
    script.push(
      block.text.replace(INSTALL, `mkdir -p node_modules && cp -a ${join(folder, 'installed')}/. .`),
    );
  }
  expect(script.join('\n')).toContain('cp -a');
  install(join(folder, 'installed'));
  const { code, output } = await runShell(script.join('\n'), { cwd: folder, env });
  expect({ code, output: code === 0 ? '' : output }).toEqual({ code: 0, output: '' });
  expect(output).toMatch(/Decision: .*(deploy treatment|no)/i);
  expect(output).toMatch(/^short \{ text: 'Hello user \d+' \}$/m);
  expect(output).toMatch(/^long \{ text: 'A very good morning to you, user \d+' \}$/m);
  expect(output).toMatch(/deployed +short since/);
});
