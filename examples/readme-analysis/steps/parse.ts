import { anchorOf } from './anchors.ts';
import { linksIn } from './links.ts';

/** Lines from (included) and to (excluded), counted from 0. Ranges keep the result small: the text is in the state. */
export type Range = { readonly from: number; readonly to: number };

export type Heading = Range & { readonly level: number; readonly text: string; readonly anchor: string };
export type Fence = Range & { readonly language: string };
export type Link = { readonly target: string; readonly line: number };

/** Each line belongs to exactly one heading, fence or paragraph, or is blank. */
export type Markdown = {
  readonly lines: number;
  readonly blank: number;
  readonly headings: readonly Heading[];
  readonly fences: readonly Fence[];
  /** Everything else: running text, lists, tables, HTML. */
  readonly paragraphs: readonly Range[];
  readonly links: readonly Link[];
  /** Ids that HTML in the text defines. */
  readonly ids: readonly string[];
};

const ATX_HEADING = /^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$/;
const SETEXT_UNDERLINE = /^ {0,3}(=+|-+)[ \t]*$/;
const FENCE = /^[ \t]*(`{3,}(?=[^`]*$)|~{3,})[ \t]*(\S*)/;
const HTML_ID = /\b(?:id|name)\s*=\s*["']([^"']+)["']/g;

export const linesOf = (content: string): readonly string[] => content.split(/\r\n|\r|\n/);

export function parseMarkdown(content: string): Markdown {
  const lines = linesOf(content);
  const headings: Heading[] = [];
  const fences: Fence[] = [];
  const paragraphs: Range[] = [];
  const links: Link[] = [];
  const ids: string[] = [];
  const anchors = new Map<string, number>();
  let blank = 0;
  let open: number | null = null;

  const endParagraph = (to: number): void => {
    if (open !== null) paragraphs.push({ from: open, to });
    open = null;
  };
  const addHeading = (range: Range, level: number, text: string): void => {
    headings.push({ ...range, level, text, anchor: anchorOf(text, anchors) });
  };

  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    const fence = FENCE.exec(line);
    if (fence !== null) {
      endParagraph(at);
      const to = endOfFence(lines, at, fence[1] ?? '');
      fences.push({ from: at, to, language: fence[2] ?? '' });
      at = to - 1;
      continue;
    }
    for (const target of linksIn(line)) links.push({ target, line: at });
    for (const match of line.matchAll(HTML_ID)) ids.push(match[1] ?? '');
    const heading = ATX_HEADING.exec(line);
    const underline = open === null ? null : SETEXT_UNDERLINE.exec(line);
    if (line.trim() === '') {
      endParagraph(at);
      blank += 1;
    } else if (heading !== null) {
      endParagraph(at);
      addHeading({ from: at, to: at + 1 }, heading[1]?.length ?? 1, heading[2] ?? '');
    } else if (underline !== null && open !== null) {
      const text = lines.slice(open, at).join(' ').trim();
      addHeading({ from: open, to: at + 1 }, underline[1]?.startsWith('=') === true ? 1 : 2, text);
      open = null;
    } else {
      open ??= at;
    }
  }
  endParagraph(lines.length);
  return { lines: lines.length, blank, headings, fences, paragraphs, links, ids };
}

/** A fence ends with a line of at least as many of the same mark, else with the text. */
function endOfFence(lines: readonly string[], from: number, mark: string): number {
  for (let at = from + 1; at < lines.length; at += 1) {
    const line = (lines[at] ?? '').trim();
    if (line.startsWith(mark) && line === mark.charAt(0).repeat(line.length)) return at + 1;
  }
  return lines.length;
}
