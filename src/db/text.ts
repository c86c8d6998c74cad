/** Text that Postgres can hold: it has no NUL and no half of a surrogate pair, so a mark takes their place. */
export const storable = (text: string): string =>
  Buffer.from(text, 'utf8').toString('utf8').replaceAll('\0', '\uFFFD');
