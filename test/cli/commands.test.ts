import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runShell } from '../docs/document.ts';
import { MAIN, startPlanes } from '../support/workers.ts';
import type { TestPlanes } from '../support/workers.ts';
import { victor } from './run.ts';
import type { CommandResult } from './run.ts';

let planes: TestPlanes;
let folder: string;
let cli: (...args: readonly string[]) => Promise<CommandResult>;

const file = (name: string, extra = ''): string => `name: ${name}
variants:
  - variant_id: control
    is_control: true
    workflow_type: stategraph
    workflow_config: { graph_definition: { nodes: [sometimes] } }
  - variant_id: treatment
    workflow_type: stategraph
    workflow_config: { graph_definition: { nodes: [sometimes, metered] } }
primary_metric: { metric_id: execution_time, name: Execution time, metric_type: execution_time }
secondary_metrics: [{ metric_id: success_rate, name: Success rate, metric_type: success_rate }]
min_sample_size: 5
decision: { rule: group_sequential, looks: { count: 2 }, check_interval: 1s }
${extra}`;
const items = `inputs: { items: [${Array.from({ length: 24 }, (_, i) => `{ user_id: u${i}, fail: ${i % 6 === 0} }`).join(', ')}] }\n`;

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const json = (result: CommandResult): Record<string, unknown> => {
  expect(result).toMatchObject({ code: 0, stderr: '' });
  expect(result.stdout.trim().split('\n')).toHaveLength(1);
  return JSON.parse(result.stdout) as Record<string, unknown>;
};

beforeAll(async () => {
  planes = await startPlanes();
  folder = mkdtempSync(join(tmpdir(), 'victor-cli-'));
  cli = (...args) => victor(args, { env: planes.env, cwd: folder });
});
afterAll(async () => {
  await planes.stop();
  rmSync(folder, { recursive: true, force: true });
});

const STATUS_KEYS =
  `experiment_id name status variant_status profile created_at started_at paused_at completed_at
  completed_because as_of look next_look_at information_fraction planned_units units variant_samples total_samples
  current_iteration executions held_back workflow_id web_ui_url last_decision deployed_variant_id deployed_at
  not_randomised`.split(/\s+/);
const RESULT_KEYS =
  `experiment_id name status profile rule look winning_variant_id confidence probability_best
  statistical_significance p_value p_value_adjusted confidence_interval recommendation reason_code reasoning analyzed_at
  total_samples total_units total_duration_seconds sample_ratio variant_results guardrails looks warnings`.split(
    /\s+/,
  );
const VARIANT_KEYS = `variant_id name is_control primary_metric_value primary_metric_std primary_metric_se
  primary_metric_samples units executions missing secondary_metrics difference relative_change relative_improvement
  absolute_improvement confidence_interval relative_confidence_interval p_value p_value_adjusted effect_size stagewise`.split(
  /\s+/,
);
const LOOK_KEYS =
  `look at cut watermark information_fraction units held_back statistic boundary p_value alpha_spent
  decision comparisons`.split(/\s+/);
const EXECUTE_KEYS =
  `experiment_id execution_id variant_id recorded phase outcome output error duration_seconds metrics
  workflow_id run_id`.split(/\s+/);

const keys = (value: unknown): string[] => Object.keys(value as object).toSorted();

describe('the life of an experiment', () => {
  it('is created, started, executed, paused, resumed, stopped and read, by id, prefix and name', async () => {
    const created = json(
      await cli(
        'experiment',
        'create',
        write('life.yaml', file('Life')),
        '--id',
        'life-1',
        '--json',
        '--quiet',
      ),
    );
    expect(keys(created)).toEqual(STATUS_KEYS.toSorted());
    expect(created).toMatchObject({
      experiment_id: 'life-1',
      name: 'Life',
      status: 'draft',
      look: 0,
      planned_units: 10,
    });

    expect(json(await cli('experiment', 'start', 'life-1', '--json'))).toMatchObject({ status: 'running' });
    const executed = json(
      await cli(
        'experiment',
        'execute',
        'Life',
        '--user',
        'ann',
        '--input',
        '{"fail": false}',
        '--execution-id',
        'x1',
        '--json',
      ),
    );
    expect(keys(executed)).toEqual(EXECUTE_KEYS.toSorted());
    expect(executed).toMatchObject({
      execution_id: 'x1',
      outcome: 'success',
      recorded: true,
      phase: 'experiment',
      workflow_id: 'execution/life-1/x1',
      output: { fine: true },
    });
    const again = json(
      await cli('experiment', 'execute', 'life-1', '--user', 'ann', '--execution-id', 'x1', '--json'),
    );
    expect(again).toEqual(executed);

    const failed = await cli(
      'experiment',
      'execute',
      'life',
      '--user',
      'bob',
      '--input',
      '{"fail": true}',
      '--json',
    );
    expect(failed.code).toBe(1);
    expect(JSON.parse(failed.stdout)).toMatchObject({
      outcome: 'failure',
      error: { type: 'Error', message: 'this input fails', node: 'sometimes' },
    });

    expect(
      json(await cli('experiment', 'pause', 'life-1', '--reason', 'lunch', '--actor', 'ann', '--json')),
    ).toMatchObject({
      status: 'paused',
    });
    const paused = json(await cli('experiment', 'execute', 'life-1', '--user', 'eve', '--json'));
    expect(paused).toMatchObject({ recorded: false, variant_id: 'control', phase: null });
    expect(json(await cli('experiment', 'resume', 'life-1', '--json'))).toMatchObject({ status: 'running' });
    expect(json(await cli('experiment', 'status', 'life-1', '--json'))).toMatchObject({
      executions: { started: 2, success: 1, failure: 1, timeout: 0, cancelled: 0, running: 0, excluded: 0 },
    });
    expect(json(await cli('experiment', 'stop', 'life-1', '--json'))).toMatchObject({
      completed_because: 'manual',
    });

    const watched = await cli('experiment', 'results', 'life-1', '--watch', '--json');
    const results = JSON.parse(watched.stdout.trim().split('\n').at(-1) ?? '') as Record<string, unknown>;
    expect(keys(results)).toEqual(RESULT_KEYS.toSorted());
    expect(results).toMatchObject({
      status: 'analyzed',
      look: 1,
      recommendation: 'inconclusive',
      total_samples: 2,
    });
    const variants = results['variant_results'] as Record<string, unknown>;
    expect(keys(variants['control'])).toEqual(VARIANT_KEYS.toSorted());
    expect(keys((results['looks'] as unknown[])[0])).toEqual(LOOK_KEYS.toSorted());
    expect(json(await cli('experiment', 'archive', 'life-1', '--json'))).toMatchObject({
      status: 'archived',
    });
  });

  it('run --wait is a gate: its table on stdout, exit 1 without a winner', async () => {
    const result = await cli('experiment', 'run', write('gate.yaml', file('Gate', items)), '--wait');
    expect(result.code).toBe(1);
    expect(result.stdout).toMatch(/Gate \(gate-[0-9a-f]{6}\) · analyzed · group sequential · look \d/);
    expect(result.stdout).toMatch(/Decision: /);
    expect(result.stderr).toMatch(/is running/);
    const list = JSON.parse(
      (await cli('experiment', 'list', '--status', 'analyzed', '--json')).stdout,
    ) as unknown[];
    expect(list).toContainEqual(
      expect.objectContaining({ name: 'Gate', status: 'analyzed', recommendation: 'inconclusive' }),
    );
  });
});

describe('bad input', () => {
  const cases: readonly (readonly [string, readonly string[], number, RegExp])[] = [
    ['an unknown command', ['experiment', 'foo'], 2, /unknown command 'foo'/],
    ['an unknown option', ['up', '--wat'], 2, /unknown option '--wat'/],
    ['a missing argument', ['experiment', 'start'], 2, /missing required argument 'experiment'/],
    [
      'a file that is not there',
      ['experiment', 'create', 'none.yaml'],
      2,
      /none\.yaml: the experiment file does not exist/,
    ],
    [
      'an unknown id',
      ['experiment', 'status', 'nope'],
      3,
      /no experiment has the id, id prefix or name "nope"/,
    ],
    ['an unknown id to move', ['experiment', 'pause', "x'; drop table"], 3, /no experiment has the id/],
    ['an unknown id to execute', ['experiment', 'execute', 'nope', '--user', 'u'], 3, /no experiment/],
    ['an empty id', ['experiment', 'results', ''], 3, /no experiment/],
    ['a bad list filter', ['experiment', 'list', '--status', 'foo'], 2, /Allowed choices are draft, running/],
  ];
  it.each(cases)('%s', async (_, args, code, message) => {
    const result = await cli(...args);
    expect(result).toMatchObject({ code, stdout: '' });
    expect(result.stderr).toMatch(message);
    expect(result.stderr).not.toMatch(/\n\s+at /);
  });

  it('a bad experiment file: every problem at once with its place, nothing created', async () => {
    const bad = file('Bad')
      .replace('min_sample_size: 5', 'min_sample_size: 0\nmin_sampel: 3')
      .replace('variant_id: treatment', 'variant_id: control');
    const result = await cli('experiment', 'create', write('bad.yaml', bad));
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr.replaceAll(folder, 'DIR')).toMatchInlineSnapshot(`
      "error: DIR/bad.yaml:7:17: variant_id "control" is used twice; ids are unique
      DIR/bad.yaml:12:18: min_sample_size is 0, must be an integer from 2 to 2147483647
      DIR/bad.yaml:13:1: unknown key min_sampel; known keys: name, description, hypothesis, tags, created_by, unit, variants, primary_metric, secondary_metrics, guardrail_metrics, min_sample_size, max_duration_seconds, max_iterations, stall_after, significance_level, statistical_power, confidence_interval, enable_early_stopping, early_stopping_threshold, targeting_rules, allocation, decision, inputs, concurrency, timeouts, success_when, dimensions, profile, seed
      "
    `);
    expect((await cli('experiment', 'status', 'Bad')).code).toBe(3);
  });

  it('an illegal move, a taken name, an ambiguous prefix, JSON that is none', async () => {
    const path = write('twin.yaml', file('Twin'));
    expect((await cli('experiment', 'create', path, '--id', 'twin-a')).code).toBe(0);
    const taken = await cli('experiment', 'create', path, '--id', 'twin-b');
    expect(taken).toMatchObject({ code: 4, stdout: '' });
    expect(taken.stderr).toMatch(/an experiment named "Twin" exists and is not archived/);
    const same = await cli('experiment', 'create', write('other.yaml', file('Other')), '--id', 'twin-a');
    expect(same).toMatchObject({ code: 4 });
    expect(same.stderr).toMatch(/an experiment with id twin-a exists \(draft\)/);
    const illegal = await cli('experiment', 'resume', 'twin-a');
    expect(illegal).toMatchObject({ code: 4, stdout: '' });
    expect(illegal.stderr).toBe(
      'error: cannot resume an experiment that is draft; legal moves: start, archive\n',
    );
    expect((await cli('experiment', 'create', write('o.yaml', file('Twin 2')), '--id', 'twin-c')).code).toBe(
      0,
    );
    const ambiguous = await cli('experiment', 'status', 'twin-');
    expect(ambiguous.code).toBe(4);
    expect(ambiguous.stderr).toMatch(/fits several experiments: twin-a, twin-c/);
    const noJson = await cli('experiment', 'execute', 'twin-a', '--input', '{x}');
    expect(noJson.code).toBe(2);
    expect(noJson.stderr).toMatch(/--input is not JSON/);
    const unitless = await cli('experiment', 'start', 'twin-a').then(() =>
      cli('experiment', 'execute', 'twin-a'),
    );
    expect(unitless.code).toBe(2);
    expect(unitless.stderr).toMatch(/neither unit nor context\.user_id/);
  });
});

describe('streams', () => {
  it('a reader of a pipe that has seen enough is no error', async () => {
    const id = 'pipe-of-lists';
    const path = write('pipe.yaml', file('Pipe of lists', items));
    expect(await cli('experiment', 'run', path, '--id', id, '--wait', '--quiet')).toMatchObject({
      stderr: '',
    });
    for (const format of ['csv', 'jsonl']) {
      const { output } = await runShell(
        `"$NODE" "$MAIN" experiment executions ${id} --format ${format} | head -c 10 > /dev/null; echo "exit \${PIPESTATUS[0]}"`,
        { cwd: folder, env: { ...planes.env, NODE: process.execPath, MAIN } },
      );
      expect(output).toBe('exit 0\n');
    }
  });

  it('--quiet says nothing, help goes to stdout, an interrupt is 130', async () => {
    const quiet = await cli('experiment', 'create', write('quiet.yaml', file('Quiet')), '--quiet');
    expect(quiet).toMatchObject({ code: 0, stdout: '', stderr: '' });
    const help = await cli('experiment', '--help');
    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).toMatch(/create \[options\] \[file\]/);
    const interrupted = await victor(['experiment', 'status', 'Quiet', '--watch'], {
      env: planes.env,
      onStart: (child) => child.stdout?.once('data', () => child.kill('SIGINT')),
    });
    expect(interrupted.code).toBe(130);
  });
});
