import { ScheduleAlreadyRunning, ScheduleNotFoundError, ScheduleOverlapPolicy } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { controlTaskQueue } from '../../activities/start-experiment.ts';
import { conflict } from '../errors.ts';

const scheduleId = (taskQueuePrefix: string): string => `${taskQueuePrefix}-reconcile`;

/** Starts the reconciler every 15 s, whichever experiments are open. Throws Conflict as `checkInstallation` does. */
export async function ensureReconcileSchedule(
  client: Client,
  taskQueuePrefix: string,
  installationId: string,
): Promise<void> {
  try {
    await client.schedule.create({
      scheduleId: scheduleId(taskQueuePrefix),
      memo: { installationId },
      spec: { intervals: [{ every: '15s' }] },
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1m' },
      action: {
        type: 'startWorkflow',
        workflowType: 'reconcile',
        workflowId: scheduleId(taskQueuePrefix),
        taskQueue: controlTaskQueue(taskQueuePrefix),
        args: [],
        workflowExecutionTimeout: '5m',
      },
    });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    await checkInstallation(client, taskQueuePrefix, installationId);
  }
}

/** False: there is no schedule. Conflict: the queues of this prefix serve another database. */
export async function checkInstallation(
  client: Client,
  taskQueuePrefix: string,
  installationId: string,
): Promise<boolean> {
  try {
    const { memo } = await client.schedule.getHandle(scheduleId(taskQueuePrefix)).describe();
    const other = memo?.['installationId'];
    if (other === undefined || other === installationId) return true;
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return false;
    throw error;
  }
  throw conflict(
    `the task queues ${taskQueuePrefix}-* of this Temporal serve another database; set VICTOR_TASK_QUEUE_PREFIX to a name of your own, ` +
      `or, when that database is gone, run \`temporal schedule delete --schedule-id ${scheduleId(taskQueuePrefix)}\``,
  );
}
