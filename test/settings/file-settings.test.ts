import { mkdtempSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SETTINGS, maskPassword } from '../../src/settings/catalogue.ts';
import { configHash } from '../../src/settings/config-hash.ts';
import { readFileSettings } from '../../src/settings/file-settings.ts';
import { resolveSettings, withFileSettings } from '../../src/settings/resolve.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'victor-settings-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(text: string, name = 'victor.config.ts'): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}
const read = (text: string, name?: string): Record<string, string> =>
  Object.fromEntries(readFileSettings(write(text, name)));
const refusal = (text: string): string => {
  try {
    read(text);
  } catch (error) {
    return (error as Error).message.replaceAll(folder, 'DIR');
  }
  throw new Error('it was not refused');
};

describe('settings of a config file', () => {
  it.each([
    [
      'of defineConfig',
      `export default defineConfig({ settings: { logLevel: 'info', metricsBufferSize: 5 } });`,
    ],
    [
      'of an object with a type',
      `export default { settings: { logLevel: \`info\`, metricsBufferSize: 5 } } satisfies Config;`,
    ],
    [
      'of constants',
      `const settings = { logLevel: 'info' as const, 'metricsBufferSize': 5 };\nconst all = { settings };\nexport default all;`,
    ],
    ['of CommonJS', `module.exports = { settings: { logLevel: 'info', metricsBufferSize: 5 } };`],
  ])('are read from text %s', (_, text) => {
    expect(read(text)).toEqual({ logLevel: 'info', metricsBufferSize: '5' });
    expect(read(text, 'victor.config.cjs')).toEqual({ logLevel: 'info', metricsBufferSize: '5' });
  });

  it('are read from a file that throws when it runs, and paths start from it', () => {
    const text = `throw new Error('no'); import './none.ts'; export default { settings: { storagePath: './data' } };`;
    expect(read(text)).toEqual({ storagePath: join(folder, 'data') });
    expect(read('export default defineConfig({ handlers: {} }); // no settings')).toEqual({});
    expect(read('export default make(); // settings?')).toEqual({});
  });

  it('are refused all at once with their places, without showing secrets', () => {
    const text = `export default defineConfig({
  settings: {
    logLevel: process.env.LEVEL,
    logLevle: 'info',
    databaseUrl: 'mysql://root:secret@db',
    defaultSignificanceLevel: 5,
    ...more,
  },
});`;
    const known = SETTINGS.map(({ key }) => key).join(', ');
    expect(refusal(text).split('\n')).toEqual([
      'DIR/victor.config.ts:3:15: logLevel is computed, must be a literal value; what must be computed goes to VICTOR_LOG_LEVEL',
      `DIR/victor.config.ts:4:5: unknown setting logLevle; known settings: ${known}`,
      'DIR/victor.config.ts:5:18: databaseUrl is ***, must be a URL such as postgres://user:password@host:5432/database',
      'DIR/victor.config.ts:6:31: defaultSignificanceLevel is "5", must be a fraction between 0 and 1, such as 0.05',
      'DIR/victor.config.ts:7:5: settings must be written out, without spreads and computed keys',
    ]);
    expect(refusal('export default { settings: {')).toMatch(/^DIR\/victor\.config\.ts:1:\d+: /);
    expect(refusal('const settings = settings; export default { settings };')).toMatch(/must be an object/);
  });
});

describe('where a value comes from', () => {
  it('is the environment before the file before the default; an empty variable is none', () => {
    const file = new Map([
      ['logLevel', 'info'],
      ['taskQueuePrefix', 'mine'],
    ]);
    const env = { VICTOR_LOG_LEVEL: 'debug', VICTOR_TASK_QUEUE_PREFIX: '' };
    const settings = resolveSettings(env, file);
    expect(settings.logLevel).toMatchObject({ value: 'debug', origin: 'environment' });
    expect(settings.taskQueuePrefix).toMatchObject({ value: 'mine', origin: 'file' });
    expect(settings.defaultStatisticalPower).toMatchObject({ value: '0.8', origin: 'default' });
    expect(settings.databaseUrl).toMatchObject({ value: null, origin: 'default' });
    expect(withFileSettings(env, settings)).toEqual({
      VICTOR_LOG_LEVEL: 'debug',
      VICTOR_TASK_QUEUE_PREFIX: 'mine',
    });
  });

  it('refuses bad variables, each with its rule', () => {
    const env = {
      VICTOR_EXPERIMENTS_STORAGE_BACKEND: 'sqlite',
      VICTOR_EXPERIMENTS_DEFAULT_ALLOCATION_STRATEGY: 'thompson',
      VICTOR_EXPERIMENTS_METRICS_BUFFER_SIZE: '0',
      VICTOR_EXPERIMENTS_DEFAULT_STATISTICAL_POWER: '1',
    };
    expect(() => resolveSettings(env, new Map())).toThrow(
      /STORAGE_BACKEND is "sqlite", must be postgres: .*\n.*"thompson", must be sticky; other strategies are not supported yet\n.*BUFFER_SIZE is "0".*\n.*POWER is "1", must be a fraction/,
    );
  });

  it('hides passwords', () => {
    expect(maskPassword('postgres://me:p%40ss@host:1/db?x=1&password=geheim&y=2')).toBe(
      'postgres://me:***@host:1/db?x=1&password=***&y=2',
    );
    expect(maskPassword('postgres://me@host/db')).toBe('postgres://me@host/db');
  });
});

it('the hash of a config file covers what it imports, however it is imported, and nothing else', () => {
  mkdirSync(join(folder, 'steps'), { recursive: true });
  const steps = ['a', 'b', 'c', 'd'].map((name) => write(`export const ${name} = 1;`, `steps/${name}.ts`));
  write('{}', 'steps/data.json');
  write(`export * from './b.ts'; import data from './data.json';`, 'steps/index.ts');
  write('export const other = 1;', 'other.ts');
  const path = write(
    `import { a } from './steps/a.js'; import './steps'; const c = await import('./steps/c'); const d = require('./steps/d.ts'); import 'node:fs'; import './none.ts';`,
  );
  const hashes = [configHash(path)];
  for (const step of [...steps, join(folder, 'steps/data.json'), path]) {
    writeFileSync(step, '{ "changed": true }');
    hashes.push(configHash(path));
    if (step === path) continue;
  }
  expect(new Set(hashes).size).toBe(hashes.length);
  write('export const other = 2;', 'other.ts');
  expect(configHash(path)).toBe(hashes.at(-1));
  expect(configHash(null)).toBeNull();
  expect(configHash(join(folder, 'gone.ts'))).toBeNull();
});
