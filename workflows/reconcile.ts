import { proxyActivities } from '@temporalio/workflow';
import type { ControlActivities } from '../activities/control.ts';

const { reconcileAll } = proxyActivities<ControlActivities>({
  startToCloseTimeout: '2m',
  retry: { maximumAttempts: 3, maximumInterval: '10s' },
});

/** Started by a Schedule: closes what died without a word, and revives experiments that were closed from outside. */
export async function reconcile(): Promise<void> {
  await reconcileAll();
}
