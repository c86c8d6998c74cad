export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Where a value stops being JSON: `$.words[3]: NaN`. Null when the whole value is JSON. */
export function findNonJson(value: unknown, path = '$', seen: readonly unknown[] = []): string | null {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return null;
  if (typeof value === 'number') return Number.isFinite(value) ? null : `${path} is ${value}`;
  if (typeof value !== 'object') return `${path} is a ${typeof value}`;
  if (seen.includes(value)) return `${path} is a cycle`;
  const inside = [...seen, value];
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      const found = findNonJson(item, `${path}[${index}]`, inside);
      if (found !== null) return found;
    }
    return null;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    return `${path} is a ${value.constructor?.name ?? 'class instance'}`;
  }
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined) continue;
    const found = findNonJson(item, `${path}.${key}`, inside);
    if (found !== null) return found;
  }
  return null;
}
