import { Client } from '@temporalio/client';
import type { Connection } from '@temporalio/client';
import type pg from 'pg';
import type { TemporalIdentity } from '../../activities/deps.ts';
import { borrowPool } from '../db/borrowed-pool.ts';
import { createPool } from '../db/pool.ts';
import { VictorError, invalidInput, unavailable } from '../errors.ts';
import type { ExperimentDefaults } from '../experiment-file/experiment-defaults.ts';
import { missingSearchAttributes, openConnection } from '../local/temporal-health.ts';
import { readIdentity } from '../temporal/identity.ts';

export interface VictorSettings {
  /** Of Postgres, such as `postgres://victor@localhost:5432/victor`. Either this or `pool`. */
  readonly databaseUrl?: string;
  /** A pool of your own, used and never ended. */
  readonly pool?: pg.Pool;
  /** Host and port, such as `localhost:7233`. Either this or `connection`. */
  readonly temporalAddress?: string;
  /** A connection of your own, used and never closed. */
  readonly connection?: Connection;
  /** Default `default`. */
  readonly temporalNamespace?: string;
  /** Default `victor`: the task queues are `<prefix>-control` and `<prefix>-executions`. */
  readonly taskQueuePrefix?: string;
  /** Address of the Temporal Web UI, for links. */
  readonly webUiUrl?: string | null;
  /** For experiments whose file does not say; default: significance level 0.05, power 0.8. */
  readonly experimentDefaults?: ExperimentDefaults;
  /** Temporal's other client settings (TLS, API key); default: the process environment. */
  readonly env?: NodeJS.ProcessEnv;
}

/** A session: what every operation takes first. Opens nothing before it is needed. */
export interface Victor {
  readonly pool: pg.Pool;
  readonly temporal: () => Promise<TemporalSession>;
  readonly taskQueuePrefix: string;
  readonly webUiUrl: string | null;
  readonly experimentDefaults: ExperimentDefaults;
  /** Closes what `openVictor` has opened itself. Again is harmless. */
  readonly close: () => Promise<void>;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}

export interface TemporalSession {
  readonly client: Client;
  readonly connection: Connection;
  readonly identity: TemporalIdentity;
}

/** How long any one answer may take before the operation fails as Unavailable. */
export const ANSWER_MS = 10_000;

/**
 * Opens a session: no connection is made before one is needed. Servers come by address, or as a `pool` and a
 * `connection` of yours. Close it when you are done, or hold it with `await using`. Throws InvalidInput.
 *
 * @example
 * ```ts
 * import { getExperimentStatus, openVictor } from 'victor-experiments/client';
 *
 * const session = openVictor({ databaseUrl: process.env['DATABASE_URL']!, temporalAddress: 'localhost:7233' });
 * try {
 *   const { status, totalSamples } = await getExperimentStatus(session, 'model-comparison');
 *   console.log(`${status}, ${totalSamples} executions`);
 * } finally {
 *   await session.close();
 * }
 * ```
 */
export function openVictor(settings: VictorSettings): Victor {
  const pool = openPool(settings);
  const namespace = settings.temporalNamespace ?? 'default';
  const connect = connector(settings);
  let session: Promise<TemporalSession> | null = null;
  let closed: Promise<void> | null = null;
  const temporal = async (): Promise<TemporalSession> => {
    session ??= openSession(connect, namespace);
    try {
      return await session;
    } catch (error) {
      session = null;
      throw error;
    }
  };
  const closeAll = async (): Promise<void> => {
    const opened = await session?.catch(() => null);
    const ours = settings.connection === undefined ? opened?.connection.close() : undefined;
    await Promise.all([pool.end(), ours]);
  };
  const close = (): Promise<void> => (closed ??= closeAll());
  return {
    pool,
    temporal,
    taskQueuePrefix: settings.taskQueuePrefix ?? 'victor',
    webUiUrl: settings.webUiUrl ?? null,
    experimentDefaults: settings.experimentDefaults ?? {},
    close,
    [Symbol.asyncDispose]: close,
  };
}

function openPool({ databaseUrl, pool }: VictorSettings): pg.Pool {
  if (pool !== undefined && databaseUrl === undefined) return borrowPool(pool);
  if (pool === undefined && databaseUrl !== undefined && databaseUrl !== '') {
    return createPool(databaseUrl, { plane: 'client', max: 4 });
  }
  throw invalidInput(`openVictor was given ${given(databaseUrl, pool)} of databaseUrl and pool, must be one`);
}

interface Connector {
  readonly open: () => Promise<Connection>;
  readonly shown: string;
  readonly ours: boolean;
}

function connector({ temporalAddress: address, connection, env }: VictorSettings): Connector {
  if (connection !== undefined && address === undefined) {
    return { open: async () => connection, shown: 'the given connection', ours: false };
  }
  if (connection === undefined && address !== undefined && address !== '') {
    return { open: () => openConnection(env ?? process.env, address), shown: address, ours: true };
  }
  throw invalidInput(
    `openVictor was given ${given(address, connection)} of temporalAddress and connection, must be one`,
  );
}

const given = (...settings: readonly unknown[]): string =>
  settings.every((setting) => setting !== undefined) ? 'both' : 'none';

async function openSession(connect: Connector, namespace: string): Promise<TemporalSession> {
  let connection: Connection | null = null;
  try {
    connection = await connect.open();
    const opened = connection;
    return await opened.withDeadline(Date.now() + ANSWER_MS / 2, async () => {
      const missing = await missingSearchAttributes(opened, namespace);
      if (missing.length > 0) {
        throw unavailable(
          `the Temporal namespace ${namespace} lacks the search attributes ${missing.join(', ')}; run \`victor doctor\` for the command that registers them`,
        );
      }
      const client = new Client({ connection: opened, namespace });
      return { client, connection: opened, identity: await readIdentity(opened, namespace) };
    });
  } catch (error) {
    if (connect.ours) await connection?.close();
    if (error instanceof VictorError) throw error;
    throw temporalUnavailable(connect.shown, error);
  }
}

export function temporalUnavailable(address: string, error: unknown): VictorError {
  const detail = error instanceof Error ? error.message : String(error);
  return unavailable(
    `Temporal at ${address} cannot be reached (${detail}); start it with \`victor up\` or correct TEMPORAL_ADDRESS`,
    error,
  );
}
