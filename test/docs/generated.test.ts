import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packageRoot } from '../../src/package-root.ts';
import { PAGES } from './pages.ts';

it.each(PAGES)('$path is what `npm run docs` writes', async ({ path, generate }) => {
  const text = await generate();
  expect(readFileSync(join(packageRoot(), path), 'utf8')).toBe(text);
  // every key and option says what it means
  expect(text).not.toMatch(/\| *\|\n/);
});
