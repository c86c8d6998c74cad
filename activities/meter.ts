import { ApplicationFailure } from '@temporalio/common';
import type { Meter } from '../src/handlers.ts';

export interface Metered {
  tokens: number;
  toolCalls: number;
  costUsd: number;
}

/** What a handler reports, added up. Numbers that cannot be measured values are refused. */
export function createMeter(): { readonly meter: Meter; readonly metrics: Metered } {
  const metrics: Metered = { tokens: 0, toolCalls: 0, costUsd: 0 };
  const add =
    (key: keyof Metered) =>
    (amount: number): void => {
      if (!Number.isFinite(amount) || amount < 0) {
        throw ApplicationFailure.nonRetryable(
          `a handler metered ${amount} ${key}, must be finite and not negative`,
          'InvalidMetric',
        );
      }
      metrics[key] += amount;
    };
  return { meter: { tokens: add('tokens'), toolCalls: add('toolCalls'), costUsd: add('costUsd') }, metrics };
}
