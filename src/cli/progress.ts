import { setTimeout as sleep } from 'node:timers/promises';
import { Listr, ListrLogger, ProcessOutput } from 'listr2';
import type { ListrTask } from 'listr2';
import type { LookDocument } from '../model/documents.ts';
import { getExperimentResults } from '../operations/read.ts';
import type { Victor } from '../operations/victor.ts';
import { waitForResults } from '../operations/wait.ts';
import { renderLookLine } from '../report/look-line.ts';
import { renderStatusLine } from '../report/status-line.ts';
import type { CliContext } from './context.ts';

/** Runs steps with progress on a terminal; quiet in a pipe. Progress is talk, so it goes to stderr. */
export async function runSteps(context: CliContext, steps: readonly ListrTask[]): Promise<void> {
  const visible = process.stderr.isTTY && !context.quiet;
  const logger = new ListrLogger({
    useIcons: false,
    processOutput: new ProcessOutput(process.stderr as unknown as NodeJS.WriteStream, process.stderr),
  });
  const list = visible
    ? new Listr([...steps], {
        renderer: 'default',
        registerSignalListeners: false,
        rendererOptions: { logger, collapseSubtasks: false, showErrorMessage: false },
      })
    : new Listr([...steps], { renderer: 'silent', registerSignalListeners: false });
  await list.run();
}

const SLOW_MS = 1000;

/** Says on a terminal what takes long, once it does. */
export async function slowly<T>(context: CliContext, title: string, work: Promise<T>): Promise<T> {
  const settled = work.then(
    () => true,
    () => true,
  );
  const quick = await Promise.race([settled, sleep(SLOW_MS, false, { ref: false })]);
  // what has failed gets no check mark, and its message comes once, at the end
  if (!quick) await runSteps(context, [{ title, task: () => work.then(() => undefined) }]).catch(() => null);
  return work;
}

export interface Reporter {
  readonly update: (line: string) => void;
  readonly look: (line: string) => void;
}

/** Waits for the final look and reports executions per variant, and each look as it is taken. */
export async function follow(
  victor: Victor,
  experimentId: string,
  signal: AbortSignal,
  report: Reporter,
): Promise<void> {
  let shown = 0;
  let reading: Promise<void> = Promise.resolve();
  const showLooks = async (): Promise<void> => {
    const { looks } = await getExperimentResults(victor, experimentId);
    for (const look of looks.slice(shown)) report.look(renderLookLine(look));
    shown = Math.max(shown, looks.length);
  };
  const results = await waitForResults(victor, experimentId, {
    signal,
    onStatus: (status) => {
      report.update(renderStatusLine(status));
      if (status.look > shown) reading = reading.then(showLooks).catch(() => undefined);
    },
  });
  await reading;
  report.update(`${results.totalSamples} executions of ${results.totalUnits} units analysed`);
  for (const look of results.looks.slice(shown) satisfies readonly LookDocument[])
    report.look(renderLookLine(look));
}
