import { WorkflowNotFoundError } from '@temporalio/client';
import type { WorkflowExecutionDescription } from '@temporalio/client';
import { appendEvent } from '../src/db/events.ts';
import { openExperiments, readExperiment } from '../src/db/experiments.ts';
import { withExclusiveLock } from '../src/db/lock.ts';
import { advanceClosedThrough } from '../src/db/progress.ts';
import { rolledOutExperiments, runningExecutions } from '../src/db/reconciling.ts';
import type { RunningExecution } from '../src/db/reconciling.ts';
import { isTransient } from '../src/db/pool.ts';
import { recordOutcome } from '../src/db/recording.ts';
import type { ExecutionError, Outcome } from '../src/model/execution.ts';
import { experimentWorkflowId } from '../src/model/ids.ts';
import type { ControlDeps } from './deps.ts';
import { describeWorkflow } from './describe.ts';
import { startExperimentWorkflow } from './start-experiment.ts';

const QUIET_MS = 5000;
const BATCH = 200;
const DESCRIBES_AT_ONCE = 8;

/** Closes executions that died without a word. Trusts Describe by workflow id, never visibility counts. */
export async function reconcileExecutions(
  deps: ControlDeps,
  experimentId: string | null,
  heartbeat: () => void,
): Promise<number> {
  const scope = { ...deps.identity, experimentId };
  let closed = 0;
  for (let after = 0; ; ) {
    const page = { after, limit: BATCH };
    const running = await runningExecutions(deps.pool, scope, QUIET_MS, deps.timeoutGraceMs, page);
    for (let at = 0; at < running.length; at += DESCRIBES_AT_ONCE) {
      closed += await closeEnded(deps, running.slice(at, at + DESCRIBES_AT_ONCE));
      heartbeat();
    }
    const last = running.at(-1);
    if (last === undefined || running.length < BATCH) return closed;
    after = last.seq;
  }
}

async function closeEnded(deps: ControlDeps, group: readonly RunningExecution[]): Promise<number> {
  const ends = await Promise.all(group.map(async (one) => ({ one, end: await endOf(deps, one) })));
  let closed = 0;
  for (const { one, end } of ends) {
    if (end === null) continue;
    try {
      await close(deps, one, end);
      closed += 1;
    } catch (error) {
      // a database that is away stops all; what is wrong with one must not keep the others open
      if (isTransient(error)) throw error;
      const { experimentId, executionId } = one;
      deps.log.error({ error, experimentId, executionId }, 'an execution cannot be closed');
    }
  }
  return closed;
}

interface End {
  readonly outcome: Outcome;
  readonly error: ExecutionError;
  readonly durationSeconds: number | null;
  readonly terminate: boolean;
}

async function endOf(deps: ControlDeps, execution: RunningExecution): Promise<End | null> {
  const found = await describeWorkflow(deps.client, execution.workflowId);
  const end = (
    outcome: Outcome,
    type: string,
    message: string,
    durationSeconds: number | null = null,
    terminate = false,
  ): End => ({ outcome, error: { type, message, node: null }, durationSeconds, terminate });
  if (found === null) return end('failure', 'lost', 'Temporal does not know this execution any more');
  if (found.status.name === 'RUNNING') {
    const settled = Date.now() - deps.availableSince() >= deps.timeoutGraceMs;
    if (!execution.pastDeadline || !settled) return null;
    const seconds = execution.deadlineSeconds;
    return end(
      'timeout',
      'Timeout',
      `no outcome was recorded within its deadline of ${seconds} s`,
      seconds,
      true,
    );
  }
  // a later run that has closed without taking over does not change what became of this one
  if (firstRunId(found) !== execution.runId)
    return end('failure', 'lost', 'its run is gone, and another was closed');
  const duration =
    found.closeTime === undefined
      ? null
      : Math.max(0, (found.closeTime.getTime() - execution.beganAt.getTime()) / 1000);
  switch (found.status.name) {
    case 'TIMED_OUT':
      return end('timeout', 'Timeout', 'the workflow reached its time-out on the server', duration);
    case 'CANCELLED':
      return end('cancelled', 'Cancelled', 'the workflow was cancelled', duration);
    case 'TERMINATED':
      return end('failure', 'Terminated', 'the workflow was terminated', duration);
    default:
      return end(
        'failure',
        'lost',
        `the workflow closed as ${found.status.name} without an outcome`,
        duration,
      );
  }
}

const firstRunId = (found: WorkflowExecutionDescription): string =>
  found.raw.workflowExecutionInfo?.firstRunId ?? found.runId;

async function close(deps: ControlDeps, execution: RunningExecution, end: End): Promise<void> {
  await recordOutcome(deps.pool, {
    experimentId: execution.experimentId,
    executionId: execution.executionId,
    runId: null,
    outcome: end.outcome,
    error: end.error,
    output: null,
    outputTruncated: false,
    durationSeconds: end.durationSeconds,
    metrics: end.durationSeconds === null ? {} : { execution_time: end.durationSeconds },
  });
  if (!end.terminate) return;
  try {
    await deps.client.workflow.getHandle(execution.workflowId).terminate(end.error.message);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}

/** After a roll-out executions go on without looks: what has ended need not be searched again. */
export async function advanceRolledOut(deps: ControlDeps, heartbeat: () => void): Promise<void> {
  const { clusterId, namespace } = deps.identity;
  for (const experimentId of await rolledOutExperiments(deps.pool, clusterId, namespace)) {
    await withExclusiveLock(deps.pool, experimentId, (client) => advanceClosedThrough(client, experimentId));
    heartbeat();
  }
}

/** Starts again, from its rows, every experiment whose workflow was closed from outside. */
export async function reviveExperiments(deps: ControlDeps, heartbeat: () => void): Promise<void> {
  const { clusterId, namespace } = deps.identity;
  for (const { experimentId } of await openExperiments(deps.pool, clusterId, namespace)) {
    const found = await describeWorkflow(deps.client, experimentWorkflowId(experimentId));
    heartbeat();
    if (found?.status.name === 'RUNNING') continue;
    // it may have been archived since the list was read
    if ((await readExperiment(deps.pool, experimentId))?.status === 'archived') continue;
    if (!(await startExperimentWorkflow(deps, experimentId))) continue;
    await withExclusiveLock(deps.pool, experimentId, (client) =>
      appendEvent(client, experimentId, {
        type: 'revived',
        actor: 'victor',
        reason: `its workflow was ${found?.status.name.toLowerCase() ?? 'unknown to Temporal'}`,
        requestId: null,
        data: {},
      }),
    );
    deps.log.warn({ experimentId }, 'experiment workflow was closed; started again');
  }
}
