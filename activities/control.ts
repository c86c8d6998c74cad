import { Context } from '@temporalio/activity';
import { finishDataset, pendingPositions, readExperiment } from '../src/db/experiments.ts';
import { appendEvent } from '../src/db/events.ts';
import { withExclusiveLock } from '../src/db/lock.ts';
import { insertFailedLook } from '../src/db/looks.ts';
import { applyTransition } from '../src/db/transitions.ts';
import { parseExperimentConfig } from '../src/experiment-file/config.ts';
import { checkInlinedSize } from '../src/experiment-file/inlined-size.ts';
import type { ExperimentStatusName } from '../src/model/lifecycle.ts';
import type { TransitionRequest } from '../workflows/transition-request.ts';
import { checkExperiment } from './check.ts';
import type { CheckAnswer } from './check.ts';
import { storeExperiment } from './create.ts';
import { unknownHandlers } from './handler-names.ts';
import type { ControlDeps } from './deps.ts';
import type { PlannedLook } from './due.ts';
import { asActivity } from './failures.ts';
import { takeLook } from './look.ts';
import { advanceRolledOut, reconcileExecutions, reviveExperiments } from './reconcile.ts';
import { SERVER_TIMEOUT_SLACK_MS, executionTaskQueue } from './start-experiment.ts';
import { summarise } from './summary.ts';
import type { ExperimentSummary } from './summary.ts';

export type { CheckAnswer, ExperimentSummary };

export interface DatasetPage {
  readonly status: ExperimentStatusName;
  readonly positions: readonly number[];
  readonly size: number;
  readonly concurrency: number;
  readonly executionTaskQueue: string;
  /** On the server: only a last resort, since a start may wait in a queue. */
  readonly executionTimeoutMs: number;
}

const PAGE = 100;

/** Every effect of the control plane. All are idempotent: Temporal may run any of them again. */
export interface ControlActivities {
  createExperiment(experimentId: string, config: unknown, runId: string): Promise<ExperimentSummary>;
  loadExperiment(experimentId: string): Promise<ExperimentSummary>;
  transition(experimentId: string, request: TransitionRequest): Promise<ExperimentSummary>;
  noteIgnored(experimentId: string, request: TransitionRequest): Promise<void>;
  noteFailedLook(experimentId: string, look: number, message: string): Promise<void>;
  reconcileExperiment(experimentId: string): Promise<void>;
  check(experimentId: string): Promise<CheckAnswer>;
  takeLook(
    experimentId: string,
    planned: PlannedLook,
  ): Promise<{ readonly summary: ExperimentSummary; readonly stopped: boolean }>;
  datasetPage(experimentId: string, after: number): Promise<DatasetPage>;
  finishDataset(experimentId: string): Promise<void>;
  reconcileAll(): Promise<void>;
}

export function createControlActivities(deps: ControlDeps): ControlActivities {
  const { pool } = deps;
  return {
    createExperiment: (experimentId, config, runId) =>
      asActivity(async () => {
        checkInlinedSize(config);
        const parsed = await parseExperimentConfig(config, {
          baseDir: null,
          defaults: deps.experimentDefaults ?? {},
        });
        const unknown = await unknownHandlers(pool, deps.taskQueuePrefix, parsed);
        const definition = { ...parsed, warnings: [...parsed.warnings, ...unknown] };
        await storeExperiment(pool, {
          experimentId,
          definition,
          identity: deps.identity,
          taskQueuePrefix: deps.taskQueuePrefix,
          createdBy: definition.spec.createdBy ?? 'client',
          createdByRunId: runId,
        });
        return summarise(pool, experimentId);
      }),

    loadExperiment: (experimentId) => asActivity(() => summarise(pool, experimentId)),

    transition: (experimentId, request) =>
      asActivity(async () => {
        await applyTransition(pool, { experimentId, ...request, cause: null });
        return summarise(pool, experimentId);
      }),

    noteIgnored: (experimentId, request) =>
      asActivity(() =>
        withExclusiveLock(pool, experimentId, (client) =>
          appendEvent(client, experimentId, {
            type: 'signal_ignored',
            actor: request.actor,
            reason: request.reason,
            requestId: null,
            data: { action: request.action },
          }),
        ),
      ),

    noteFailedLook: (experimentId, look, message) =>
      asActivity(() =>
        withExclusiveLock(pool, experimentId, async (client) => {
          await insertFailedLook(client, experimentId, look, message);
          await appendEvent(client, experimentId, {
            type: 'warning',
            actor: 'victor',
            reason: null,
            requestId: null,
            data: { code: 'LOOK_FAILED', message, look },
          });
        }),
      ),

    reconcileExperiment: (experimentId) =>
      asActivity(async () => {
        await reconcileExecutions(deps, experimentId, heartbeat);
      }),

    check: (experimentId) => asActivity(() => beating(() => checkExperiment(deps, experimentId))),

    takeLook: (experimentId, planned) =>
      asActivity(() =>
        beating(async () => {
          const stopped = await takeLook(pool, experimentId, planned);
          return { stopped, summary: await summarise(pool, experimentId) };
        }),
      ),

    datasetPage: (experimentId, after) =>
      asActivity(async () => {
        const row = await readExperiment(pool, experimentId);
        return {
          status: row?.status ?? 'archived',
          positions: await pendingPositions(
            pool,
            experimentId,
            after,
            Math.max(PAGE, 2 * (row?.spec.concurrency ?? 1)),
          ),
          size: row?.datasetSize ?? 0,
          concurrency: row?.spec.concurrency ?? 1,
          executionTaskQueue: executionTaskQueue(deps.taskQueuePrefix),
          executionTimeoutMs: (row?.spec.timeouts.executionMs ?? 0) + SERVER_TIMEOUT_SLACK_MS,
        };
      }),

    finishDataset: (experimentId) => asActivity(() => finishDataset(pool, experimentId)),

    reconcileAll: () =>
      asActivity(async () => {
        await reviveExperiments(deps, heartbeat);
        await reconcileExecutions(deps, null, heartbeat);
        await advanceRolledOut(deps, heartbeat);
      }),
  };
}

const heartbeat = (): void => Context.current().heartbeat();

async function beating<T>(work: () => Promise<T>): Promise<T> {
  const timer = setInterval(heartbeat, 5000);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
