import { closest, distance } from 'fastest-levenshtein';

/** The known word that was probably meant, if one is near enough. */
export function nearest(word: string, known: readonly string[]): string | null {
  if (known.length === 0 || word === '' || word.length > 200) return null;
  const best = closest(
    word.toLowerCase(),
    known.map((name) => name.toLowerCase()),
  );
  const name = known.find((candidate) => candidate.toLowerCase() === best);
  if (name === undefined) return null;
  const steps = distance(word.toLowerCase(), best);
  return steps <= Math.max(word.length < 4 ? 1 : 2, Math.floor(word.length / 3)) && steps < word.length
    ? name
    : null;
}

const MOST_LISTED = 30;

/** The end of a message about an unknown word: `; did you mean X?`, or what is known. */
export function hint(word: string, known: readonly string[], what: string): string {
  const name = nearest(word, known);
  if (name !== null) return `; did you mean ${name}?`;
  if (known.length === 0) return `; there are no ${what}`;
  const listed = known.slice(0, MOST_LISTED).join(', ');
  return `; ${what}: ${listed}${known.length > MOST_LISTED ? ', ...' : ''}`;
}
