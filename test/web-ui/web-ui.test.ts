import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import serverless from '@sparticuz/chromium';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type { StackHandle } from '../../src/local/stack-types.ts';
import { createExperiment } from '../../src/operations/create.ts';
import { executeWorkflow } from '../../src/operations/execute.ts';
import { getExperimentStatus } from '../../src/operations/read.ts';
import {
  archiveExperiment,
  pauseExperiment,
  startExperiment,
  stopExperiment,
} from '../../src/operations/transition.ts';
import { packageRoot } from '../../src/package-root.ts';
import { startTestStack } from '../support/stack.ts';
import { eventually, startPlanes } from '../support/workers.ts';
import type { TestPlanes } from '../support/workers.ts';
import { becomes, config, graph, items } from '../workflows/experiments.ts';
import type { Keys } from '../workflows/experiments.ts';

/** VICTOR_PICTURES=1 (`npm run docs:pictures`) also takes the pictures of docs/temporal.md. */
const PICTURES = process.env['VICTOR_PICTURES'] === '1' ? join(packageRoot(), 'docs', 'images') : null;
const suffix = PICTURES === null ? `-${randomBytes(4).toString('hex')}` : '';
const [analyzed, running, paused] = [
  `one-prompt${suffix}`,
  `shorter-context${suffix}`,
  `small-model${suffix}`,
];

let stack: StackHandle | null = null;
let planes: TestPlanes;
let browser: Browser;
let page: Page;
const created: string[] = [];

async function create(experimentId: string, keys: Keys): Promise<void> {
  const from = { config: config(keys) };
  await createExperiment(planes.victor, { from, experimentId, createdBy: 'ann' });
  await startExperiment(planes.victor, experimentId, { actor: 'ann' });
  created.push(experimentId);
}

beforeAll(async () => {
  // a server that somebody else runs may have its Web UI anywhere
  const shared = inject('stack');
  if (shared.webUiUrl === null) {
    stack = await startTestStack({ env: { PATH: process.env['PATH'], HOME: process.env['HOME'] } });
  }
  const temporal = stack?.addresses ?? shared;
  planes = await startPlanes({
    addresses: { ...temporal, databaseUrl: shared.databaseUrl },
    ...(PICTURES === null ? {} : { prefix: 'victor' }),
  });
  await create(paused, {
    name: 'A smaller model',
    variants: [graph('control', ['echo']), graph('small', ['echo'])],
  });
  await pauseExperiment(planes.victor, paused, { actor: 'ann', reason: 'the provider is down' });
  await create(running, {
    name: 'Shorter context',
    description: 'The last five messages instead of the whole conversation',
    variants: [graph('control', ['hash', 'echo']), graph('short', ['echo'])],
    decision: { check_interval: '30s' },
  });
  await create(analyzed, {
    name: 'One prompt instead of two',
    description: 'Outline and answer in one prompt, or one after the other',
    hypothesis: 'One prompt saves at least a tenth of the time',
    variants: [
      graph('two-prompts', ['wait', 'hash', 'echo'], { is_control: true }),
      graph('one-prompt', ['wait']),
    ],
    inputs: { items: items(80, { ms: 30 }) },
    concurrency: 6,
    min_sample_size: 30,
    primary_metric: {
      metric_id: 'execution_time',
      name: 'Execution time',
      metric_type: 'execution_time',
      relative_improvement: 0.1,
    },
    decision: { rule: 'group_sequential', looks: { count: 3 }, check_interval: '1s' },
  });
  await Promise.all(
    ['ann', 'bob', 'cid', 'dan', 'eve'].map((unit) => executeWorkflow(planes.victor, running, { unit })),
  );
  await becomes(planes, analyzed, 'analyzed', 60_000);
  browser = await chromium.launch({
    args: serverless.args,
    executablePath: await serverless.executablePath(),
  });
  page = await browser.newPage({ viewport: { width: 1280, height: 880 }, timezoneId: 'UTC' });
  page.setDefaultTimeout(30_000);
  const columns = ['Status', 'Workflow ID', 'ExperimentStatus', 'ExperimentLook', 'Type', 'Start'];
  const chosen = { [temporal.temporalNamespace]: columns.map((label) => ({ label })) };
  await page.addInitScript(
    `localStorage.setItem('namespace-workflow-table-columns', ${JSON.stringify(JSON.stringify(chosen))})`,
  );
}, 180_000);

afterAll(async () => {
  await browser?.close();
  try {
    for (const id of created) {
      if (id === running) await stopExperiment(planes.victor, id);
      await archiveExperiment(planes.victor, id);
    }
  } finally {
    await planes.stop();
    await stack?.stop();
  }
});

async function open(path: string): Promise<void> {
  const { webUiUrl, temporalNamespace } = planes.addresses;
  await page.goto(`${webUiUrl}/namespaces/${temporalNamespace}/workflows${path}`);
}

const openList = (filter: string): Promise<void> => open(`?query=${encodeURIComponent(filter)}`);

async function openTab(id: string, tab: string): Promise<void> {
  await open(`/${encodeURIComponent(`experiment/${id}`)}`);
  await page
    .getByRole('link', { name: tab })
    .or(page.getByRole('tab', { name: tab }))
    .first()
    .click();
}

/** Of the page and of the frames that show Markdown. */
async function text(): Promise<string> {
  const parts = await Promise.all(
    page.frames().map(async (frame) =>
      frame
        .locator('body')
        .innerText()
        .catch(() => ''),
    ),
  );
  return parts.join('\n');
}

const shows = (...expected: readonly string[]): Promise<string> =>
  eventually(`the page shows ${expected.join(', ')}`, async () => {
    const shown = await text();
    return expected.every((part) => shown.includes(part)) ? shown : null;
  });

async function picture(name: string): Promise<void> {
  if (PICTURES === null) return;
  mkdirSync(PICTURES, { recursive: true });
  await page.screenshot({ path: join(PICTURES, name) });
}

it('lists the experiments with a status', async () => {
  await openList('ExperimentStatus = "running"');
  expect(await shows(`experiment/${running}`)).not.toContain(`experiment/${analyzed}`);
  await openList('ExperimentStatus IN ("running", "paused", "analyzed")');
  await shows(...[running, paused, analyzed].map((id) => `experiment/${id}`));
  const row = page.getByRole('row').filter({ hasText: `experiment/${analyzed}` });
  expect(await row.innerText()).toMatch(/\banalyzed\s+[123]\b/);
  await picture('web-ui-list.png');
});

it('shows status, look and decision as current details', async () => {
  const { look, lastDecision, units } = await getExperimentStatus(planes.victor, analyzed);
  expect(look).toBeGreaterThanOrEqual(1);
  await openTab(analyzed, 'User Metadata');
  await shows(
    'One prompt instead of two',
    'One prompt saves at least a tenth of the time',
    `analyzed`,
    `look ${look}`,
    `one-prompt: ${units['one-prompt']} units`,
    `Decision at look ${look}: ${lastDecision?.code}`,
    lastDecision?.reason ?? 'no decision',
  );
  await picture('web-ui-experiment.png');
});

it('names activities, timers and children', async () => {
  await openTab(analyzed, 'Timeline');
  // it holds what is in view alone: the latest first, then the earliest
  await shows('takeLook • look 1', 'check • is a look due?', 'next check');
  await page.getByRole('button', { name: 'Descending' }).click();
  await shows('transition • start', 'runs the dataset', 'reconcileExperiment • closes lost executions');
});
