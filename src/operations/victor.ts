import { Client } from '@temporalio/client';
import type { Connection } from '@temporalio/client';
import type pg from 'pg';
import type { TemporalIdentity } from '../../activities/deps.ts';
import { createPool } from '../db/pool.ts';
import { VictorError, unavailable } from '../errors.ts';
import type { ExperimentDefaults } from '../experiment-file/experiment-defaults.ts';
import { missingSearchAttributes, openConnection } from '../local/temporal-health.ts';
import { readIdentity } from '../temporal/identity.ts';

export interface VictorSettings {
  readonly databaseUrl: string;
  readonly temporalAddress: string;
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
  readonly close: () => Promise<void>;
}

export interface TemporalSession {
  readonly client: Client;
  readonly connection: Connection;
  readonly identity: TemporalIdentity;
}

/** How long any one answer may take before the operation fails as Unavailable. */
export const ANSWER_MS = 10_000;

export function openVictor(settings: VictorSettings): Victor {
  const pool = createPool(settings.databaseUrl, { plane: 'client', max: 4 });
  const namespace = settings.temporalNamespace ?? 'default';
  let session: Promise<TemporalSession> | null = null;
  const temporal = async (): Promise<TemporalSession> => {
    session ??= openSession(settings.env ?? process.env, settings.temporalAddress, namespace);
    try {
      return await session;
    } catch (error) {
      session = null;
      throw error;
    }
  };
  return {
    pool,
    temporal,
    taskQueuePrefix: settings.taskQueuePrefix ?? 'victor',
    webUiUrl: settings.webUiUrl ?? null,
    experimentDefaults: settings.experimentDefaults ?? {},
    close: async () => {
      const opened = await session?.catch(() => null);
      await Promise.all([pool.end(), opened?.connection.close()]);
    },
  };
}

async function openSession(
  env: NodeJS.ProcessEnv,
  address: string,
  namespace: string,
): Promise<TemporalSession> {
  let connection: Connection | null = null;
  try {
    connection = await openConnection(env, address);
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
    await connection?.close();
    if (error instanceof VictorError) throw error;
    throw temporalUnavailable(address, error);
  }
}

export function temporalUnavailable(address: string, error: unknown): VictorError {
  const detail = error instanceof Error ? error.message : String(error);
  return unavailable(
    `Temporal at ${address} cannot be reached (${detail}); start it with \`victor up\` or correct TEMPORAL_ADDRESS`,
    error,
  );
}
