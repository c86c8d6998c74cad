import type { Sentence } from './documents.ts';

const wordsOf = (text: string): readonly string[] => text.toLowerCase().match(/\p{L}{3,}/gu) ?? [];

/** Each ranking stands in for a model: what it costs is the work that it does. */
export const RANKINGS: Readonly<
  Record<string, (words: readonly string[], found: readonly Sentence[]) => readonly Sentence[]>
> = {
  /** The most hits first. */
  'claude-sonnet-3-5-20241022': (words, found) => byScore(found, ({ text }) => hits(words, text)),
  /** Rare words count more. */
  'claude-opus-4-5-20251101': (words, found) => {
    const rarity = new Map(
      words.map((word) => [
        word,
        Math.log((1 + found.length) / (1 + found.filter(({ text }) => hits([word], text) > 0).length)),
      ]),
    );
    return byScore(found, ({ text }) =>
      words.reduce((sum, word) => sum + hits([word], text) * (rarity.get(word) ?? 0), 0),
    );
  },
};

const hits = (words: readonly string[], text: string): number =>
  wordsOf(text).filter((word) => words.includes(word)).length;

const byScore = (found: readonly Sentence[], score: (sentence: Sentence) => number): readonly Sentence[] =>
  found
    .map((sentence, index) => ({ sentence, index, score: score(sentence) }))
    .sort((a, b) => b.score - a.score || a.index - b.index)
    .map(({ sentence }) => sentence);
