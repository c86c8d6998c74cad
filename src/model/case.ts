/**
 * The one place where TypeScript's camelCase meets the snake_case of YAML, SQL and JSON.
 * Keys that users own are never touched: MAPS keep their keys and convert their values, OPAQUE values are left alone.
 */
const MAPS = new Set([
  'units',
  'variantSamples',
  'variantStatus',
  'heldBack',
  'probabilityBest',
  'variantResults',
  'secondaryMetrics',
  'comparisons',
  'expected',
  'observed',
  'customMetricsAggregated',
  'runnables',
  'bodies',
  'nodes',
  'stored',
]);
const OPAQUE = new Set([
  'data',
  'tags',
  'parameterOverrides',
  'input',
  'inputs',
  'context',
  'output',
  'metrics',
  'workflowConfig',
  'initialState',
  'overrides',
  'values',
  'constraints',
]);

const toSnake = (key: string): string => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const toCamel = (key: string): string =>
  key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

function convert(value: unknown, rename: (key: string) => string, keepKeys: boolean): unknown {
  if (Array.isArray(value)) return value.map((item) => convert(item, rename, false));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      if (keepKeys) return [key, convert(item, rename, false)];
      const camel = toCamel(key);
      if (OPAQUE.has(camel)) return [rename(key), item];
      return [rename(key), convert(item, rename, MAPS.has(camel))];
    }),
  );
}

export const snakeKeys = (value: unknown): unknown => convert(value, toSnake, false);
export const camelKeys = (value: unknown): unknown => convert(value, toCamel, false);
