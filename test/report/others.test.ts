import { expect, it } from 'vitest';
import { renderExecution } from '../../src/report/execution.ts';
import { renderList } from '../../src/report/list.ts';
import { renderStatus } from '../../src/report/status.ts';
import { execution, plain, status } from './documents.ts';

it('shows which variants take no new units, and what cannot be compared', () => {
  const text = renderStatus(
    status({
      variantStatus: { linear: 'running', parallel: 'paused' },
      notRandomised: { linear: 7, parallel: 0 },
    }),
    plain,
  );
  expect(text).toMatch(/^not compared +units begun while only one variant was open: linear 7$/m);
  expect(text).toMatch(/^variant +new units +units/m);
  expect(text).toMatch(/^linear +open +33/m);
  expect(text).toMatch(/^parallel +paused +35/m);
});

it('shows the status of a running experiment', () => {
  expect(renderStatus(status(), plain)).toMatchInlineSnapshot(`
    "README analysis (readme-analysis) · running

    information  ███████░░░░░░░░░░░░░ 33 %
    looks        1 taken
    executions   69 started, 63 success, 1 failure, 4 running (about 200 units planned)
    decision     continue — no difference can be claimed.
    created      2026-01-31 11:59:00 UTC
    started      2026-01-31 11:59:30 UTC
    as of        2026-01-31 12:00:10 UTC
    workflow     experiment/readme-analysis

    variant   units  executions  held back
    linear       33          34         12
    parallel     35          35         13"
  `);
});

it('shows why an experiment is completed', () => {
  const text = renderStatus(status({ status: 'analyzed', completedBecause: 'sample_size' }), plain);
  expect(text.split('\n')[0]).toBe('README analysis (readme-analysis) · analyzed (sample size)');
});

it('lists experiments', () => {
  const item = { createdAt: '2026-01-31T11:59:00.000Z', recommendation: 'continue' } as const;
  const items = [
    { ...item, experimentId: 'a', name: 'First', status: 'running', look: 0, totalSamples: 12 } as const,
    {
      ...item,
      experimentId: 'b-2',
      name: 'x'.repeat(40),
      status: 'rolled_out',
      look: 5,
      totalSamples: 1200,
    } as const,
  ];
  expect(renderList(items, plain)).toMatchInlineSnapshot(`
    "id   name                            status      created       looks  executions  recommendation
    a    First                           running     2026-01-31        0          12  continue
                                                     11:59:00 UTC
    b-2  xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx  rolled out  2026-01-31        5        1200  continue
         xxxxxxxxxx                                  11:59:00 UTC"
  `);
  expect(renderList([], plain)).toBe('no experiments; create one with `victor experiment create FILE`');
});

it('shows an execution with its output', () => {
  expect(renderExecution(execution(), plain)).toMatchInlineSnapshot(`
    "success in 0.3842 s · readme-analysis/000001 · variant parallel
    recorded  yes
    metrics   execution_time 0.3842, token_usage 0
    workflow  execution/readme-analysis/000001
    run       f0c1
    {
      "words": 812,
      "verified": true
    }"
  `);
});

it('shows a failed execution, with its text made harmless', () => {
  const failed = execution({
    outcome: 'failure',
    output: { text: 'a\u009Bb' },
    error: { type: 'Error', message: 'lines: 3, must be 4\u001B[2J\nsecond line', node: 'verify' },
    recorded: false,
    phase: null,
    metrics: {},
  });
  expect(renderExecution(failed, plain)).toMatchInlineSnapshot(`
    "failure in 0.3842 s · readme-analysis/000001 · variant parallel
    recorded  no: the experiment admits no executions now, so the control ran and is not counted
    error     Error: lines: 3, must be 4 second line (node verify)
    workflow  execution/readme-analysis/000001
    run       f0c1
    {
      "text": "a b"
    }"
  `);
});

it('cuts a long output', () => {
  const text = renderExecution(execution({ output: Array.from({ length: 100 }, (_, n) => n) }), plain);
  expect(text.split('\n').at(-1)).toBe('… 62 more lines; --json shows all');
});
