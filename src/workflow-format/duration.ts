const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Ten years: longer timers are typing errors. */
export const LONGEST_MS = 3650 * 86_400_000;

/** `10m`, `1h30m`, `250ms`, or a number of seconds. Null when it is neither, or not between 1 ms and ten years. */
export function parseDurationMs(value: string | number): number | null {
  const ms = typeof value === 'number' ? value * 1000 : ofText(value);
  if (ms === null || !Number.isFinite(ms)) return null;
  const rounded = Math.round(ms);
  return rounded >= 1 && rounded <= LONGEST_MS ? rounded : null;
}

function ofText(text: string): number | null {
  if (text.length > 100) return null;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/gy)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text) return null;
  const units = parts.map(([, , unit]) => unit);
  if (new Set(units).size !== units.length) return null;
  return parts.reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * (UNIT_MS[unit ?? ''] ?? Number.NaN),
    0,
  );
}
