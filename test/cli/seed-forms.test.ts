import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { executeWorkflow } from '../../src/operations/execute.ts';
import { getExperimentStatus } from '../../src/operations/read.ts';
import { eventually, startPlanes } from '../support/workers.ts';
import type { TestPlanes } from '../support/workers.ts';
import { victor } from './run.ts';
import type { CommandResult, RunOptions } from './run.ts';

let planes: TestPlanes;
let folder: string;
const CONFIG = `name: Seed forms
variants:
  - variant_id: control
    is_control: true
    workflow_type: stategraph
    workflow_config: { graph_definition: { nodes: [wait] } }
  - variant_id: treatment
    workflow_type: stategraph
    workflow_config: { graph_definition: { nodes: [echo] } }
primary_metric: { metric_id: execution_time, name: Execution time, metric_type: execution_time, relative_improvement: 0.1 }
max_duration_seconds: 3600
decision: { check_interval: 1s }
`;

/** A line as the document writes it, with the id of our experiment. */
const type = (line: string, id = '', options: Partial<RunOptions> = {}): Promise<CommandResult> =>
  victor(
    line
      .replace(/^victor /, '')
      .replace('exp_123', id)
      .split(' '),
    {
      env: planes.env,
      cwd: folder,
      ...options,
    },
  );

beforeAll(async () => {
  planes = await startPlanes();
  folder = mkdtempSync(join(tmpdir(), 'victor-seed-'));
  writeFileSync(join(folder, 'experiment_config.yaml'), CONFIG);
});
afterAll(async () => {
  await planes.stop();
  rmSync(folder, { recursive: true, force: true });
});

it('the ten forms of the command line, word for word', { timeout: 180_000 }, async () => {
  const created = await type('victor experiment create experiment_config.yaml');
  expect(created).toMatchObject({ code: 0 });
  const id = /victor experiment start (\S+)/.exec(created.stderr)?.[1] ?? '';
  expect(id).toMatch(/^seed-forms-[0-9a-f]{6}$/);

  expect((await type('victor experiment start exp_123', id)).stdout).toMatch(/· running/);
  const units = Array.from({ length: 24 }, (_, n) => `user-${n}`);
  await Promise.all(
    units.map((unit) => executeWorkflow(planes.victor, id, { unit, input: { ms: 500 + unit.length } })),
  );
  expect((await type('victor experiment pause exp_123', id)).stdout).toMatch(/· paused/);
  expect((await type('victor experiment resume exp_123', id)).stdout).toMatch(/· running/);
  expect((await type('victor experiment list --status running')).stdout).toContain(id);
  expect((await type('victor experiment list')).stdout).toContain(id);
  expect((await type('victor experiment status exp_123', id)).stdout).toMatch(/24 started, 24 success/);
  expect((await type('victor experiment results exp_123', id)).stdout).toMatch(/no look yet/);

  const watching = type('victor experiment results exp_123 --watch', id);
  expect((await type('victor experiment stop exp_123', id)).stdout).toMatch(
    /· (completed|analyzed) \(manual\)/,
  );
  const analyzed = await type('victor experiment analyze exp_123', id);
  expect(analyzed).toMatchObject({ code: 0 });
  expect(analyzed.stdout).toMatch(/Decision: deploy treatment/);
  const watched = await watching;
  expect(watched).toMatchObject({ code: 0, stderr: '' });
  expect(watched.stdout).toMatch(/Decision: deploy treatment/);
  expect((await type('victor experiment deploy exp_123', id)).stdout).toMatch(/· rolled out/);
});

it('an interrupt leaves the experiment running, and says so', { timeout: 180_000 }, async () => {
  const inputs = `inputs: { items: [${Array.from({ length: 30 }, (_, n) => `{ user_id: u${n}, ms: 20000 }`).join(', ')}] }\n`;
  const slow = CONFIG.replace('Seed forms', 'Slow').replace('[echo]', '[wait, echo]');
  writeFileSync(join(folder, 'slow.yaml'), `${slow}concurrency: 2\n${inputs}`);
  const interrupt = (stream: 'stdout' | 'stderr', when: RegExp): Pick<RunOptions, 'onStart'> => ({
    onStart: (child) =>
      child[stream]?.on('data', (text: Buffer) => {
        if (when.test(text.toString())) child.kill('SIGINT');
      }),
  });
  const run = await type(
    'victor experiment run slow.yaml --wait --id slow',
    '',
    interrupt('stderr', /is running/),
  );
  expect(run).toMatchObject({ code: 130, stdout: '' });
  expect(run.stderr).toMatch(/experiment slow goes on; stop it with: victor experiment stop slow\n$/);

  const status = await type(
    'victor experiment status slow --watch',
    '',
    interrupt('stdout', /running: units/),
  );
  expect(status).toMatchObject({ code: 130 });
  // a pipe gets a line per change
  expect(status.stdout).toMatch(/^running: units control \d+, treatment \d+ · \d+ executions, /);
  expect(status.stderr).toBe('experiment slow goes on; see it with: victor experiment status slow\n');
  const results = await type(
    'victor experiment results slow --watch --json',
    '',
    interrupt('stdout', /"look":0/),
  );
  expect(results).toMatchObject({ code: 130 });
  expect(results.stderr).toMatch(/experiment slow goes on/);
  const execute = victor(
    ['experiment', 'execute', 'slow', '--user', 'ann', '--input', '{"ms": 20000}', '--execution-id', 'one'],
    {
      env: planes.env,
      onStart: (child) => {
        const begun = async () =>
          (await planes.victor.pool.query(`select from victor_data.executions where execution_id = 'one'`))
            .rowCount === 1
            ? true
            : null;
        void eventually('the execution has begun', begun).then(() => child.kill('SIGINT'));
      },
    },
  );
  expect(await execute).toMatchObject({ code: 130, stdout: '' });
  expect((await execute).stderr).toMatch(
    /execution slow\/one goes on; its outcome will be in: victor experiment executions slow/,
  );
  expect(await getExperimentStatus(planes.victor, 'slow')).toMatchObject({ status: 'running' });
});
