import type { Problem } from '../errors.ts';
import { formatProblem } from '../errors.ts';
import type { Warning } from '../model/spec.ts';
import { compareOrder, formatPointer } from './spot.ts';
import type { Part, Place, Spot } from './spot.ts';

/** Gathers every problem and warning of one reading, so that all of them can be said at once. */
export class Findings {
  readonly #problems: { readonly place: Place; readonly message: string }[] = [];
  readonly #warnings: Warning[] = [];
  readonly #refused = new Set<string>();
  #documents = 0;

  /** Documents are reported in the order in which they were opened. */
  nextDocument(): number {
    return this.#documents++;
  }

  problem(spot: Spot, message: string, part: Part = 'value'): void {
    const place = spot.origin.place(spot.path, part);
    if (!this.#refused.has(keyOf(spot, place))) this.problemAt(place, message);
  }

  problemAt(place: Place, message: string): void {
    this.#problems.push({ place, message: oneLine(message) });
  }

  /** The value cannot be used at all: later problems of the same value would only repeat this one. */
  refuse(spot: Spot, message: string): void {
    this.problem(spot, message);
    this.#refused.add(keyOf(spot, spot.origin.place(spot.path, 'value')));
  }

  warn(code: string, message: string, spot: Spot | null = null): void {
    const text =
      spot === null
        ? oneLine(message)
        : formatProblem({ ...spot.origin.place(spot.path, 'key'), message: oneLine(message) });
    if (!this.#warnings.some((warning) => warning.code === code && warning.message === text)) {
      this.#warnings.push({ code, message: text });
    }
  }

  get count(): number {
    return this.#problems.length;
  }

  get warnings(): readonly Warning[] {
    return this.#warnings;
  }

  /** In file order; two variants of one workflow file find the same problems, which are said once. */
  get problems(): readonly Problem[] {
    const seen = new Set<string>();
    return this.#problems
      .toSorted((a, b) => compareOrder(a.place.order, b.place.order))
      .map(({ place: { path, line, column, pointer }, message }) => ({
        path,
        line,
        column,
        pointer,
        message,
      }))
      .filter((problem) => {
        const text = formatProblem(problem);
        return seen.has(text) ? false : seen.add(text) !== undefined;
      });
  }
}

const keyOf = (spot: Spot, place: Place): string => `${place.order[0]} ${formatPointer(spot.path)}`;

const MOST_CHARACTERS = 1000;

/** Keys and values of users may hold anything; a problem is one line. */
const oneLine = (message: string): string => message.replace(/\p{Cc}+/gu, ' ').slice(0, MOST_CHARACTERS);
