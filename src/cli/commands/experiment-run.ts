import type { Command } from 'commander';
import { createExperiment } from '../../operations/create.ts';
import { getExperimentResults, getMetrics } from '../../operations/read.ts';
import { startExperiment } from '../../operations/transition.ts';
import type { Victor } from '../../operations/victor.ts';
import { renderResults } from '../../report/results.ts';
import { renderStatus } from '../../report/status.ts';
import { withVictor } from '../context.ts';
import type { CliContext } from '../context.ts';
import { print, say } from '../output.ts';
import { actorOption, contextOf, newCommand } from '../program.ts';
import type { Answer, Invocation } from '../program.ts';
import { follow, runSteps, slowly } from '../progress.ts';
import { warnOfStaleWorkers } from '../stale-workers.ts';
import { fromFile } from './experiment-create.ts';
import type { CreateOptions } from './experiment-create.ts';

interface Options extends CreateOptions {
  readonly wait?: boolean;
}

export function runCommand({ signal, answer, goesOn }: Invocation): Command {
  const command = newCommand(
    'run',
    'create and start an experiment; with --wait a gate: exit 0 only for deploy_winner',
  )
    .argument('<file>', 'experiment file (YAML)')
    .option('--wait', 'wait for the final look')
    .option('--id <id>', 'experiment id (default: made of the name)')
    .addOption(actorOption());
  return command.action(async (file: string, options: Options) => {
    const context = contextOf(command, signal);
    await withVictor(context, async (victor) => {
      await warnOfStaleWorkers(context, victor);
      const created = await slowly(
        context,
        'Read the inputs and store the experiment',
        createExperiment(victor, fromFile(file, options)),
      );
      for (const warning of created.warnings) say(context, `warning: ${warning.message}`);
      const status = await startExperiment(victor, created.status.experimentId);
      if (options.wait === true)
        goesOn(
          `experiment ${status.experimentId} goes on; stop it with: victor experiment stop ${status.experimentId}`,
        );
      if (options.wait === true) answer(await waitForDecision(context, victor, status.experimentId));
      else print(context, status, (render) => renderStatus(status, render));
    });
  });
}

async function waitForDecision(context: CliContext, victor: Victor, experimentId: string): Promise<Answer> {
  say(context, `experiment ${experimentId} is running`);
  await runSteps(context, [
    {
      title: 'Run executions and look',
      task: (_, task) =>
        follow(victor, experimentId, context.signal, {
          update: (line) => {
            task.title = line;
          },
          look: (line) => {
            task.output = line;
          },
        }),
      rendererOptions: { persistentOutput: true, outputBar: Infinity },
    },
  ]);
  const results = await getExperimentResults(victor, experimentId);
  const metrics = await getMetrics(victor, experimentId);
  print(context, results, (render) => renderResults(results, { ...render, ...metrics }));
  return results.recommendation === 'deploy_winner' ? 0 : 1;
}
