import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ensureTemporalBinary } from '../../src/local/temporal-binary.ts';
import { SEARCH_ATTRIBUTES } from '../../src/local/temporal-args.ts';
import { packageRoot } from '../../src/package-root.ts';
import { startPlanes } from '../support/workers.ts';
import type { TestPlanes } from '../support/workers.ts';
import { blocksOf } from './document.ts';
import type { Block } from './document.ts';
import { sourceFolder, typeErrors } from './type-check.ts';

const DOCUMENT = join('docs', 'temporal.md');
const blocks = blocksOf(DOCUMENT);
const sources = blocks.filter(({ language }) => language === 'ts').map(({ text }) => text);

let planes: TestPlanes;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'victor-docs-'));
  symlinkSync(await ensureTemporalBinary(process.env, console.error), join(folder, 'temporal'));
  const handlers = join(sourceFolder('temporal-docs'), 'victor.config.ts');
  writeFileSync(handlers, sources[0] ?? '');
  planes = await startPlanes({ handlers });
});
afterAll(async () => {
  await planes.stop();
  rmSync(folder, { recursive: true });
});

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** As a person's shell would, with the task queues of this test. */
async function run(script: string): Promise<Ran> {
  const text = script.replaceAll(/\bvictor-(control|executions)\b/g, `${planes.prefix}-$1`);
  const env = { ...planes.env, PATH: `${folder}${delimiter}${process.env['PATH']}` };
  const shell = spawn('bash', ['-e', '-o', 'pipefail', '-c', text], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 50_000,
  });
  let [stdout, stderr] = ['', ''];
  shell.stdout.on('data', (data) => (stdout += String(data)));
  shell.stderr.on('data', (data) => (stderr += String(data)));
  const [code] = (await once(shell, 'close')) as [number | null];
  return { code, stdout, stderr };
}

/** The last object that was printed. */
function lastJson(stdout: string): unknown {
  const starts = [...stdout.matchAll(/^\{$/gm)];
  return JSON.parse(stdout.slice(starts.at(-1)?.index ?? 0));
}

function compare({ code, stdout, stderr }: Ran, shown: Block | undefined): void {
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  if (shown?.language === 'json') expect(lastJson(stdout)).toMatchObject(JSON.parse(shown.text) as object);
  if (shown?.language === 'text') {
    for (const line of shown.text.trim().split('\n')) expect(stdout + stderr).toContain(line);
  }
}

it('shows commands that work, in their order, with the answers that they give', {
  timeout: 180_000,
}, async () => {
  const commands = blocks.flatMap((block, index) => (block.language === 'sh' ? [index] : []));
  expect(commands.length).toBeGreaterThan(15);
  const answers = new Map<string, string>();
  for (const index of commands) {
    const script = blocks[index]?.text ?? '';
    const ran = await run(script);
    compare(ran, blocks[index + 1]);
    answers.set(script, ran.stdout);
  }
  // a filter that finds nothing is no error
  const listed = (filter: string): string =>
    [...answers].find(([script]) => script.includes(filter))?.[1] ?? '';
  expect(listed('ExperimentLook = 0')).toContain('experiment/faster-summary');
  expect(listed('ExperimentId = "faster-summary"')).toContain('execution/faster-summary/call-17');
});

it('shows TypeScript that compiles', () => {
  expect(sources.length).toBe(2);
  expect(typeErrors('temporal-docs-check', sources)).toBe('');
});

it('names every search attribute, with its type', () => {
  const text = readFileSync(join(packageRoot(), DOCUMENT), 'utf8');
  for (const [name, type] of Object.entries(SEARCH_ATTRIBUTES)) {
    expect(text).toMatch(new RegExp(`\\| \`${name}\` +\\| ${type} +\\|`));
    expect(text).toContain(`--name ${name}`);
  }
});
