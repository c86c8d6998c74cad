import { linesOf } from './parse.ts';
import type { Markdown } from './parse.ts';

/** Null: there are no words. */
export type Prose = {
  readonly words: number;
  readonly wordsPerParagraph: readonly number[];
  readonly sentences: number;
  readonly longestSentence: number;
  readonly wordsPerSentence: number | null;
  /** Flesch reading ease, about 0 (hard) to 100 (easy). */
  readonly readingEase: number | null;
  readonly typeTokenRatio: number | null;
  /** Shannon entropy of the word frequencies. */
  readonly entropyBits: number | null;
};

const segmentWords = new Intl.Segmenter('en', { granularity: 'word' });
const segmentSentences = new Intl.Segmenter('en', { granularity: 'sentence' });

/** The running text: how much, how long its sentences, how varied its words. */
export function measure(content: string, document: Markdown): Prose {
  const lines = linesOf(content);
  const frequencies = new Map<string, number>();
  const wordsPerParagraph: number[] = [];
  const sentenceLengths: number[] = [];
  let syllables = 0;
  for (const { from, to } of document.paragraphs) {
    let words = 0;
    for (const { segment: sentence } of segmentSentences.segment(plain(lines.slice(from, to).join(' ')))) {
      const found = wordsIn(sentence);
      if (found.length > 0) sentenceLengths.push(found.length);
      words += found.length;
      for (const word of found) {
        frequencies.set(word, (frequencies.get(word) ?? 0) + 1);
        syllables += syllablesOf(word);
      }
    }
    wordsPerParagraph.push(words);
  }
  const words = sum(sentenceLengths);
  const sentences = sentenceLengths.length;
  const counted = words > 0;
  return {
    words,
    wordsPerParagraph,
    sentences,
    longestSentence: sentenceLengths.reduce((longest, length) => Math.max(longest, length), 0),
    wordsPerSentence: counted ? words / sentences : null,
    // Flesch, A new readability yardstick, 1948
    readingEase: counted ? 206.835 - 1.015 * (words / sentences) - 84.6 * (syllables / words) : null,
    typeTokenRatio: counted ? frequencies.size / words : null,
    entropyBits: counted ? entropy([...frequencies.values()], words) : null,
  };
}

/** Without marks, tags and the targets of links. */
const plain = (markdown: string): string =>
  markdown
    .replace(/<[^>]*>/g, ' ')
    .replace(/\]\([^)]*\)|\]\[[^\]]*\]/g, ' ')
    .replace(/[`*_~#|>[\]!]/g, ' ');

const wordsIn = (sentence: string): readonly string[] =>
  Array.from(segmentWords.segment(sentence))
    .filter(({ isWordLike }) => isWordLike === true)
    .map(({ segment }) => segment.toLowerCase());

/** Groups of vowels, a silent e at the end left out: close enough for a mean. */
const syllablesOf = (word: string): number =>
  Math.max(1, word.replace(/[^l]e$/, '').match(/[aeiouy]+/g)?.length ?? 0);

const entropy = (counts: readonly number[], total: number): number =>
  sum(counts.map((count) => -(count / total) * Math.log2(count / total)));

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
