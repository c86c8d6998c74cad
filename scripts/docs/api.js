/**
 * docs/api.md, from the built declarations. Without an argument it writes the page; `--json` prints it, with the
 * exports and their docstrings.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { entryPoints, readApi } from './api-model.js';

const target = fileURLToPath(new URL('../../docs/api.md', import.meta.url));
const intro = readFileSync(new URL('api-intro.md', import.meta.url), 'utf8');

/** Each export is shown at the smallest entry point that has it: the whole package comes last. */
const names = entryPoints().map(({ name }) => name);
const order = [...names.slice(1), names[0]];

const code = (text) => `\`\`\`ts\n${text.trim()}\n\`\`\`\n`;
const anchor = (name) => name.toLowerCase().replace(/[^a-z0-9 -]/g, '');

const isFunction = ({ kind }) => kind === 'Function' || kind === 'Class';

function functionSection({ name, kind, signature, doc, members }) {
  const shown = kind === 'Class' ? classText(signature, members) : signature;
  const examples = doc.examples.map((example) => `\n${code(example)}`).join('');
  return `### ${name}\n\n${code(shown)}\n${doc.text}\n${examples}`;
}

const comment = (doc) => (doc === '' ? '' : `  /** ${doc.replace(/\s*\n\s*/g, ' ')} */\n`);

const classText = (signature, members) =>
  `${signature.trim()} {\n${members.map((member) => `${comment(member.doc)}  ${member.signature.trim()}`).join('\n')}\n}`;

function typeText({ kind, signature, doc, members }) {
  const about = doc.text === '' ? '' : `/** ${doc.text.replace(/\s*\n\s*/g, ' ')} */\n`;
  if (kind !== 'Interface') return `${about}${signature.trim()}`;
  const lines = members.map((member) => `${comment(member.doc)}  ${member.signature.trim()}`);
  return `${about}${signature.trim()} {\n${lines.join('\n')}\n}`;
}

function entrySection({ entry, members }) {
  const functions = members.filter(isFunction);
  const types = members.filter((member) => !isFunction(member));
  const list = functions.map(({ name }) => `[${name}](#${anchor(name)})`).join(' · ');
  const parts = [`## ${entry}\n`];
  if (list !== '') parts.push(`${list}\n`);
  parts.push(...functions.map(functionSection));
  if (types.length > 0) parts.push(`### Types of ${entry}\n`, code(types.map(typeText).join('\n\n')));
  return parts.join('\n');
}

const api = readApi(order);
const text =
  `${intro.trim()}\n\n${api.map(entrySection).join('\n')}`.replace(/\n{3,}/g, '\n\n').trimEnd() + '\n';

const biome = fileURLToPath(new URL('../../node_modules/.bin/biome', import.meta.url));
const page = execFileSync(biome, ['format', `--stdin-file-path=${target}`], {
  input: text,
  encoding: 'utf8',
});

if (process.argv.includes('--json')) {
  process.stdout.write(`${JSON.stringify({ page, api })}\n`);
} else {
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, page);
}
