import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { ensureTemporalBinary } from '../../src/local/temporal-binary.ts';
import { createDatabase } from '../support/database.ts';
import { blocksOf, runShell } from './document.ts';
import { installPackage, withoutServers } from './project.ts';

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'victor-operations-'));
  installPackage(folder, { temporal: await ensureTemporalBinary(process.env, () => undefined) });
  writeFileSync(join(folder, 'victor.config.ts'), 'export default { handlers: {} };\n');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('servers of your own: the commands lead from an empty database to workers that doctor finds', async () => {
  const stack = inject('stack');
  const databaseUrl = await createDatabase(
    stack.databaseUrl,
    `operations_${randomBytes(4).toString('hex')}`,
    null,
  );
  const [block] = blocksOf('docs/operations.md').filter(({ language }) => language === 'sh');
  const script = (block?.text ?? '')
    .replace(/^export DATABASE_URL=\S+/m, `export DATABASE_URL=${databaseUrl}`)
    .replace('temporal.example.com:7233', stack.temporalAddress)
    // workers need a moment
    .replace(
      'victor doctor',
      'for n in $(seq 30); do if victor doctor; then exit 0; fi; sleep 1; done; exit 1',
    );
  expect(script).toContain('for n in');
  const env = {
    ...withoutServers(),
    VICTOR_TASK_QUEUE_PREFIX: `operations-${randomBytes(3).toString('hex')}`,
    PATH: [join(folder, 'node_modules', '.bin'), process.env['PATH']].join(delimiter),
  };
  const { code, output } = await runShell(script, { cwd: folder, env });
  expect({ code, output: code === 0 ? '' : output }).toEqual({ code: 0, output: '' });
  expect(output).toMatch(/applied 0001_/);
  expect(output).toMatch(/workers on operations-\w+-executions +ok/);
});
