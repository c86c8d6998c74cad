import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Expression, Program } from 'oxc-parser';
import { invalidInput, invalidProblems } from '../errors.ts';
import type { Problem, VictorError } from '../errors.ts';
import { SETTINGS } from './catalogue.ts';
import { SyntaxProblem, defaultExport, parseSource, written } from './syntax.ts';

function readSource(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw invalidInput(`the config file ${path} cannot be read: ${String(error)}`, error);
  }
}

/** `settings` of a `victor.config` file as text by key, read without running it. Throws InvalidInput with every problem. */
export function readFileSettings(path: string): ReadonlyMap<string, string> {
  const text = readSource(path);
  // most files have none, and need not be parsed
  if (!text.includes('settings')) return new Map();
  const problems: SyntaxProblem[] = [];
  let found = new Map<string, string>();
  try {
    const { program } = parseSource(path, text);
    const node = settingsOf(program);
    if (node !== null) found = readObject(node, program, problems);
  } catch (error) {
    if (!(error instanceof SyntaxProblem)) throw error;
    problems.push(error);
  }
  if (problems.length > 0) throw refuse(path, text, problems);
  const storagePath = found.get('storagePath');
  // a path in a file starts from the file
  if (storagePath !== undefined) found.set('storagePath', resolve(dirname(path), storagePath));
  return found;
}

function settingsOf(program: Program): Expression | null {
  const exported = defaultExport(program);
  if (exported === null) return null;
  let config = written(exported, program);
  if (config.type === 'CallExpression') {
    const [argument] = config.arguments;
    if (argument === undefined || argument.type === 'SpreadElement') return null;
    config = written(argument, program);
  }
  if (config.type !== 'ObjectExpression') return null;
  for (const property of config.properties) {
    if (property.type === 'Property' && keyOf(property) === 'settings')
      return written(property.value, program);
  }
  return null;
}

type Property = Extract<
  Extract<Expression, { type: 'ObjectExpression' }>['properties'][number],
  { type: 'Property' }
>;

function keyOf({ key, computed }: Property): string | null {
  if (key.type === 'Literal') return String(key.value);
  return key.type === 'Identifier' && !computed ? key.name : null;
}

function readObject(node: Expression, program: Program, problems: SyntaxProblem[]): Map<string, string> {
  const found = new Map<string, string>();
  if (node.type !== 'ObjectExpression') {
    problems.push(
      new SyntaxProblem(node.start, 'settings must be an object that is written out: { logLevel: "info" }'),
    );
    return found;
  }
  for (const property of node.properties) {
    const key = property.type === 'Property' ? keyOf(property) : null;
    const rule = SETTINGS.find((candidate) => candidate.key === key);
    if (property.type !== 'Property' || key === null) {
      problems.push(
        new SyntaxProblem(property.start, 'settings must be written out, without spreads and computed keys'),
      );
    } else if (rule === undefined) {
      const known = SETTINGS.map((candidate) => candidate.key).join(', ');
      problems.push(new SyntaxProblem(property.start, `unknown setting ${key}; known settings: ${known}`));
    } else {
      const value = literalOf(written(property.value, program));
      const rest =
        value === null ? `a literal value; what must be computed goes to ${rule.env}` : rule.refuse(value);
      if (value !== null && rest === null) found.set(key, value);
      else {
        const shown = value === null ? 'is computed' : `is ${'mask' in rule ? '***' : JSON.stringify(value)}`;
        problems.push(new SyntaxProblem(property.value.start, `${key} ${shown}, must be ${rest}`));
      }
    }
  }
  return found;
}

/** Null: it would have to be computed. */
function literalOf(node: Expression): string | null {
  if (node.type === 'Literal' && ['string', 'number', 'boolean'].includes(typeof node.value))
    return String(node.value);
  if (node.type === 'TemplateLiteral' && node.expressions.length === 0)
    return node.quasis[0]?.value.cooked ?? null;
  if (node.type === 'UnaryExpression' && node.operator === '-') {
    const inner = literalOf(node.argument);
    return inner === null ? null : `-${inner}`;
  }
  return null;
}

function refuse(path: string, text: string, problems: readonly SyntaxProblem[]): VictorError {
  return invalidProblems(
    problems.map(({ offset, message }): Problem => {
      const before = text.slice(0, offset).split('\n');
      return { path, line: before.length, column: (before.at(-1)?.length ?? 0) + 1, pointer: '', message };
    }),
  );
}
