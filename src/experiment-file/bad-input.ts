const DEEPEST = 100;

/** Why a parsed JSON value cannot be an input. `__proto__` as a key would be lost on the way. */
export function badInput(value: unknown, depth = 0): string | null {
  if (typeof value !== 'object' || value === null) return null;
  if (depth >= DEEPEST) return `the input is nested deeper than ${DEEPEST} levels`;
  for (const [key, item] of Object.entries(value)) {
    if (key === '__proto__') return 'the key __proto__ cannot be used';
    const inner = badInput(item, depth + 1);
    if (inner !== null) return inner;
  }
  return null;
}
