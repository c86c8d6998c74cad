import pg from 'pg';
import { failed, passed } from './doctor-check.ts';
import type { Check, DoctorDeps } from './doctor-check.ts';

const POSTGRES = 'Postgres';
const MIGRATIONS = 'migrations';
const OLDEST_SUPPORTED = 14;

async function serverVersion(databaseUrl: string): Promise<string> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 3000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ server_version: string }>('show server_version');
    return rows[0]?.server_version ?? 'unknown';
  } finally {
    await client.end().catch(() => undefined);
  }
}

export async function checkPostgres(
  databaseUrl: string,
  schemaStatus: DoctorDeps['schemaStatus'],
): Promise<readonly Check[]> {
  let version: string;
  try {
    version = await serverVersion(databaseUrl);
  } catch (error) {
    const fix = 'Run `victor up`, or correct DATABASE_URL.';
    return [failed(POSTGRES, error, fix), failed(MIGRATIONS, 'Postgres cannot be reached', fix)];
  }
  const postgres =
    Number.parseInt(version, 10) >= OLDEST_SUPPORTED
      ? passed(POSTGRES, `reachable, version ${version}`)
      : failed(
          POSTGRES,
          `version ${version} is older than ${OLDEST_SUPPORTED}`,
          'Point DATABASE_URL at a newer server, or unset it and run `victor up`.',
        );
  return [postgres, await checkMigrations(databaseUrl, schemaStatus)];
}

async function checkMigrations(
  databaseUrl: string,
  schemaStatus: DoctorDeps['schemaStatus'],
): Promise<Check> {
  try {
    const { applied, known } = await schemaStatus(databaseUrl);
    const detail = `${applied} of ${known} applied`;
    if (applied === known) return passed(MIGRATIONS, detail);
    if (applied < known) return failed(MIGRATIONS, detail, 'Run `victor migrate`.');
    return failed(
      MIGRATIONS,
      `version ${applied} is newer than the ${known} this program knows`,
      'Run `npm install victor-experiments@latest`.',
    );
  } catch (error) {
    return failed(MIGRATIONS, error, 'Run `victor migrate`.');
  }
}
