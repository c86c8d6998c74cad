import { Client } from '@temporalio/client';
import type { Command } from 'commander';
import type pg from 'pg';
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
import { findAddresses, taskQueuePrefix } from '../context.ts';
import type { CliContext } from '../context.ts';
import { print } from '../output.ts';
import { contextOf, newCommand } from '../program.ts';
import type { Invocation } from '../program.ts';

export function doctorCommand({ signal, answer }: Invocation): Command {
  const command = newCommand('doctor', 'look at every part of the stack and print the fix of each fault');
  return command.action(async () => {
    const context = contextOf(command, signal);
    const checks = await examine(context);
    print(context, { ok: checks.every((check) => check.ok), checks }, (options) => render(checks, options));
    answer(checks.every((check) => check.ok) ? 0 : 1);
  });
}

async function examine(context: CliContext): Promise<readonly Check[]> {
  try {
    const addresses = await findAddresses(context);
    const prefix = taskQueuePrefix(context.env);
    const checks = await checkStack(addresses, {
      env: context.env,
      queuePrefix: prefix,
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
    return [...checks, ...(await checkConfig(context, addresses.databaseUrl, prefix))];
  } catch (error) {
    if (!(error instanceof VictorError && error.kind === 'Unavailable')) throw error;
    const program = await checkProgram(context.env);
    const fix = 'Run `victor up`, or set DATABASE_URL and TEMPORAL_ADDRESS.';
    return [program, { name: 'stack', ok: false, detail: error.message, fix }];
  }
}

/** Only where there is a config file, and a database to ask. */
async function checkConfig(
  { configPath }: CliContext,
  databaseUrl: string,
  prefix: string,
): Promise<readonly Check[]> {
  if (configPath === null) return [];
  const stale = await withPool(databaseUrl, (pool) =>
    staleWorkers(pool, prefix, configHash(configPath)),
  ).catch(() => null);
  if (stale === null) return [];
  if (stale.length === 0) return [{ name: 'victor.config', ok: true, detail: configPath, fix: null }];
  const fix = 'Run `victor up`, or start that worker again.';
  return [{ name: 'victor.config', ok: false, detail: describeStale(stale, configPath), fix }];
}

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
