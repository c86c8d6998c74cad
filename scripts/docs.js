/** Writes the generated pages of docs/. A test fails when one is stale. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PAGES } from '../dist/test/docs/pages.js';

const root = fileURLToPath(new URL('..', import.meta.url));
for (const { path, generate } of PAGES) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), await generate());
  process.stderr.write(`${path}\n`);
}
