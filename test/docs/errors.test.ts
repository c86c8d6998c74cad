import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { globSync } from 'tinyglobby';
import { describe, expect, it } from 'vitest';
import { REASON_CODES } from '../../src/decide/types.ts';
import { ERROR_KINDS, VictorError } from '../../src/errors.ts';
import { COMPLETION_CAUSES } from '../../src/model/lifecycle.ts';
import { packageRoot } from '../../src/package-root.ts';

const root = packageRoot();
const text = (file: string): string => readFileSync(join(root, file), 'utf8');
const page = text('docs/errors.md');

/** The codes of the first column of the table under a heading. */
function documented(heading: string): readonly string[] {
  const section = page.split(/^## /m).find((part) => part.startsWith(heading)) ?? '';
  return [...section.matchAll(/^\| `(\w+)`/gm)].map((match) => match[1] ?? '');
}

function inSource(folders: readonly string[], patterns: readonly RegExp[]): readonly string[] {
  const files = globSync(
    folders.map((folder) => `${folder}/**/*.ts`),
    { cwd: root },
  );
  const found = files.flatMap((file) =>
    patterns.flatMap((pattern) => [...text(file).matchAll(pattern)].map((match) => match[1] ?? '')),
  );
  return [...new Set(found)].sort();
}

const sorted = (codes: readonly string[]): readonly string[] => [...codes].sort();

describe('docs/errors.md', () => {
  it('has every kind of error with its exit code', () => {
    expect(sorted(documented('Kinds of errors'))).toEqual(sorted(ERROR_KINDS));
    for (const kind of ERROR_KINDS) {
      const row = page.split('\n').find((line) => line.startsWith(`| \`${kind}\``));
      expect(row).toMatch(new RegExp(`^\\| \`${kind}\`\\s+\\| ${new VictorError(kind, '').exitCode}\\s`));
    }
  });

  it('has every warning that the source can give', () => {
    const codes = inSource(
      ['src', 'activities'],
      [/\bwarn\(\s*'([A-Z_]+)'/g, /\bcode: '([A-Z]+(?:_[A-Z]+)+)'/g],
    );
    expect(codes.length).toBeGreaterThan(8);
    expect(sorted(documented('Warnings'))).toEqual(codes);
  });

  it('has every type of failure that an execution can end with', () => {
    const types = inSource(
      ['activities', 'workflows'],
      [
        /nonRetryable\(\s*(?:`[^`]*`|[\w.?! ]+),\s*'(\w+)'/g,
        /new GraphFailure\(\s*'(\w+)'/g,
        /failureOf\('(\w+)'/g,
        /\bend\(\s*'\w+',\s*'(\w+)'/g,
        /\btype: '([A-Z]\w+)', message/g,
        /\btype: '(AlreadyStarted)'/g,
        /\b(?:STATE_MISSING|STORE_UNAVAILABLE) = '(\w+)'/g,
      ],
    );
    const kinds: readonly string[] = ERROR_KINDS;
    const own = types.filter((type) => !kinds.includes(type));
    expect(own.length).toBeGreaterThan(8);
    const listed = documented('How an execution ends').filter((type) => !kinds.includes(type));
    expect(sorted(listed.filter((type) => type !== 'StoreUnavailable'))).toEqual(own);
  });

  it('has every reason of a decision, and every cause of a completion', () => {
    expect(sorted(documented('Reasons of decisions'))).toEqual(sorted(['no_look', ...REASON_CODES]));
    expect(sorted(documented('Why an experiment completed'))).toEqual(sorted(COMPLETION_CAUSES));
  });
});
