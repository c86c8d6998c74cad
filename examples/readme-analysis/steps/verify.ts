import { compressWith, decompressWith, sha256 } from './compress.ts';
import type { Range } from './parse.ts';
import { linesOf } from './parse.ts';
import type { AnalysisState } from './state.ts';

/** Checks what the other steps found against the text and against each other. A wrong result is a failed execution. */
export async function verify({ content, document, links, prose, compressed }: AnalysisState): Promise<true> {
  const original = Buffer.from(content);
  const { blank, headings, fences, paragraphs } = document;

  same('lines', document.lines, linesOf(content).length);
  same('lines of all parts', blank + length(headings) + length(fences) + length(paragraphs), document.lines);
  same('links checked', links.checked, document.links.length);
  same('links of all kinds', links.urls + links.anchors + links.paths, links.checked);
  same('paragraphs measured', prose.wordsPerParagraph.length, paragraphs.length);
  same('words of all paragraphs', prose.wordsPerParagraph.reduce(add, 0), prose.words);
  same('bytes', compressed.bytes, original.length);
  same('SHA-256 of the text', compressed.sha256, sha256(original));

  const data =
    compressed.base64 === null
      ? await compressWith(compressed, original)
      : Buffer.from(compressed.base64, 'base64');
  same('SHA-256 of the compressed text', sha256(data), compressed.compressedSha256);
  same('SHA-256 after decompression', sha256(await decompressWith(compressed, data)), compressed.sha256);
  return true;
}

function same(what: string, found: number | string, expected: number | string): void {
  if (found !== expected) throw new Error(`${what}: ${found}, must be ${expected}`);
}

const add = (a: number, b: number): number => a + b;

const length = (ranges: readonly Range[]): number => ranges.reduce((sum, { from, to }) => sum + to - from, 0);
