import { Client } from '@temporalio/client';
import { NativeConnection, Runtime, Worker, makeTelemetryFilterString } from '@temporalio/worker';
import type { WorkerOptions } from '@temporalio/worker';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { createControlActivities } from '../../activities/control.ts';
import { createDataActivities } from '../../activities/data.ts';
import { controlTaskQueue, executionTaskQueue } from '../../activities/start-experiment.ts';
import { createPool } from '../db/pool.ts';
import { unavailable } from '../errors.ts';
import { connectionOptionsFor } from '../local/temporal-address.ts';
import { openConnection } from '../local/temporal-health.ts';
import { packageRoot } from '../package-root.ts';
import { watchAvailability } from './availability.ts';
import { loadConfigFile } from './config-file.ts';
import { readIdentity } from './identity.ts';
import { isolatedRunner } from './run-isolated.ts';
import { ensureReconcileSchedule } from './schedule.ts';

export interface WorkerSettings {
  readonly env: NodeJS.ProcessEnv;
  readonly databaseUrl: string;
  readonly temporalAddress: string;
  readonly temporalNamespace: string;
  readonly taskQueuePrefix: string;
  /** Of the data plane only: the control plane never loads user code. */
  readonly configPath: string | null;
  readonly log: Logger;
}

const TIMEOUT_GRACE_MS = 120_000;
const bundlePath = (): string => join(packageRoot(), 'dist', 'workflow-bundle.js');

/** Serves one plane until the process is told to end. The composition root of workers. */
export async function runWorker(plane: 'control' | 'data', settings: WorkerSettings): Promise<void> {
  installRuntime(settings.log);
  const pool = createPool(settings.databaseUrl, { plane, max: plane === 'control' ? 6 : 12 });
  const options = connectionOptionsFor(settings.env, settings.temporalAddress) as Parameters<
    typeof NativeConnection.connect
  >[0];
  const connection = await NativeConnection.connect(options).catch((error: unknown) => {
    throw unavailable(
      `Temporal at ${settings.temporalAddress} cannot be reached; start it with \`victor up\``,
      error,
    );
  });
  const base: WorkerOptions = {
    connection,
    namespace: settings.temporalNamespace,
    taskQueue: '',
    workflowBundle: { codePath: bundlePath() },
    maxCachedWorkflows: 400,
    shutdownGraceTime: '3s',
    shutdownForceTime: '5s',
    stickyQueueScheduleToStartTimeout: '5s',
  };
  const end: (() => Promise<void> | void)[] = [() => pool.end()];
  try {
    const worker = plane === 'control' ? await controlWorker(base) : await dataWorker(base);
    await worker.run();
  } finally {
    for (const step of end.toReversed()) await step();
    await connection.close();
  }

  async function controlWorker(common: WorkerOptions): Promise<Worker> {
    const clientConnection = await openConnection(settings.env, settings.temporalAddress);
    end.push(() => clientConnection.close());
    const client = new Client({ connection: clientConnection, namespace: settings.temporalNamespace });
    const availability = watchAvailability(pool);
    end.push(availability.stop);
    const identity = await readIdentity(clientConnection, settings.temporalNamespace);
    await ensureReconcileSchedule(client, settings.taskQueuePrefix);
    return Worker.create({
      ...common,
      taskQueue: controlTaskQueue(settings.taskQueuePrefix),
      activities: createControlActivities({
        pool,
        client,
        identity,
        taskQueuePrefix: settings.taskQueuePrefix,
        log: settings.log,
        availableSince: availability.since,
        timeoutGraceMs: TIMEOUT_GRACE_MS,
      }),
      maxConcurrentActivityTaskExecutions: 20,
    });
  }

  async function dataWorker(common: WorkerOptions): Promise<Worker> {
    const config = settings.configPath === null ? {} : await loadConfigFile(settings.configPath);
    const clientConnection = await openConnection(settings.env, settings.temporalAddress);
    const identity = await readIdentity(clientConnection, settings.temporalNamespace);
    await clientConnection.close();
    return Worker.create({
      ...common,
      taskQueue: executionTaskQueue(settings.taskQueuePrefix),
      activities: createDataActivities({
        pool,
        identity,
        handlers: config.handlers ?? {},
        runIsolated: isolatedRunner(settings.configPath ?? ''),
      }),
      maxConcurrentActivityTaskExecutions: 100,
    });
  }
}

function installRuntime(log: Logger): void {
  Runtime.install({
    shutdownSignals: ['SIGTERM', 'SIGINT'],
    logger: {
      log: (level, message, meta) => log[level === 'TRACE' ? 'trace' : lower(level)](meta ?? {}, message),
      trace: (message, meta) => log.trace(meta ?? {}, message),
      debug: (message, meta) => log.debug(meta ?? {}, message),
      info: (message, meta) => log.info(meta ?? {}, message),
      warn: (message, meta) => log.warn(meta ?? {}, message),
      error: (message, meta) => log.error(meta ?? {}, message),
    },
    telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR' }), forward: {} } },
  });
}

const lower = (level: string): 'debug' | 'info' | 'warn' | 'error' =>
  level.toLowerCase() as 'debug' | 'info' | 'warn' | 'error';
