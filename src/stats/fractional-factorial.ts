import { effectWord, factorsOf, yatesContrasts } from './factorial.ts';

export interface FractionalDesign {
  readonly runs: number;
  /** Length of the shortest defining word; III, IV and V are the customary ones. */
  readonly resolution: number;
  /** Products of the factors that are constant, shortest first. */
  readonly definingWords: readonly string[];
  /** How many defining words have each length. */
  readonly wordLengths: ReadonlyMap<number, number>;
  /** What a main effect or two-factor interaction cannot be told from, shortest first. */
  readonly aliases: ReadonlyMap<string, readonly string[]>;
  /** Levels -1 and 1 of the factors in each run; base factors in Yates' order. */
  readonly levels: readonly (readonly number[])[];
}

interface Generators {
  /** Bits of the factors that are varied freely, ascending. */
  readonly base: readonly number[];
  /** Word of base factors for each other factor. */
  readonly generated: ReadonlyMap<number, number>;
}

/**
 * Two-level fraction 2^(k-p) of k factors with p generators such as "D=ABC" (Box & Hunter 1961): its defining group is
 * closed under products of words, which cancel letters in pairs; effects are aliased with their products by it.
 */
export function fractionalDesign(factors: number, generators: readonly string[]): FractionalDesign {
  const { base, generated } = parse(factors, generators);
  const words = definingGroup(generated);
  const lengths = words.map(lengthOf);
  const effects = Array.from({ length: factors }, (_, i) => 1 << i);
  const pairs = effects.flatMap((one, i) => effects.slice(i + 1).map((other) => one | other));
  return {
    runs: 2 ** base.length,
    resolution: Math.min(...lengths),
    definingWords: words.map(effectWord),
    wordLengths: new Map(
      [...new Set(lengths)].map((length) => [length, lengths.filter((one) => one === length).length]),
    ),
    aliases: new Map(
      [...effects, ...pairs].map((effect) => [effectWord(effect), aliasesOf(effect, words).map(effectWord)]),
    ),
    levels: Array.from({ length: 2 ** base.length }, (_, run) =>
      effects.map((factor) => {
        const word = generated.get(factor) ?? factor;
        return base.reduce(
          (level, one, position) => ((word & one) === 0 || (run >> position) & 1 ? level : -level),
          1,
        );
      }),
    ),
  };
}

export interface FractionalEffect {
  /** The shortest name, and all that it is the sum of. */
  readonly word: string;
  readonly aliases: readonly string[];
  readonly effect: number;
}

/** Estimates from one response for each run, in the order of the design's runs. */
export function fractionalEffects(
  factors: number,
  generators: readonly string[],
  responses: readonly number[],
): readonly FractionalEffect[] {
  const { base, generated } = parse(factors, generators);
  if (responses.length !== 2 ** base.length)
    throw new RangeError(`${responses.length} responses for ${2 ** base.length} runs`);
  const words = definingGroup(generated);
  return yatesContrasts(responses)
    .slice(1)
    .map((contrast, index) => {
      const inBase = base.reduce(
        (bits, one, position) => (((index + 1) >> position) & 1 ? bits | one : bits),
        0,
      );
      const [first = inBase, ...others] = [inBase, ...aliasesOf(inBase, words)].toSorted(shortestFirst);
      return {
        word: effectWord(first),
        aliases: others.map(effectWord),
        effect: (2 * contrast) / responses.length,
      };
    });
}

function parse(factors: number, generators: readonly string[]): Generators {
  if (!Number.isInteger(factors) || factors < 2 || factors > 15 || generators.length === 0)
    throw new RangeError(`no fraction of ${factors} factors with ${generators.length} generators`);
  const generated = new Map<number, number>();
  for (const generator of generators) {
    const [factor = '', word = ''] = generator.split('=');
    generated.set(factorsOf(factor), factorsOf(word));
  }
  const all = Array.from({ length: factors }, (_, i) => 1 << i);
  const base = all.filter((factor) => !generated.has(factor));
  const free = base.reduce((bits, factor) => bits | factor, 0);
  const valid =
    generated.size === generators.length &&
    base.length === factors - generators.length &&
    [...generated.values()].every((word) => lengthOf(word) > 1 && (word & ~free) === 0);
  if (!valid)
    throw new RangeError(`${generators.join(', ')} do not generate a fraction of ${factors} factors`);
  return { base, generated };
}

/** Products of all non-empty sets of the words X x (its generator). */
function definingGroup(generated: ReadonlyMap<number, number>): readonly number[] {
  let group = [0];
  for (const [factor, word] of generated) group = [...group, ...group.map((one) => one ^ factor ^ word)];
  return group.filter((word) => word !== 0).toSorted(shortestFirst);
}

const aliasesOf = (effect: number, words: readonly number[]): readonly number[] =>
  words
    .map((word) => effect ^ word)
    .filter((alias) => alias !== 0)
    .toSorted(shortestFirst);

const lengthOf = (word: number): number => effectWord(word).length;

const shortestFirst = (a: number, b: number): number => {
  const [x, y] = [effectWord(a), effectWord(b)];
  return x.length - y.length || (x < y ? -1 : x > y ? 1 : 0);
};
