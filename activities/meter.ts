import { ApplicationFailure } from '@temporalio/common';
import type { Meter } from '../src/handlers.ts';

export interface Metered {
  readonly tokens: number;
  readonly toolCalls: number;
  readonly costUsd: number;
}

/** When what was metered is safe from the death of the worker: after so many calls, and after so long. */
export interface FlushRule {
  readonly everyCalls: number;
  readonly everyMs: number;
}

export const DEFAULT_FLUSH: FlushRule = { everyCalls: 100, everyMs: 60_000 };

const NOTHING: Metered = { tokens: 0, toolCalls: 0, costUsd: 0 };

export interface MeterSession {
  readonly meter: Meter;
  /** All so far. */
  readonly total: () => Metered;
  /** Flushes when the time has come. Call it now and then. */
  readonly tick: () => void;
}

/** What a handler reports, added up. Numbers that cannot be measured values are refused. */
export function createMeter(
  options: {
    readonly rule?: FlushRule;
    readonly flush?: (total: Metered) => void;
    readonly now?: () => number;
  } = {},
): MeterSession {
  const { rule = DEFAULT_FLUSH, flush = () => undefined, now = Date.now } = options;
  let total = NOTHING;
  let calls = 0;
  let flushedAt = now();
  const flushNow = (): void => {
    calls = 0;
    flushedAt = now();
    flush(total);
  };
  const add =
    (key: keyof Metered) =>
    (amount: number): void => {
      if (!Number.isFinite(amount) || amount < 0) {
        throw ApplicationFailure.nonRetryable(
          `a handler metered ${amount} ${key}, must be finite and not negative`,
          'InvalidMetric',
        );
      }
      total = { ...total, [key]: total[key] + amount };
      calls += 1;
      if (calls >= rule.everyCalls) flushNow();
    };
  return {
    meter: { tokens: add('tokens'), toolCalls: add('toolCalls'), costUsd: add('costUsd') },
    total: () => total,
    tick: () => {
      if (calls > 0 && now() - flushedAt >= rule.everyMs) flushNow();
    },
  };
}

export const addMetered = (one: Metered, other: Metered): Metered => ({
  tokens: one.tokens + other.tokens,
  toolCalls: one.toolCalls + other.toolCalls,
  costUsd: one.costUsd + other.costUsd,
});

/** What an earlier attempt has left; whatever else is there counts as nothing. */
export function meteredIn(details: unknown): Metered {
  const given = typeof details === 'object' && details !== null ? (details as Record<string, unknown>) : {};
  const amount = (key: keyof Metered): number => {
    const value = given[key];
    return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : 0;
  };
  return { tokens: amount('tokens'), toolCalls: amount('toolCalls'), costUsd: amount('costUsd') };
}
