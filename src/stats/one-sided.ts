import { nextUpperBoundary, type SpentLook } from './sequential.ts';
import { spend, type SpendingName } from './spending.ts';

/**
 * Boundaries of planned one-sided looks in order: under no difference, Z is above one of them with probability alpha, all of
 * which is spent at the last look. Information is in any unit; RangeError unless it increases.
 */
export function oneSidedBoundaries(
  information: readonly number[],
  alpha: number,
  spending: SpendingName,
  parameter: number | null,
): readonly number[] {
  const most = information.at(-1) ?? 1;
  const looks: SpentLook[] = [];
  let spent = 0;
  for (const value of information) {
    const target = spend(spending, alpha, value / most, parameter);
    looks.push({ information: value, boundary: nextUpperBoundary(looks, value, target - spent) });
    spent = target;
  }
  return looks.map((look) => look.boundary);
}
