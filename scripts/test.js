/** Everything that must hold, in the order of its cost. The last line says what passed. Exit 0 only if nothing failed. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'victor-report-'));
const report = join(folder, 'report.json');
const counts = { passed: 0, failed: 0, skipped: 0 };

function run(name, command, args) {
  process.stdout.write(`\n== ${name}\n`);
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  return status === 0;
}

const gates = [
  ['build', 'npm', ['run', '-s', 'build']],
  ['types', 'npm', ['run', '-s', 'typecheck']],
  ['lint, format, dead code', 'npm', ['run', '-s', 'lint']],
];
for (const [name, command, args] of gates) counts[run(name, command, args) ? 'passed' : 'failed'] += 1;

if (counts.failed === 0) {
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const clean = run('tests', 'npx', ['vitest', 'run', ...reporters, ...process.argv.slice(2)]);
  try {
    const result = JSON.parse(readFileSync(report, 'utf8'));
    counts.passed += result.numPassedTests;
    counts.failed += result.numFailedTests;
    counts.skipped += result.numPendingTests + result.numTodoTests;
  } catch {
    // the tests did not get as far as a report
  }
  // a file that cannot be loaded, or an error outside any test, is a failure that no test counts
  if (!clean && counts.failed === 0) counts.failed += 1;
}
rmSync(folder, { recursive: true, force: true });
process.stdout.write(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
process.exitCode = counts.failed === 0 ? 0 : 1;
