import type { Check, DoctorDeps } from './doctor-check.ts';
import { checkPostgres } from './doctor-postgres.ts';
import { checkProcesses } from './doctor-processes.ts';
import { checkProgram, checkServer } from './doctor-temporal.ts';
import type { StackAddresses } from './stack-types.ts';

/**
 * Looks at every part of the stack. A part that cannot be looked at because another is away fails with that reason.
 *
 * @example
 * ```ts
 * import { checkStack } from 'victor-experiments';
 *
 * const addresses = {
 *   databaseUrl: process.env['DATABASE_URL']!,
 *   temporalAddress: process.env['TEMPORAL_ADDRESS'] ?? 'localhost:7233',
 *   temporalNamespace: 'default',
 *   webUiUrl: null,
 *   stateDir: '.victor',
 * };
 * const schemaStatus = async () => ({ applied: 1, known: 1 });
 * for (const { name, ok, fix } of await checkStack(addresses, { env: process.env, schemaStatus })) {
 *   console.log(ok ? 'fine' : fix, name);
 * }
 * ```
 */
export async function checkStack(addresses: StackAddresses, deps: DoctorDeps): Promise<readonly Check[]> {
  const parts = await Promise.all([
    checkProgram(deps.env),
    checkServer(addresses, deps),
    checkProcesses(addresses.stateDir),
    checkPostgres(addresses.databaseUrl, deps.schemaStatus),
  ]);
  return parts.flat();
}
