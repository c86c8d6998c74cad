import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { blocksOf, runShell } from './document.ts';
import { installPackage, withoutServers } from './project.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'victor-guide-'));
});
afterAll(async () => {
  await runShell('cd first && npx victor down --quiet || true', { cwd: folder, env: process.env });
  rmSync(folder, { recursive: true, force: true });
});

const INSTALL = 'npm install victor-experiments';

it('the guide runs as it stands, from an empty folder to an archived experiment', {
  timeout: 300_000,
}, async () => {
  const env = withoutServers();
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
  installPackage(join(folder, 'installed'));
  const { code, output } = await runShell(script.join('\n'), { cwd: folder, env });
  expect({ code, output: code === 0 ? '' : output }).toEqual({ code: 0, output: '' });
  expect(output).toMatch(/^Decision: (deploy treatment|keep control|inconclusive) — Execution time/m);
  expect(output).toMatch(/^short \{ name: 'user \d+', text: 'Hello user \d+' \}$/m);
  expect(output).toMatch(/^long \{ name: 'user \d+', text: 'A very good morning to you, user \d+' \}$/m);
  expect(output).toMatch(/deployed +short since/);
});
