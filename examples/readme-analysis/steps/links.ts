const CODE_SPAN = /(`+)[^`]+\1/g;

/** What stands where a target may stand: `[text](target)`, `[name]: target`, `<target>`, `href="target"`. */
const LINKS = [
  /\]\(\s*<?((?:[^\s()<>]|\([^\s()]*\))+)/g,
  /^ {0,3}\[[^\]]+\]:\s*<?([^\s<>]+)/g,
  /<((?:https?:\/\/|mailto:)[^\s<>]+)>/g,
  /\b(?:href|src)\s*=\s*["']([^"']+)["']/g,
];

/** The targets of all links and images in one line, code left out. */
export function linksIn(line: string): readonly string[] {
  const text = line.replace(CODE_SPAN, '');
  return LINKS.flatMap((pattern) => Array.from(text.matchAll(pattern), (match) => match[1] ?? ''));
}
