import { ScheduleAlreadyRunning, ScheduleOverlapPolicy } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { controlTaskQueue } from '../../activities/start-experiment.ts';

/** Starts the reconciler every 15 s, whichever experiments are open. */
export async function ensureReconcileSchedule(client: Client, taskQueuePrefix: string): Promise<void> {
  try {
    await client.schedule.create({
      scheduleId: `${taskQueuePrefix}-reconcile`,
      spec: { intervals: [{ every: '15s' }] },
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1m' },
      action: {
        type: 'startWorkflow',
        workflowType: 'reconcile',
        workflowId: `${taskQueuePrefix}-reconcile`,
        taskQueue: controlTaskQueue(taskQueuePrefix),
        args: [],
        workflowExecutionTimeout: '5m',
      },
    });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
}
