/** A workflow as it may exist for years: it knows nothing of experiments. */
import { proxyActivities } from '@temporalio/workflow';
import type * as activities from './activities.ts';

const { checkItem } = proxyActivities<typeof activities>({ startToCloseTimeout: '1 minute' });

export interface Order {
  readonly items: readonly string[];
  /** How many items are checked at once; the variants of the experiment set it. */
  readonly at_once?: number;
}

/** Checks each item of an order, some of them at once. */
export async function checkOrder(order: Order): Promise<{ readonly checked: number }> {
  const { items, at_once: atOnce = 1 } = order;
  for (let start = 0; start < items.length; start += atOnce) {
    await Promise.all(items.slice(start, start + atOnce).map((item) => checkItem(item)));
  }
  return { checked: items.length };
}
