import type { Command } from 'commander';
import { analyzeExperiment } from '../../operations/analyze.ts';
import type { AnalysisResults, AnalyzeOptions } from '../../operations/analyze.ts';
import { getMetrics } from '../../operations/read.ts';
import type { Victor } from '../../operations/victor.ts';
import { renderResults } from '../../report/results.ts';
import { renderStatusLine } from '../../report/status-line.ts';
import { renderSupplementary } from '../../report/supplementary.ts';
import { withVictor } from '../context.ts';
import type { CliContext } from '../context.ts';
import { print } from '../output.ts';
import { contextOf, experimentArgument, newCommand, transitionOptions } from '../program.ts';
import type { Invocation } from '../program.ts';
import { runSteps } from '../progress.ts';

interface Options {
  readonly now?: boolean;
  readonly reason?: string;
  readonly actor?: string;
  readonly requestId?: string;
}

export function analyzeCommand({ signal, goesOn }: Invocation): Command {
  const command = newCommand('analyze', 'wait for the final look of a completed experiment and print it')
    .addArgument(experimentArgument())
    .option('--now', 'do not wait for executions that still run; they are left out');
  for (const option of transitionOptions()) command.addOption(option);
  return command.action(async (id: string, options: Options) => {
    const context = contextOf(command, signal);
    await withVictor(context, async (victor) => {
      goesOn(`the analysis of ${id} goes on; ask again with: victor experiment analyze ${id}`);
      const results = await withProgress(context, victor, id, options);
      const metrics = await getMetrics(victor, id);
      print(context, results, (render) =>
        [
          renderResults(results, { ...render, ...metrics }),
          renderSupplementary(results.supplementary, render),
        ]
          .filter((part) => part !== '')
          .join('\n\n'),
      );
    });
  });
}

async function withProgress(
  context: CliContext,
  victor: Victor,
  id: string,
  options: AnalyzeOptions,
): Promise<AnalysisResults> {
  let results: AnalysisResults | null = null;
  await runSteps(context, [
    {
      title: 'Wait for the final look',
      task: async (_, task) => {
        results = await analyzeExperiment(victor, id, {
          ...options,
          signal: context.signal,
          onStatus: (status) => {
            task.title = renderStatusLine(status);
          },
        });
      },
    },
  ]);
  if (results === null) throw new Error('no results');
  return results;
}
