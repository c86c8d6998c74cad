import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/workflow';
import type { NodeMetrics } from '../src/model/execution.ts';
import { isJsonObject } from '../src/model/json.ts';

/** What a node that failed had metered in all its attempts: paid for, so it counts. Null: nothing is known. */
export function meteredBeforeFailure(error: unknown): NodeMetrics | null {
  if (!(error instanceof ActivityFailure)) return null;
  const { cause } = error;
  if (cause instanceof TimeoutFailure) return metricsOf(cause.lastHeartbeatDetails);
  if (!(cause instanceof ApplicationFailure)) return null;
  const [details] = cause.details ?? [];
  return metricsOf(isJsonObject(details) ? details['metered'] : null);
}

function metricsOf(given: unknown): NodeMetrics | null {
  if (!isJsonObject(given)) return null;
  const amount = (key: string): number => {
    const value = given[key];
    return typeof value === 'number' && value >= 0 ? value : 0;
  };
  return { tokens: amount('tokens'), toolCalls: amount('toolCalls'), costUsd: amount('costUsd'), values: {} };
}
