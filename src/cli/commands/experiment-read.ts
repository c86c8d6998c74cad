import { Option } from 'commander';
import type { Command } from 'commander';
import { STATUSES } from '../../model/lifecycle.ts';
import type { ExperimentStatusName } from '../../model/lifecycle.ts';
import {
  getExperimentResults,
  getExperimentStatus,
  getMetrics,
  listExperiments,
} from '../../operations/read.ts';
import { renderList } from '../../report/list.ts';
import { renderResults } from '../../report/results.ts';
import { renderLookLine } from '../../report/look-line.ts';
import { renderStatus } from '../../report/status.ts';
import { renderStatusLine } from '../../report/status-line.ts';
import { withVictor } from '../context.ts';
import { print, renderOptions } from '../output.ts';
import { contextOf, newCommand } from '../program.ts';
import type { Invocation } from '../program.ts';
import { watch } from '../watch.ts';

const stillRunning = (id: string): string =>
  `experiment ${id} goes on; see it with: victor experiment status ${id}`;

interface WatchOptions {
  readonly watch?: boolean;
}

export function statusCommand({ signal, goesOn }: Invocation): Command {
  const command = newCommand('status', 'what was begun, how it ended, and when the next look is due')
    .argument('<experiment>', 'id, unambiguous prefix of an id, or name')
    .option('--watch', 'print it again at each change until the experiment is analyzed');
  return command.action(async (id: string, options: WatchOptions) => {
    const context = contextOf(command, signal);
    await withVictor(context, async (victor) => {
      const read = () => getExperimentStatus(victor, id);
      const render = (status: Awaited<ReturnType<typeof read>>) => renderStatus(status, renderOptions());
      if (options.watch === true) {
        goesOn(stillRunning(id));
        await watch(context, victor, id, {
          read,
          render,
          line: renderStatusLine,
          identity: (status) => ({ ...status, asOf: null, nextLookAt: null }),
        });
      } else {
        const status = await read();
        print(context, status, () => render(status));
      }
    });
  });
}

export function resultsCommand({ signal, goesOn }: Invocation): Command {
  const command = newCommand('results', 'the numbers and the decision of the last look')
    .argument('<experiment>', 'id, unambiguous prefix of an id, or name')
    .option('--watch', 'print them again at each look until the experiment is analyzed');
  return command.action(async (id: string, options: WatchOptions) => {
    const context = contextOf(command, signal);
    await withVictor(context, async (victor) => {
      const metrics = await getMetrics(victor, id);
      const read = () => getExperimentResults(victor, id);
      const render = (results: Awaited<ReturnType<typeof read>>) =>
        renderResults(results, { ...renderOptions(), ...metrics });
      if (options.watch === true) {
        goesOn(stillRunning(id));
        await watch(context, victor, id, {
          read,
          render,
          line: (results) => {
            const last = results.looks.at(-1);
            return last === undefined ? `${results.status}: no look yet` : renderLookLine(last);
          },
          identity: (results) => ({ ...results, totalDurationSeconds: 0 }),
        });
      } else {
        const results = await read();
        print(context, results, () => render(results));
      }
    });
  });
}

export function listCommand({ signal }: Invocation): Command {
  const command = newCommand('list', 'all experiments, the newest first')
    .addOption(new Option('--status <status>', 'only those').choices(STATUSES))
    .option('--deleted', 'those that were deleted');
  return command.action(
    async (options: { readonly status?: ExperimentStatusName; readonly deleted?: boolean }) => {
      const context = contextOf(command, signal);
      await withVictor(context, async (victor) => {
        const items = await listExperiments(victor, options);
        print(context, items, (render) => renderList(items, render));
      });
    },
  );
}
