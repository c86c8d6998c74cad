import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createDatabase } from '../support/database.ts';
import { victor } from './run.ts';
import type { CommandResult } from './run.ts';

const FILE = `name: Any
variants:
  - { variant_id: a, is_control: true, workflow_type: definition, workflow_config: { workflow: w } }
  - { variant_id: b, workflow_type: definition, workflow_config: { workflow: w } }
primary_metric: { metric_id: time, name: Time, metric_type: execution_time }
max_duration_seconds: 60
`;
const COMMANDS: readonly (readonly string[])[] = [
  ['experiment', 'create', 'any.yaml'],
  ['experiment', 'run', 'any.yaml'],
  ...'start pause resume stop archive status results executions metrics events'
    .split(' ')
    .map((name) => ['experiment', name, 'any']),
  ['experiment', 'list'],
  ['experiment', 'execute', 'any', '--user', 'u'],
  ['migrate'],
  ['worker', '--control'],
  ['worker', '--data'],
];

let folder: string;
/** Accepts and never answers: a frozen server. */
let silent: Server;
let silentPort: number;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'victor-away-'));
  writeFileSync(join(folder, 'any.yaml'), FILE);
  silent = createServer(() => undefined);
  await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done));
  silentPort = (silent.address() as AddressInfo).port;
});
afterAll(() => {
  silent.close();
  rmSync(folder, { recursive: true, force: true });
});

const closed = { DATABASE_URL: 'postgres://victor@127.0.0.1:9/victor', TEMPORAL_ADDRESS: '127.0.0.1:9' };
const { DATABASE_URL: _url, TEMPORAL_ADDRESS: _address, ...bare } = process.env;

const AT_ONCE = 4;

/** Some at once: each waits more than it computes. */
async function all(commands: readonly (readonly string[])[], env: NodeJS.ProcessEnv) {
  const results: (CommandResult & { readonly command: string })[] = [];
  for (let at = 0; at < commands.length; at += AT_ONCE) {
    const group = commands.slice(at, at + AT_ONCE);
    const ended = await Promise.all(
      group.map(async (args) => ({
        command: args.slice(0, 2).join(' '),
        ...(await victor(args, { env: { ...bare, ...env }, cwd: folder })),
      })),
    );
    results.push(...ended);
  }
  return results;
}

function expectUnavailable(results: Awaited<ReturnType<typeof all>>, message: RegExp): void {
  for (const { command, code, stdout, stderr, seconds } of results) {
    expect({ command, code, stdout }).toEqual({ command, code: 5, stdout: '' });
    expect(stderr, command).toMatch(message);
    expect(stderr.trim().split('\n'), command).toHaveLength(1);
    expect(seconds, command).toBeLessThan(14);
  }
}

describe('a server that is away: one clear error, exit 5', () => {
  it('without a stack and without settings', async () => {
    expectUnavailable(
      await all(COMMANDS, {}),
      /no stack runs in .*\.victor and .*are? not set; run `victor up`/,
    );
  });

  it('both servers refuse', async () => {
    expectUnavailable(await all(COMMANDS, closed), /(Postgres|Temporal).* cannot be reached/);
  });

  it('Postgres accepts and never answers', async () => {
    const frozen = {
      DATABASE_URL: `postgres://victor@127.0.0.1:${silentPort}/victor`,
      TEMPORAL_ADDRESS: inject('stack').temporalAddress,
    };
    expectUnavailable(await all(COMMANDS.slice(2, 14), frozen), /Postgres cannot be reached/);
  });

  it('Temporal accepts and never answers', async () => {
    const server = inject('stack').databaseUrl;
    const name = `victor_away_${process.pid}`;
    const env = {
      DATABASE_URL: await createDatabase(server, name, 'victor_template'),
      TEMPORAL_ADDRESS: `127.0.0.1:${silentPort}`,
    };
    expectUnavailable(await all(COMMANDS.slice(0, 2), env), /Temporal at .* cannot be reached/);
  });

  it('a database without the schema', async () => {
    const server = inject('stack').databaseUrl;
    const env = {
      DATABASE_URL: await createDatabase(server, `victor_empty_${process.pid}`, null),
      TEMPORAL_ADDRESS: inject('stack').temporalAddress,
    };
    expectUnavailable(await all([['experiment', 'list']], env), /run `victor migrate`/);
  });

  it('doctor says what is wrong and how to repair it: exit 1', async () => {
    const [result] = await all([['doctor', '--json']], closed);
    expect(result?.code).toBe(1);
    const { checks } = JSON.parse(result?.stdout ?? '') as {
      checks: { name: string; ok: boolean; fix: string }[];
    };
    expect(checks.filter(({ ok }) => !ok).map(({ name }) => name)).toEqual([
      'Temporal server',
      'Postgres',
      'migrations',
    ]);
    expect(checks.every(({ ok, fix }) => ok || /`victor (up|migrate)`/.test(fix))).toBe(true);
  });
});
