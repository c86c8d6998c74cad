/** A map in a given order of its keys: what comes out of jsonb has lost it. Keys that are not in the order come last. */
export function ordered<T>(map: Readonly<Record<string, T>>, keys: readonly string[]): Record<string, T> {
  const known = keys.filter((key) => Object.hasOwn(map, key));
  const rest = Object.keys(map).filter((key) => !keys.includes(key));
  return Object.fromEntries([...known, ...rest].map((key) => [key, map[key] as T]));
}
