import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lastWords, markLogs } from '../../src/cli/last-words.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'victor-words-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('are the last error of that worker alone, and only since the start', () => {
  const log = join(folder, 'data.log');
  writeFileSync(join(folder, 'control.log'), '{"level":50,"msg":"of another process"}\n');
  writeFileSync(log, 'error: an old one\n');
  const since = markLogs(folder);
  expect(lastWords(folder, 'data', since)).toBe('');

  appendFileSync(log, '{"level":50,"msg":"it fails"}\n{"level":30,"msg":"it ends"}\nplain\n');
  expect(lastWords(folder, 'data', since)).toBe(' (data: it fails)');
  appendFileSync(log, `error: ${'x'.repeat(5000)}\n`);
  expect(lastWords(folder, 'data', since)).toBe(` (data: ${'x'.repeat(300)})`);

  writeFileSync(log, 'new\n');
  expect(lastWords(folder, 'data', since)).toBe(' (data: new)');
});

it('are none without a log', () => {
  expect(lastWords(folder, 'control', markLogs(folder))).toBe('');
});
