import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

export type Sentence = { readonly document: string; readonly text: string };

/** Markdown files that can be searched, in a fixed order. */
export async function documentNames(): Promise<readonly string[]> {
  const pages = await readdir(join(ROOT, 'docs'), { recursive: true }).catch(() => []);
  const names = pages.filter((name) => name.endsWith('.md')).map((name) => join('docs', name));
  return ['README.md', 'ARCHITECTURE.md', 'CHANGELOG.md', 'CONTRIBUTING.md', ...names.sort()];
}

/** The sentences of one document that hold one of the words. */
export async function searchDocument(
  document: string,
  words: readonly string[],
): Promise<readonly Sentence[]> {
  const content = await readFile(join(ROOT, document), 'utf8');
  return content
    .replace(/```[\s\S]*?```/g, ' ')
    .split(/(?<=[.!?])\s+|\n{2,}|\n(?=[-|#])/)
    .map((text) => text.replace(/\s+/g, ' ').trim())
    .filter((text) => words.some((word) => text.toLowerCase().includes(word)))
    .map((text) => ({ document, text }));
}
