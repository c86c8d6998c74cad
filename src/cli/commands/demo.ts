import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { experimentWorkflowId } from '../../model/ids.ts';
import { configuredTemporal } from '../../local/temporal-address.ts';
import { startStack } from '../../local/stack.ts';
import type { StackHandle } from '../../local/stack-types.ts';
import { createExperiment } from '../../operations/create.ts';
import { getExperimentResults, getExperimentStatus, getMetrics } from '../../operations/read.ts';
import { archiveExperiment, startExperiment } from '../../operations/transition.ts';
import type { Victor } from '../../operations/victor.ts';
import { packageRoot } from '../../package-root.ts';
import { renderResults } from '../../report/results.ts';
import { victorAt } from '../context.ts';
import type { CliContext } from '../context.ts';
import { print, say } from '../output.ts';
import { contextOf, newCommand } from '../program.ts';
import type { Invocation } from '../program.ts';
import { follow, runSteps } from '../progress.ts';
import { waitForWorkers } from '../workers-ready.ts';
import { stackProcesses } from './up.ts';

export function demoCommand({ signal }: Invocation): Command {
  const command = newCommand('demo', 'run a real experiment on the READMEs of the installed packages').option(
    '--keep',
    'leave the stack up afterwards',
  );
  return command.action(async (options: { readonly keep?: boolean }) => {
    await runDemo(contextOf(command, signal), options.keep ?? false);
  });
}

const EXAMPLE = join('examples', 'readme-analysis');

async function runDemo(context: CliContext, keep: boolean): Promise<void> {
  const folder = join(packageRoot(), EXAMPLE);
  // a server of the user's own has workers of its own: these queues are ours alone
  const shared = configuredTemporal(context.env) !== null;
  const prefix = shared ? `victor-demo-${randomBytes(3).toString('hex')}` : 'victor';
  const own: CliContext = { ...context, env: { ...context.env, VICTOR_TASK_QUEUE_PREFIX: prefix } };
  let stack: StackHandle | null = null;
  let victor: Victor | null = null;
  let experimentId = '';
  try {
    await runSteps(context, [
      {
        title: 'Start Temporal, PostgreSQL and the workers',
        task: async (_, task) => {
          stack = await openStack(own, keep, folder, prefix, (line) => {
            task.output = line;
          });
          victor = victorAt(own, stack.addresses);
        },
      },
      {
        title: 'Create the experiment and start it',
        task: async (_, task) => {
          const created = await createExperiment(open(victor), {
            from: { file: join(folder, 'experiment.yaml') },
          });
          experimentId = created.status.experimentId;
          await startExperiment(open(victor), experimentId);
          task.title = `Experiment ${experimentId} is running`;
        },
      },
      {
        title: 'Run executions and look',
        task: async (_, task) => {
          await follow(open(victor), experimentId, context.signal, {
            update: (line) => {
              task.title = line;
            },
            look: (line) => {
              task.output = line;
            },
          });
        },
        rendererOptions: { persistentOutput: true, outputBar: Infinity },
      },
    ]);
    const session = open(victor);
    const results = await getExperimentResults(session, experimentId);
    const metrics = await getMetrics(session, experimentId);
    if (!keep && shared) await leaveServer(session, experimentId, prefix);
    print(context, results, (render) => renderResults(results, { ...render, ...metrics }));
    if (!context.json) say(context, whereToLook(keep, stack, experimentId));
  } finally {
    await (victor as Victor | null)?.close();
    if (!keep) await (stack as StackHandle | null)?.stop();
  }
}

const open = (victor: Victor | null): Victor => {
  if (victor === null) throw new Error('the stack has not started');
  return victor;
};

async function openStack(
  context: CliContext,
  keep: boolean,
  folder: string,
  prefix: string,
  progress: (line: string) => void,
): Promise<StackHandle> {
  // what is kept has a Postgres of its own: the user's database is never touched
  const { DATABASE_URL: _theirs, ...withoutDatabase } = context.env;
  const env = keep ? withoutDatabase : context.env;
  const tell = (line: string): void => {
    progress(line);
    if (!process.stderr.isTTY && /obtain|download|pip|go install/i.test(line)) say(context, line);
  };
  const stack = await startStack({
    stateDir: keep ? join(context.stateDir, 'demo') : mkdtempSync(join(tmpdir(), 'victor-demo-')),
    ephemeral: !keep,
    env,
    say: tell,
    ...stackProcesses(join(folder, 'victor.config.ts'), { VICTOR_TASK_QUEUE_PREFIX: prefix }),
  });
  try {
    await waitForWorkers(stack.addresses, env, prefix, context.signal);
  } catch (error) {
    if (!keep) await stack.stop();
    throw error;
  }
  return stack;
}

/** Nothing of the demo stays on a server that is not its own. */
async function leaveServer(victor: Victor, experimentId: string, prefix: string): Promise<void> {
  const deadline = Date.now() + 20_000;
  while ((await getExperimentStatus(victor, experimentId)).executions.running > 0 && Date.now() < deadline) {
    await sleep(200);
  }
  await archiveExperiment(victor, experimentId, { reason: 'end of the demo' });
  const { client } = await victor.temporal();
  await client.schedule.getHandle(`${prefix}-reconcile`).delete();
}

function whereToLook(keep: boolean, stack: StackHandle | null, experimentId: string): string {
  if (!keep || stack === null) {
    return '\nSee it in the Temporal Web UI and with SQL: npm run demo -- --keep';
  }
  const { addresses } = stack;
  const ui =
    addresses.webUiUrl === null
      ? []
      : [
          `Web UI    ${addresses.webUiUrl}/namespaces/${addresses.temporalNamespace}/workflows/${encodeURIComponent(experimentWorkflowId(experimentId))}`,
        ];
  return [
    '',
    ...ui,
    `SQL       psql '${addresses.databaseUrl}' -c "select variant_id, outcome, count(*), avg(execution_time) from victor.executions group by 1, 2"`,
    `Again     npx victor experiment results ${experimentId} --dir ${addresses.stateDir}`,
    `Stop      npx victor down --dir ${addresses.stateDir}`,
  ].join('\n');
}
