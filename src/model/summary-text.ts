const LONGEST = 90;

/** A text as a summary of the Web UI. A server may hold it to 400 bytes, and refuse the whole command above that. */
export function summaryText(text: string): string {
  const characters = Array.from(text);
  return characters.length <= LONGEST ? text : `${characters.slice(0, LONGEST - 1).join('')}…`;
}
