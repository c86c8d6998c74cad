import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { victor } from './run.ts';
import type { CommandResult } from './run.ts';

const { DATABASE_URL: _url, TEMPORAL_ADDRESS: _address, VICTOR_LOG_LEVEL: _level, ...env } = process.env;
let folder: string;
const cli = (args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<CommandResult> =>
  victor(args, { env: { ...env, ...more }, cwd: folder });

const CONFIG = `import { defineConfig } from 'victor-experiments/config';
import { greet } from './steps.ts';
export default defineConfig({
  handlers: { greet },
  settings: { storagePath: './data', taskQueuePrefix: 'settled', defaultSignificanceLevel: 0.01 },
});
`;
const STEPS = `export const greet = () => ({ text: 'hello' });\n`;
const FILE = `name: Settled
variants:
  - { variant_id: a, is_control: true, workflow_type: stategraph, workflow_config: { graph_definition: { nodes: [greet] } } }
  - { variant_id: b, workflow_type: stategraph, workflow_config: { graph_definition: { nodes: [greet] } } }
primary_metric: { metric_id: execution_time, name: Execution time, metric_type: execution_time }
max_duration_seconds: 60
`;
/** As any Temporal client does. */
async function createBare(address: string): Promise<void> {
  const connection = await Connection.connect({ address });
  const { workflow } = new Client({ connection });
  const config = { ...(parse(FILE) as Record<string, unknown>), name: 'Bare' };
  const handle = await workflow.start('experiment', {
    workflowId: 'experiment/bare',
    taskQueue: 'settled-control',
    args: [{ config }],
  });
  await handle.executeUpdate('created');
  await connection.close();
}

const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'victor-config-'));
  // the user postgres has to come in
  chmodSync(folder, 0o755);
  write('victor.config.ts', CONFIG);
  write('steps.ts', STEPS);
  write('experiment.yaml', FILE);
});
afterAll(async () => {
  await cli(['down', '--quiet']);
  rmSync(folder, { recursive: true, force: true });
});

interface Shown {
  readonly config_file: string;
  readonly settings: readonly { readonly name: string; readonly value: string; readonly source: string }[];
}
const valueOf = (text: string, name: string) => {
  const found = (JSON.parse(text) as Shown).settings.find((setting) => setting.name === name);
  return [found?.value, found?.source];
};
const pidsOf = (text: string): unknown => (JSON.parse(text) as { readonly pids: unknown }).pids;
const faults = async (): Promise<readonly string[]> => {
  const { checks } = JSON.parse((await cli(['doctor', '--json'])).stdout) as {
    checks: { name: string; ok: boolean }[];
  };
  return checks.filter(({ ok }) => !ok).map(({ name }) => name);
};

describe('settings', () => {
  it('are shown with their values, origins and no secret', async () => {
    const given = {
      DATABASE_URL: 'postgres://me:geheim@db/x',
      TEMPORAL_API_KEY: 'geheim',
      VICTOR_TASK_QUEUE_PREFIX: 'mine',
    };
    const { code, stdout, stderr } = await cli(['config', '--json'], given);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).not.toMatch(/geheim/);
    expect(valueOf(stdout, 'databaseUrl')).toEqual(['postgres://me:***@db/x', 'DATABASE_URL']);
    expect(valueOf(stdout, 'temporalApiKey')).toEqual(['***', 'TEMPORAL_API_KEY']);
    expect(valueOf(stdout, 'taskQueuePrefix')).toEqual(['mine', 'VICTOR_TASK_QUEUE_PREFIX']);
    expect(valueOf(stdout, 'storagePath')).toEqual([join(folder, 'data'), join(folder, 'victor.config.ts')]);
    expect(valueOf(stdout, 'defaultStatisticalPower')).toEqual(['0.8', 'default']);
    expect(valueOf(stdout, 'metricsFlushInterval')).toEqual(['60', 'default']);
  });

  it('are refused with their place before anything is done', async () => {
    const bad = await cli(['up'], { VICTOR_EXPERIMENTS_STORAGE_BACKEND: 'sqlite' });
    expect(bad).toMatchObject({ code: 2, stdout: '' });
    expect(bad.stderr).toMatch(/VICTOR_EXPERIMENTS_STORAGE_BACKEND is "sqlite", must be postgres: /);
    write('bad.config.ts', 'export default { settings: { logLevel: 3 } };');
    const file = await cli(['experiment', 'list', '--config', 'bad.config.ts']);
    expect(file.stderr).toMatch(/bad\.config\.ts:1:40: logLevel is "3", must be one of trace/);
    expect((await cli(['config', '--config', 'none.ts'])).stderr).toMatch(
      /config file .*none\.ts does not exist/,
    );
  });
});

describe('a victor.config that does not load', () => {
  it.each([
    [
      'export default {\n  handlers: { a: () => 1 },\n};\nexport const x = {',
      /:4:19: Expected `}` but found `EOF`/,
    ],
    [
      'export default { handlers: { steady: 5 } };',
      /: handlers\.steady: must be a function, or \{isolate: true/,
    ],
    ["\nimport './gone.ts';\nexport default {};", /:2:8: cannot find module '\.\/gone\.ts'/],
    [
      '\nconst port: number = nothing();\nexport default {};',
      /:2:\d+: ReferenceError: nothing is not defined/,
    ],
    ['process.exit(3);', /: ends the process that loads it \(exit code 3\)/],
    ['console.log("noise"); throw new Error("first\\nsecond");', /:1:\d+: first/],
  ])('is refused with its place before anything starts: %j', async (text, message) => {
    write('broken.config.ts', text);
    const path = join(folder, 'broken.config.ts');
    const up = await cli(['up', '--config', path]);
    expect(up).toMatchObject({ code: 2, stdout: '' });
    expect(up.stderr.startsWith(`error: ${path}:`)).toBe(true);
    expect(up.stderr).toMatch(message);
    expect(up.stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(existsSync(join(folder, '.victor'))).toBe(false);
  });

  it('is a fault for doctor, whatever else there is', async () => {
    write('broken.config.ts', 'export default { settings: { logLevel: ');
    const doctor = await cli(['doctor', '--config', 'broken.config.ts', '--json']);
    const { checks } = JSON.parse(doctor.stdout) as { checks: readonly Record<string, unknown>[] };
    expect(doctor.code).toBe(1);
    expect(checks).toEqual([
      {
        name: 'victor.config',
        ok: false,
        detail: expect.stringMatching(/broken\.config\.ts:1:\d+: /) as string,
        fix: expect.any(String) as string,
      },
    ]);
  });
});

it('up follows the config file: its settings, and each change of what the worker has loaded', async () => {
  const up = await cli(['up', '--json']);
  expect(up.code).toBe(0);
  const { database_url: databaseUrl, temporal_address: address } = JSON.parse(up.stdout) as {
    database_url: string;
    temporal_address: string;
  };
  expect(existsSync(join(folder, 'data', 'pgdata'))).toBe(true);
  expect(valueOf((await cli(['config', '--json'])).stdout, 'databaseUrl')[1]).toMatch(/^the stack in /);
  expect(await faults()).toEqual([]);

  const created = await cli(['experiment', 'create', 'experiment.yaml', '--id', 'settled']);
  expect({ code: created.code, stderr: created.stderr }).toMatchObject({ code: 0 });
  expect(created.stderr).not.toMatch(/another version/);
  await createBare(address);
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query(
    `select spec ->> 'significance_level' as level, spec ->> 'statistical_power' as power, task_queue_prefix as prefix
     from victor_data.experiments`,
  );
  await client.end();
  const settled = { level: '0.01', power: '0.8', prefix: 'settled' };
  expect(rows).toEqual([settled, settled]);

  const before = pidsOf(up.stdout);
  write('steps.ts', `${STEPS}export const x = {`);
  const broken = await cli(['up']);
  const place = `${join(folder, 'steps.ts')}:2:19: Expected \`}\` but found \`EOF\``;
  expect(broken).toMatchObject({ code: 2, stderr: `error: ${place}\n` });
  const servers = { DATABASE_URL: databaseUrl, TEMPORAL_ADDRESS: address };
  expect(await cli(['worker', '--data'], servers)).toMatchObject({ code: 2, stderr: `error: ${place}\n` });
  expect(await faults()).toEqual(['victor.config']);
  write('steps.ts', STEPS);
  expect(pidsOf((await cli(['up', '--json'])).stdout)).toEqual(before);

  write('steps.ts', STEPS.replace('hello', 'good morning'));
  expect(await faults()).toEqual(['victor.config']);
  const warned = await cli(['experiment', 'create', 'experiment.yaml', '--id', 'again']);
  expect(warned.stderr).toMatch(/^warning: \d+@.* runs another version of victor\.config than .*victor up/);
  const again = await cli(['up']);
  expect(again).toMatchObject({ code: 0 });
  expect(again.stderr).toMatch(/victor\.config has changed; the data worker is started again/);
  expect(await faults()).toEqual([]);
  expect((await cli(['up'])).stderr).toBe('');

  write('other.config.ts', CONFIG);
  const other = await cli(['up', '--config', 'other.config.ts']);
  expect(other).toMatchObject({ code: 0 });
  expect(other.stderr).toMatch(/the running stack has another config file; it is started again/);
}, 120_000);
