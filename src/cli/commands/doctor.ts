import { Client } from '@temporalio/client';
import type { Command } from 'commander';
import type pg from 'pg';
import { readDefinitionQueues } from '../../db/definition-queues.ts';
import { readInstallationId } from '../../db/installation.ts';
import { schemaVersion } from '../../db/migrate.ts';
import { createPool } from '../../db/pool.ts';
import { VictorError } from '../../errors.ts';
import { checkStack } from '../../local/doctor.ts';
import type { Check } from '../../local/doctor-check.ts';
import { checkProgram } from '../../local/doctor-temporal.ts';
import { describeStale, staleWorkers } from '../../operations/stale-workers.ts';
import type { RenderOptions } from '../../report/options.ts';
import { renderTable } from '../../report/table.ts';
import { configHash } from '../../settings/config-hash.ts';
import { checkInstallation } from '../../temporal/schedule.ts';
import { probeAsWorker } from '../config-loads.ts';
import { findAddresses, taskQueuePrefix } from '../context.ts';
import type { CliContext } from '../context.ts';
import { print } from '../output.ts';
import { contextOf, newCommand, plainContextOf } from '../program.ts';
import type { Invocation } from '../program.ts';

export function doctorCommand({ signal, answer }: Invocation): Command {
  const command = newCommand('doctor', 'look at every part of the stack and print the fix of each fault');
  return command.action(async () => {
    const plain = plainContextOf(command, signal);
    const context = readContext(command, signal);
    const checks = 'stateDir' in context ? await examine(context) : [context];
    print(plain, { ok: checks.every((check) => check.ok), checks }, (options) => render(checks, options));
    answer(checks.every((check) => check.ok) ? 0 : 1);
  });
}

/** A config file whose settings cannot be read is a fault like any other. */
function readContext(command: Command, signal: AbortSignal): CliContext | Check {
  try {
    return contextOf(command, signal);
  } catch (error) {
    if (!(error instanceof VictorError) || error.problems.length === 0) throw error;
    return configFault(error.message);
  }
}

async function examine(context: CliContext): Promise<readonly Check[]> {
  try {
    const addresses = await findAddresses(context);
    const prefix = taskQueuePrefix(context.env);
    const checks = await checkStack(addresses, {
      env: context.env,
      queuePrefix: prefix,
      definitionQueues: () => withPool(addresses.databaseUrl, (pool) => readDefinitionQueues(pool, prefix)),
      schemaStatus: (databaseUrl) => withPool(databaseUrl, schemaVersion),
      scheduleStatus: (connection, databaseUrl) =>
        withPool(databaseUrl, async (pool) => {
          const client = new Client({ connection, namespace: addresses.temporalNamespace });
          const installationId = await readInstallationId(pool);
          if (!(await checkInstallation(client, prefix, installationId)))
            throw new Error('it has no schedule');
          return `schedule ${prefix}-reconcile`;
        }),
    });
    return [...checks, ...(await checkConfig(context, { databaseUrl: addresses.databaseUrl, prefix }))];
  } catch (error) {
    if (!(error instanceof VictorError && error.kind === 'Unavailable')) throw error;
    const program = await checkProgram(context.env);
    const fix = 'Run `victor up`, or set DATABASE_URL and TEMPORAL_ADDRESS.';
    const stack = { name: 'stack', ok: false, detail: error.message, fix };
    return [program, stack, ...(await checkConfig(context, null))];
  }
}

/** Only where there is a config file: does it load, and (where a database can be asked) do the workers have it? */
async function checkConfig(
  context: CliContext,
  servers: { readonly databaseUrl: string; readonly prefix: string } | null,
): Promise<readonly Check[]> {
  const { configPath } = context;
  if (configPath === null) return [];
  const answer = await probeAsWorker(context, configPath);
  if (answer.kind === 'refused') return [configFault(answer.message)];
  if (servers === null) return [];
  const stale = await withPool(servers.databaseUrl, (pool) =>
    staleWorkers(pool, servers.prefix, configHash(configPath)),
  ).catch(() => null);
  if (stale === null) return [];
  if (stale.length === 0) return [{ name: 'victor.config', ok: true, detail: configPath, fix: null }];
  const fix = 'Run `victor up`, or start that worker again.';
  return [{ name: 'victor.config', ok: false, detail: describeStale(stale, configPath), fix }];
}

const configFault = (detail: string): Check => ({
  name: 'victor.config',
  ok: false,
  detail,
  fix: 'Correct the file, then run `victor up`.',
});

async function withPool<T>(databaseUrl: string, work: (pool: pg.Pool) => Promise<T>): Promise<T> {
  const pool = createPool(databaseUrl, { plane: 'client', max: 1 });
  try {
    return await work(pool);
  } finally {
    await pool.end();
  }
}

function render(checks: readonly Check[], options: RenderOptions): string {
  const rows = checks.map((check) => [check.name, check.ok ? 'ok' : 'FAULT', check.detail]);
  const table = renderTable({ head: ['part', 'state', 'detail'], rows, right: [] }, options);
  const fixes = checks.flatMap((check) => (check.ok ? [] : [`${check.name}: ${check.fix ?? ''}`]));
  return [table, ...fixes].join('\n');
}
