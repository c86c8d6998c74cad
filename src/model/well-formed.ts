/** Text that UTF-8 can hold: half of a surrogate pair ends whatever must encode it. */
export const wellFormed = (text: string): string => text.replace(LONE, '\uFFFD');

const LONE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;

/** The beginning of a text, in UTF-16 units, without half a character at its end. */
export const beginning = (text: string, length: number): string => wellFormed(text.slice(0, length));
