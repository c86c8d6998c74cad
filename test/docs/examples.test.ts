import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadExperimentFile } from '../../src/experiment-file/load.ts';
import { ensureTemporalBinary } from '../../src/local/temporal-binary.ts';
import { packageRoot } from '../../src/package-root.ts';
import { blocksOf, runShell } from './document.ts';
import { installPackage, withoutServers } from './project.ts';

let folder: string;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'victor-examples-'));
  for (const name of ['examples', 'docs', 'README.md', 'ARCHITECTURE.md', 'CHANGELOG.md', 'CONTRIBUTING.md'])
    cpSync(join(packageRoot(), name), join(folder, name), { recursive: true });
  installPackage(folder, { temporal: await ensureTemporalBinary(process.env, () => undefined) });
  env = withoutServers();
  env['PATH'] = [join(folder, 'node_modules', '.bin'), env['PATH']].join(delimiter);
});
afterAll(async () => {
  await runShell('victor down --quiet || true', { cwd: folder, env });
  rmSync(folder, { recursive: true, force: true });
});

/** The commands of an example's README, as they stand. */
async function runExample(name: string): Promise<string> {
  const blocks = blocksOf(`examples/${name}/README.md`).filter(({ language }) => language === 'sh');
  expect(blocks.length).toBeGreaterThan(0);
  const text = blocks.map((block) => block.text).join('\n');
  // a busy machine may hide the difference: that no variant wins is an answer, too
  const script = text.replace(/--wait$/gm, '--wait || test $? -eq 1');
  const { code, output } = await runShell(script, { cwd: folder, env });
  expect({ code, output: code === 0 ? '' : output }).toEqual({ code: 0, output: '' });
  return output;
}

it('the file of model-comparison is the one of the design', async () => {
  const path = join(packageRoot(), 'examples', 'model-comparison', 'experiment_config.yaml');
  const { spec } = await loadExperimentFile(path);
  expect(spec).toMatchObject({
    name: 'Model Comparison for Research Workflow',
    minSampleSize: 100,
    decision: { rule: 'fixed' },
    variants: [
      { parameterOverrides: { model: 'claude-sonnet-3-5-20241022', tool_budget: 15 } },
      { parameterOverrides: { model: 'claude-opus-4-5-20251101', tool_budget: 20 } },
    ],
  });
});

it('model-comparison runs, by the API and by hand', { timeout: 300_000 }, async () => {
  const output = await runExample('model-comparison');
  expect(output).toMatch(/^Created experiment: model-comparison-/m);
  expect(output).toMatch(/^control: 1\d\d executions, \d+\.\d+ s on average$/m);
  expect(output).toMatch(/^Recommendation: (deploy_winner|inconclusive)$/m);
  expect(output).toMatch(/^by-hand is deleted, and its rows are gone$/m);
});

it('temporal-workflow runs to a decision with a worker that knows nothing of it', {
  timeout: 300_000,
}, async () => {
  expect(await runExample('temporal-workflow')).toMatch(/^Decision: /m);
});

it('child-executions runs a step of a workflow as an experiment', { timeout: 300_000 }, async () => {
  const output = await runExample('child-executions');
  expect(output).toMatch(/ticket-1 goes to billing \((first_word|most_words)\)/);
});
