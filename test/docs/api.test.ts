import { execFileSync, spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/package-root.ts';
import { eventually, startPlanes } from '../support/workers.ts';
import type { TestPlanes } from '../support/workers.ts';
import { clientOf, running } from '../workflows/experiments.ts';
import { startUserWorker } from '../workflows/user-worker.ts';

const root = packageRoot();
const generator = join(root, 'scripts', 'docs', 'api.js');
const folder = join(root, 'dist', 'api-examples');

interface Export {
  readonly name: string;
  readonly kind: string;
  readonly doc: { readonly text: string; readonly examples: readonly string[] };
}

/** In the order of an experiment's life: an example finds what those before it have left. */
const STEPS = [
  'migrateDatabase',
  'createExperiment',
  'replaceDraft',
  'startExperiment',
  'openVictor',
  'WorkflowEngine',
  'executeWorkflow',
  'startExecution',
  'recordValues',
  'excludeExecution',
  'pauseExperiment',
  'resumeExperiment',
  'getExperimentStatus',
  'listExperiments',
  'getVariantMetrics',
  'getExecutions',
  'iterateExecutions',
  'watchExperiment',
  'stopExperiment',
  'waitForResults',
  'analyzeExperiment',
  'getExperimentResults',
  'deployWinner',
  'exportExperiment',
  'cloneExperiment',
  'deleteExperiment',
  'archiveExperiment',
  'VictorError',
  'createTestEngine',
  'defineConfig',
  'startStack',
  'findStack',
  'stopStack',
  'checkStack',
];
/** Serves until it is told to end. */
const WORKER = 'runWorker';
/** Run by a worker. */
const WORKFLOWS = ['executeVariant', 'stubExecution'];

const CONTEXT = `import type { Victor } from 'victor-experiments';
declare global {
  const victor: Victor;
}
`;

const RUN = `import { openVictor } from 'victor-experiments';
const [folder, prefix, names] = process.argv.slice(2);
globalThis.victor = openVictor({
  databaseUrl: process.env.DATABASE_URL,
  temporalAddress: process.env.TEMPORAL_ADDRESS,
  temporalNamespace: process.env.TEMPORAL_NAMESPACE,
  taskQueuePrefix: prefix,
});
for (const name of names.split(',')) {
  try {
    await import(\`\${folder}/\${name}.js\`);
  } catch (error) {
    console.error(\`the example of \${name}:\`, error);
    process.exit(1);
  }
}
await victor.close();
`;

let page: string;
let exported: readonly Export[];
let planes: TestPlanes;
beforeAll(async () => {
  const made = JSON.parse(execFileSync(process.execPath, [generator, '--json'], { encoding: 'utf8' })) as {
    readonly page: string;
    readonly api: readonly { readonly members: readonly Export[] }[];
  };
  page = made.page;
  exported = made.api
    .flatMap(({ members }) => members)
    .filter(({ kind }) => kind === 'Function' || kind === 'Class');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  cpSync(join(root, 'test', 'docs', 'api'), join(folder, 'project'), { recursive: true });
  for (const { name, doc } of exported) writeFileSync(join(folder, `${name}.ts`), doc.examples.join('\n'));
  writeFileSync(join(folder, 'context.d.ts'), CONTEXT);
  writeFileSync(join(folder, 'run.mjs'), RUN);
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: '../../tsconfig.json',
      compilerOptions: { rootDir: '.', outDir: '.', declaration: false, sourceMap: false },
      include: ['*.ts'],
      exclude: [],
    }),
  );
  planes = await startPlanes();
}, 120_000);
afterAll(() => planes.stop());

const node = (args: readonly string[]): ChildProcess =>
  spawn(process.execPath, args, {
    cwd: join(folder, 'project'),
    env: planes.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });

describe('the examples of the API', () => {
  it('are there for every exported function, with a text, and each has its place here', () => {
    const bare = exported.filter(({ doc }) => doc.text === '' || doc.examples.length !== 1);
    expect(bare.map(({ name }) => name)).toEqual([]);
    expect(exported.map(({ name }) => name).toSorted()).toEqual([...STEPS, WORKER, ...WORKFLOWS].toSorted());
  });

  it('type-check', () => {
    const { status, stdout } = spawnSync('npx', ['tsc', '-p', folder], { cwd: root, encoding: 'utf8' });
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
  });

  it('run, one after the other', async () => {
    const run = node([join(folder, 'run.mjs'), folder, planes.prefix, STEPS.join(',')]);
    const [out, problems] = await Promise.all([text(run.stdout), text(run.stderr), once(run, 'exit')]);
    expect({ code: run.exitCode, problems: run.exitCode === 0 ? '' : problems }).toEqual({
      code: 0,
      problems: '',
    });
    expect(out).toContain('created model-comparison');
    expect(out).toMatch(/variant (control|treatment), [\d.]+ s, success: true/);
    expect(out).toContain('inconclusive');
    expect(out).toContain("answer: 'claude-opus-4-5-20251101: AI safety'");
    expect(out).toContain('Model comparison, again');
  });

  it('serve, and end when they are told to', async () => {
    const example = join(folder, `${WORKER}.js`);
    cpSync(join(folder, 'defineConfig.ts'), join(folder, 'project', 'victor.config.ts'));
    const worker = node([example]);
    const { connection } = await planes.victor.temporal();
    await eventually('the worker of the example serves', async () => {
      const { pollers } = await connection.workflowService.describeTaskQueue({
        namespace: planes.addresses.temporalNamespace,
        taskQueue: { name: `${planes.prefix}-executions` },
        taskQueueType: 2,
      });
      return pollers?.some(({ identity }) => identity?.startsWith(`${worker.pid}@`)) === true ? true : null;
    });
    const gone = once(worker, 'exit');
    worker.kill('SIGTERM');
    expect(await gone).toEqual([0, null]);
  });

  it('run as workflows', async () => {
    const id = await running(planes);
    for (const name of WORKFLOWS) {
      const source = readFileSync(join(folder, `${name}.js`), 'utf8');
      // of a project with this experiment and these queues
      const own = source
        .replace("'model-comparison'", JSON.stringify(id))
        .replace('executionId:', `taskQueuePrefix: ${JSON.stringify(planes.prefix)}, executionId:`);
      writeFileSync(join(folder, `${name}-here.js`), own);
    }
    writeFileSync(
      join(folder, 'workflows.js'),
      WORKFLOWS.map((name) => `export * from './${name}-here.js';\n`).join(''),
    );
    const user = await startUserWorker(planes, { path: join(folder, 'workflows.js') });
    const client = await clientOf(planes);
    const answer: unknown = await client.workflow.execute('answerQuestion', {
      workflowId: `${planes.prefix}-answer`,
      taskQueue: user.taskQueue,
      args: [{ id: 'q-1', customer: 'ann', text: 'why?' }],
    });
    expect(answer).toMatchObject({ outcome: 'success', output: { echoed: { query: 'why?' } } });
    const stubbed: unknown = await client.workflow.execute('execution', {
      workflowId: 'execution/any/q-1',
      taskQueue: user.taskQueue,
      args: [{ input: { query: 'why?' } }],
    });
    expect(stubbed).toMatchObject({ variant_id: 'treatment', output: { echoed: { query: 'why?' } } });
    await user.stop();
  });
});

async function text(stream: NodeJS.ReadableStream | null): Promise<string> {
  let all = '';
  for await (const chunk of stream ?? []) all += String(chunk);
  return all;
}

it('docs/api.md is what the declarations say; `npm run docs` writes it', () => {
  expect(readFileSync(join(root, 'docs', 'api.md'), 'utf8')).toBe(page);
});
