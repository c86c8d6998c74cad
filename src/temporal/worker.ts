import { Client } from '@temporalio/client';
import { NativeConnection, Runtime, Worker, makeTelemetryFilterString } from '@temporalio/worker';
import type { WorkerOptions } from '@temporalio/worker';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { createControlActivities } from '../../activities/control.ts';
import { createDataActivities } from '../../activities/data.ts';
import type { FlushRule } from '../../activities/meter.ts';
import { controlTaskQueue, executionTaskQueue } from '../../activities/start-experiment.ts';
import { readInstallationId } from '../db/installation.ts';
import { createPool, orUnavailable } from '../db/pool.ts';
import { unavailable } from '../errors.ts';
import type { ExperimentDefaults } from '../experiment-file/experiment-defaults.ts';
import { connectionOptionsFor } from '../local/temporal-address.ts';
import { openConnection } from '../local/temporal-health.ts';
import { createLogger } from '../log.ts';
import { packageRoot } from '../package-root.ts';
import { configHash } from '../settings/config-hash.ts';
import { watchAvailability } from './availability.ts';
import { loadConfigFile } from './config-file.ts';
import { readIdentity } from './identity.ts';
import { reportConfig } from './report-config.ts';
import { isolatedRunner } from './run-isolated.ts';
import { checkInstallation, ensureReconcileSchedule } from './schedule.ts';

export interface WorkerSettings {
  readonly env: NodeJS.ProcessEnv;
  readonly databaseUrl: string;
  readonly temporalAddress: string;
  readonly temporalNamespace: string;
  readonly taskQueuePrefix: string;
  /** Of the control plane: for experiments that a bare Temporal client creates. */
  readonly experimentDefaults?: ExperimentDefaults;
  /** Of the data plane only: the control plane never loads user code. */
  readonly configPath: string | null;
  /** Of the data plane: when what handlers meter is safe from the death of the worker. */
  readonly meterFlush?: FlushRule;
  /** Default: to stderr, at the level VICTOR_LOG_LEVEL of `env`. */
  readonly log?: Logger;
  /** Called when the worker has failed and does not come to its end. A process of its own exits here. */
  readonly onStuck?: () => void;
}

const TIMEOUT_GRACE_MS = 120_000;
const SCHEDULE_MS = 60_000;
/** A worker that is ending takes at most its force time, 5 s; longer means that it never will. */
const STUCK_MS = 12_000;
const bundlePath = (): string => join(packageRoot(), 'dist', 'workflow-bundle.js');

/**
 * Serves one plane until the process is told to end. The composition root of workers.
 *
 * @example
 * ```ts
 * import { runWorker } from 'victor-experiments/worker';
 *
 * await runWorker('data', {
 *   databaseUrl: process.env['DATABASE_URL']!,
 *   temporalAddress: process.env['TEMPORAL_ADDRESS'] ?? 'localhost:7233',
 *   temporalNamespace: 'default',
 *   taskQueuePrefix: process.env['VICTOR_TASK_QUEUE_PREFIX'] ?? 'victor',
 *   configPath: 'victor.config.ts',
 *   env: process.env,
 * });
 * ```
 */
export async function runWorker(plane: 'control' | 'data', given: WorkerSettings): Promise<void> {
  const settings = {
    ...given,
    log: given.log ?? createLogger(`victor-${plane}`, given.env['VICTOR_LOG_LEVEL'] ?? 'warn'),
  };
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
    const worker = await orUnavailable(() => (plane === 'control' ? controlWorker(base) : dataWorker(base)));
    end.push(watchForStuckEnd(worker, settings));
    await worker.run();
  } finally {
    // after a panic of its core a worker may never give back what it holds
    const stuck = setTimeout(() => settings.onStuck?.(), STUCK_MS);
    for (const step of end.toReversed()) await step();
    await connection.close();
    clearTimeout(stuck);
  }

  async function controlWorker(common: WorkerOptions): Promise<Worker> {
    const clientConnection = await openConnection(settings.env, settings.temporalAddress);
    end.push(() => clientConnection.close());
    const client = new Client({ connection: clientConnection, namespace: settings.temporalNamespace });
    const availability = watchAvailability(pool);
    end.push(availability.stop);
    const identity = await readIdentity(clientConnection, settings.temporalNamespace);
    const installationId = await readInstallationId(pool);
    const schedule = () => ensureReconcileSchedule(client, settings.taskQueuePrefix, installationId);
    await schedule();
    // somebody may delete it
    const timer = setInterval(() => {
      schedule().catch((error: unknown) => settings.log.warn({ error }, 'the schedule cannot be ensured'));
    }, SCHEDULE_MS);
    end.push(() => clearInterval(timer));
    return Worker.create({
      ...common,
      taskQueue: controlTaskQueue(settings.taskQueuePrefix),
      activities: createControlActivities({
        pool,
        client,
        identity,
        taskQueuePrefix: settings.taskQueuePrefix,
        log: settings.log,
        experimentDefaults: settings.experimentDefaults ?? {},
        availableSince: availability.since,
        timeoutGraceMs: TIMEOUT_GRACE_MS,
      }),
      maxConcurrentActivityTaskExecutions: 20,
    });
  }

  async function dataWorker(common: WorkerOptions): Promise<Worker> {
    // before it is loaded: an edit in between must be seen as one
    const loadedHash = configHash(settings.configPath);
    const config = settings.configPath === null ? {} : await loadConfigFile(settings.configPath);
    const clientConnection = await openConnection(settings.env, settings.temporalAddress);
    const identity = await readIdentity(clientConnection, settings.temporalNamespace);
    const client = new Client({ connection: clientConnection, namespace: settings.temporalNamespace });
    await checkInstallation(client, settings.taskQueuePrefix, await readInstallationId(pool));
    await clientConnection.close();
    end.push(
      reportConfig(pool, settings.taskQueuePrefix, {
        configPath: settings.configPath,
        configHash: loadedHash,
        handlers: Object.keys(config.handlers ?? {}),
      }),
    );
    return Worker.create({
      ...common,
      taskQueue: executionTaskQueue(settings.taskQueuePrefix),
      activities: createDataActivities({
        pool,
        identity,
        handlers: config.handlers ?? {},
        ...(settings.meterFlush === undefined ? {} : { meterFlush: settings.meterFlush }),
        runIsolated: isolatedRunner(settings.configPath ?? ''),
      }),
      maxConcurrentActivityTaskExecutions: 100,
    });
  }
}

function watchForStuckEnd(worker: Worker, settings: WorkerSettings & { readonly log: Logger }): () => void {
  let since: number | null = null;
  const timer = setInterval(() => {
    if (['INITIALIZED', 'RUNNING'].includes(worker.getState())) return;
    since ??= Date.now();
    if (Date.now() - since < STUCK_MS) return;
    settings.log.fatal({ state: worker.getState() }, 'the worker does not come to its end');
    settings.onStuck?.();
  }, 1000);
  timer.unref();
  return () => clearInterval(timer);
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
