import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import {
  DefaultLogger,
  Runtime,
  Worker,
  bundleWorkflowCode,
  makeTelemetryFilterString,
} from '@temporalio/worker';
import type { ReplayWorkerOptions } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startExecution } from '../../src/operations/execute.ts';
import {
  archiveExperiment,
  pauseExperiment,
  resumeExperiment,
  startExperiment,
  stopExperiment,
} from '../../src/operations/transition.ts';
import { packageRoot } from '../../src/package-root.ts';
import { eventually, startPlanes } from '../support/workers.ts';
import type { TestPlanes } from '../support/workers.ts';
import { becomes, clientOf, draft, ended, executions, items, pair, running } from './experiments.ts';
import type { Keys } from './experiments.ts';
import { LONG } from './states.ts';

/**
 * Histories of runs that may still be open when somebody upgrades. A change of the workflows that does not replay them
 * wedges those runs: put it behind `patched()`. VICTOR_STORE_HISTORIES=1 stores those of this run instead: only before a
 * first release, or to add new ones.
 */
const STORE = join(packageRoot(), 'test', 'fixtures', 'histories');
const storing = process.env['VICTOR_STORE_HISTORIES'] === '1';

const built: ReplayWorkerOptions = {
  workflowBundle: { codePath: join(packageRoot(), 'dist', 'workflow-bundle.js') },
};

interface Stored {
  readonly workflowId: string;
  readonly history: unknown;
}

const replay = (options: ReplayWorkerOptions, { workflowId, history }: Stored): Promise<void> =>
  Worker.runReplayHistory(options, history, workflowId);

let planes: TestPlanes;
const histories = new Map<string, Stored>();

/** As JSON, without what tells of the computer. */
async function keep(name: string, workflowId: string): Promise<void> {
  const history = await (await clientOf(planes)).workflow.getHandle(workflowId).fetchHistory();
  const text = JSON.stringify(JSON.parse(historyToJSON(history)))
    .replaceAll(packageRoot(), '')
    .replaceAll(/"identity":"[^"]*"/g, '"identity":"worker"');
  histories.set(name, { workflowId, history: JSON.parse(text) });
}

const FIRST = { nodes: ['wait', 'sometimes', 'hash'], parallel_nodes: [['wait', 'hash']] };

async function liveThrough(): Promise<void> {
  const { victor } = planes;
  const inputs = items(6, { ms: 60, text: 'abc' }).map((item, index) => ({ ...item, fail: index === 3 }));
  const keys: Keys = {
    variants: pair(FIRST),
    inputs: { items: inputs },
    concurrency: 2,
    decision: { rule: 'group_sequential', looks: { every: '1s' }, check_interval: '500ms' },
  };
  const id = await draft(planes, keys);
  const handle = (await clientOf(planes)).workflow.getHandle(`experiment/${id}`);
  await handle.signal('resume', { reason: 'illegal' });
  await startExperiment(victor, id);
  await ended(planes, id, 3);
  await pauseExperiment(victor, id, { requestId: 'r1' });
  await resumeExperiment(victor, id);
  await becomes(planes, id, 'analyzed');
  await keep('execution', `execution/${id}/000001`);
  await keep('execution-failed-node', `execution/${id}/000004`);
  await archiveExperiment(victor, id);
  await handle.result();
  await keep('experiment', `experiment/${id}`);
  await keep('dataset', `dataset/${id}`);

  const other = await running(planes, { variants: pair(['wait', 'echo']), timeouts: { execution: '1s' } });
  const timed = await startExecution(victor, other, { executionId: 'timed-out', unit: 'u', input: LONG });
  await timed.result();
  await keep('execution-timed-out', timed.workflowId);
  const long = await running(planes, { variants: pair(['wait']) });
  const cancelled = await startExecution(victor, long, { executionId: 'cancelled', unit: 'u', input: LONG });
  await eventually('it runs', async () => ((await executions(planes, long)).length === 1 ? true : null));
  // open: stopped while an execution runs
  await stopExperiment(victor, long);
  await keep('experiment-open', `experiment/${long}`);
  await (await clientOf(planes)).workflow.getHandle(cancelled.workflowId).cancel();
  await cancelled.result();
  await keep('execution-cancelled', cancelled.workflowId);
}

beforeAll(async () => {
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR' }) } },
  });
  planes = await startPlanes();
  await liveThrough();
  if (!storing) return;
  mkdirSync(STORE, { recursive: true });
  for (const [name, stored] of histories) writeFileSync(join(STORE, `${name}.json`), JSON.stringify(stored));
});
afterAll(() => planes.stop());

const NAMES = [
  'dataset',
  'execution',
  'execution-cancelled',
  'execution-failed-node',
  'execution-timed-out',
  'experiment',
  'experiment-open',
];

describe('the built workflows', () => {
  it.each(NAMES)('replay what has just happened: %s', async (name) => {
    const stored = histories.get(name);
    if (stored === undefined) throw new Error(`no history ${name}`);
    await replay(built, stored);
  });

  it('have stored histories of every kind', () => {
    expect(readdirSync(STORE).map((file) => file.replace('.json', ''))).toEqual(
      expect.arrayContaining(NAMES),
    );
  });

  it.each(readdirSync(STORE).filter((file) => file.endsWith('.json')))(
    'replay the stored %s',
    async (file) => {
      await replay(built, JSON.parse(readFileSync(join(STORE, file), 'utf8')) as Stored);
    },
  );
});

describe('a broken version of a workflow', () => {
  const ROOT = packageRoot();
  const fixture = (name: string): string => join(ROOT, 'test', 'workflows', 'fixtures', name);
  const ours = join(ROOT, 'workflows', 'index.ts');

  it.each([
    [
      'an execution that records nothing',
      'execution',
      { workflowsPath: ours, workflowInterceptorModules: [fixture('broken-execution.ts')] },
      'Missing associated machine for LocalActivity',
    ],
    [
      'an experiment that waits a moment',
      'experiment',
      { workflowsPath: fixture('broken-experiment.ts') },
      'Timer machine does not handle this event',
    ],
  ])('%s does not replay', async (_, name, options, message) => {
    const payloadConverterPath = join(ROOT, 'src', 'temporal', 'payload-converter.ts');
    const logger = new DefaultLogger('ERROR');
    const { code } = await bundleWorkflowCode({ ...options, payloadConverterPath, logger });
    const fresh = histories.get(name);
    const stored = JSON.parse(readFileSync(join(STORE, `${name}.json`), 'utf8')) as Stored;
    if (fresh === undefined) throw new Error(`no history ${name}`);
    for (const one of [fresh, stored]) {
      await expect(replay({ workflowBundle: { code } }, one)).rejects.toMatchObject({
        name: 'DeterminismViolationError',
        message: expect.stringContaining(message),
      });
    }
  });
});
