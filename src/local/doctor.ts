import type { Check, DoctorDeps } from './doctor-check.ts';
import { checkPostgres } from './doctor-postgres.ts';
import { checkProgram, checkServer } from './doctor-temporal.ts';
import type { StackAddresses } from './stack-types.ts';

/** Looks at every part of the stack. A part that cannot be looked at because another is away fails with that reason. */
export async function checkStack(addresses: StackAddresses, deps: DoctorDeps): Promise<readonly Check[]> {
  const parts = await Promise.all([
    checkProgram(deps.env),
    checkServer(addresses, deps),
    checkPostgres(addresses.databaseUrl, deps.schemaStatus),
  ]);
  return parts.flat();
}
