import { isJsonObject } from '../model/json.ts';
import type { Origin, Path, Spot } from './spot.ts';
import { formatPointer } from './spot.ts';

/** A JSON value that was not read from a text: places are pointers. */
export function valueSpot(value: unknown, document: number): Spot {
  return { origin: pointerOrigin(value, document), path: [], value };
}

const pointerOrigin = (root: unknown, document: number): Origin => ({
  place: (path) => ({
    path: null,
    line: null,
    column: null,
    pointer: formatPointer(path),
    order: [document, ...positions(root, path)],
  }),
});

function positions(root: unknown, path: Path): readonly number[] {
  const order: number[] = [];
  let value: unknown = root;
  for (const key of path) {
    if (typeof key === 'number') {
      order.push(key);
      value = Array.isArray(value) ? value[key] : undefined;
      continue;
    }
    const index = isJsonObject(value) ? Object.keys(value).indexOf(key) : -1;
    if (index < 0) return order;
    order.push(index);
    value = (value as Record<string, unknown>)[key];
  }
  return order;
}
