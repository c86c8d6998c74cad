import type { Interval } from '../model/documents.ts';

const NOTHING = '–';
/** Smaller ones are only said to be smaller. */
export const SMALLEST_P = 0.0001;

/** Units of the metric types that have one. */
const UNITS: Readonly<Record<string, string>> = { execution_time: 's', cost: 'USD' };

export const unitOf = (metricType: string | undefined): string =>
  metricType === undefined ? '' : (UNITS[metricType] ?? '');

/** Four significant digits. */
export const figure = (value: number | null): string =>
  value === null ? NOTHING : String(Number(value.toPrecision(4)));

/** A value of a metric: a rate as a percentage, others in their unit. */
export const metricValue = (value: number | null, metricType: string | undefined): string =>
  metricType === 'success_rate' ? percent(value) : quantity(value, unitOf(metricType));

export const quantity = (value: number | null, unit: string): string =>
  value === null || unit === '' ? figure(value) : `${figure(value)} ${unit}`;

export const percent = (share: number | null): string =>
  share === null ? NOTHING : `${figure(share * 100)} %`;

export const signedPercent = (share: number | null): string =>
  share === null ? NOTHING : `${share > 0 ? '+' : ''}${percent(share)}`;

export function probability(p: number | null): string {
  if (p === null) return NOTHING;
  return p < SMALLEST_P ? `< ${SMALLEST_P}` : figure(p);
}

/** A share that is never said to be certain. */
export function belief(share: number | null): string {
  if (share !== null && share > 1 - SMALLEST_P) return `> ${percent(1 - SMALLEST_P)}`;
  return share !== null && share < SMALLEST_P ? `< ${percent(SMALLEST_P)}` : percent(share);
}

export function interval(bounds: Interval | null, unit: string): string {
  if (bounds === null) return NOTHING;
  return `${figure(bounds[0])} to ${quantity(bounds[1], unit)}`;
}

export const meanAndError = (mean: number | null, error: number | null, unit: string): string =>
  mean === null || error === null ? quantity(mean, unit) : `${figure(mean)} ± ${quantity(error, unit)}`;

/** `2026-01-31T12:00:00.000Z` without what nobody reads. */
export const moment = (iso: string): string => iso.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC');
