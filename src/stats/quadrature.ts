/** Nodes (ascending) and weights of Gauss-Legendre quadrature on [-1, 1], by Newton's steps on the Legendre polynomial. */
export function gaussLegendre(n: number): readonly (readonly [number, number])[] {
  return Array.from({ length: n }, (_, i) => {
    let x = -Math.cos((Math.PI * (i + 0.75)) / (n + 0.5));
    let slope = 1;
    for (let step = 0; step < 100; step++) {
      let p0 = 1;
      let p1 = x;
      for (let k = 2; k <= n; k++) [p0, p1] = [p1, ((2 * k - 1) * x * p1 - (k - 1) * p0) / k];
      slope = (n * (x * p1 - p0)) / (x * x - 1);
      const delta = p1 / slope;
      x -= delta;
      if (Math.abs(delta) < 1e-15) break;
    }
    return [x, 2 / ((1 - x * x) * slope * slope)] as const;
  });
}

export const GAUSS_24 = gaussLegendre(24);

/** A place where what is integrated changes within a few of its `width`s. */
export interface Transition {
  readonly at: number;
  readonly width: number;
}

/** How far a transition reaches, and how wide a panel it allows, in its widths. */
const TRANSITION_REACH = 9;
const TRANSITION_PANEL = 3;
/** A panel may be this much wider than a transition allows that begins in it. */
const TOLERATED = 1.5;

/** Panels for Gauss-Legendre quadrature from low to high: none wider than `size`, narrower around transitions that need it. */
export function panels(
  low: number,
  high: number,
  size: number,
  transitions: readonly Transition[],
): readonly (readonly [number, number])[] {
  const sharp = transitions
    .filter(({ width }) => TRANSITION_PANEL * width < size)
    .map(({ at, width }) => ({
      from: at - TRANSITION_REACH * width,
      to: at + TRANSITION_REACH * width,
      size: TRANSITION_PANEL * width,
    }));
  const result: (readonly [number, number])[] = [];
  for (let from = low; from < high; ) {
    let step = size;
    for (const one of sharp) if (one.from <= from && from < one.to) step = Math.min(step, one.size);
    let to = from + step;
    for (const one of sharp)
      if (one.from > from && one.from < to && one.size * TOLERATED < step) to = Math.min(to, one.from);
    to = Math.min(high, to > from ? to : high);
    result.push([from, to]);
    from = to;
  }
  return result;
}
