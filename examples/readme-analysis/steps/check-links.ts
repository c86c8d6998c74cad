import type { Link, Markdown } from './parse.ts';

export type LinkReport = {
  readonly checked: number;
  readonly urls: number;
  readonly anchors: number;
  readonly paths: number;
  readonly broken: number;
  /** The first of the broken ones. */
  readonly examples: readonly (Link & { readonly reason: string })[];
};

type Kind = 'urls' | 'anchors' | 'paths';

const MAX_EXAMPLES = 10;
const SCHEME = /^[a-z][a-z0-9+.-]*:/i;

/** Checks the form of each link, without a network: the same text always gives the same report. */
export function checkLinks(document: Markdown): LinkReport {
  const known = new Set([...document.headings.map(({ anchor }) => anchor), ...document.ids]);
  const counts = { urls: 0, anchors: 0, paths: 0 };
  const broken: (Link & { reason: string })[] = [];
  for (const link of document.links) {
    const kind = kindOf(link.target);
    counts[kind] += 1;
    const reason = problemOf(kind, link.target, known);
    if (reason !== null) broken.push({ ...link, reason });
  }
  return {
    checked: document.links.length,
    ...counts,
    broken: broken.length,
    examples: broken.slice(0, MAX_EXAMPLES),
  };
}

function kindOf(target: string): Kind {
  if (target.startsWith('#')) return 'anchors';
  return SCHEME.test(target) || target.startsWith('//') ? 'urls' : 'paths';
}

function problemOf(kind: Kind, target: string, known: ReadonlySet<string>): string | null {
  switch (kind) {
    case 'urls':
      return URL.canParse(target, 'https://example.org/') ? null : 'not a URL';
    case 'anchors':
      return anchorProblem(target.slice(1), known);
    case 'paths':
      return pathProblem(target);
  }
}

function anchorProblem(anchor: string, known: ReadonlySet<string>): string | null {
  const name = decoded(anchor);
  if (name === null) return 'a % that encodes nothing';
  const exists = name === '' || name === 'top' || known.has(name) || known.has(name.toLowerCase());
  return exists ? null : 'no such heading';
}

/** A path is relative to the file and must stay inside the package, which is all that a reader has. */
function pathProblem(target: string): string | null {
  const path = decoded(target.replace(/[?#].*$/, ''));
  if (path === null) return 'a % that encodes nothing';
  if (path.includes('\\')) return 'a backslash does not separate folders';
  let depth = 0;
  for (const part of path.split('/')) {
    if (part === '..') depth -= 1;
    else if (part !== '' && part !== '.') depth += 1;
    if (depth < 0) return 'leaves the package';
  }
  return null;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
