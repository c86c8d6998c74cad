import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { differences, numeric } from './check.ts';
import type { OracleCase } from './check.ts';
import { KINDS } from './kinds.ts';

export interface OracleRun {
  readonly passed: number;
  readonly failures: readonly string[];
  /** Cases of kinds that were left out. */
  readonly skipped: number;
}

/** Runs every case of a folder; a kind without an implementation fails unless `kinds` leaves it out. */
export function runOracles(folder: string, kinds: readonly string[] | null): OracleRun {
  const all = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as OracleCase[]);
  const cases = all.filter((oracle) => kinds === null || kinds.includes(oracle.kind));
  const failures = cases.flatMap((oracle) => {
    const kind = KINDS[oracle.kind];
    if (kind === undefined) return [`${oracle.name}: kind ${oracle.kind} is not implemented`];
    try {
      const input = Object.fromEntries(
        Object.entries(oracle.input).map(([key, value]) => [key, numeric(value)]),
      );
      const found = differences(oracle, kind(input));
      return found.length === 0 ? [] : [`${oracle.name}: ${found.join('; ')}`];
    } catch (error) {
      return [`${oracle.name}: ${String(error)}`];
    }
  });
  return { passed: cases.length - failures.length, failures, skipped: all.length - cases.length };
}

if (/oracles[/\\]run\.[jt]s$/.test(process.argv[1] ?? '')) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { kind: { type: 'string', multiple: true } },
  });
  const folder = positionals[0];
  if (folder === undefined) {
    console.error('which folder? npm run -s oracles -- DIR [--kind K]...');
    process.exit(2);
  }
  const run = runOracles(folder, values.kind ?? null);
  for (const failure of run.failures) console.error(failure);
  console.log(`${run.passed} passed, ${run.failures.length} failed, ${run.skipped} skipped`);
  process.exit(run.failures.length === 0 ? 0 : 1);
}
