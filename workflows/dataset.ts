import {
  ApplicationFailure,
  ChildWorkflowFailure,
  ParentClosePolicy,
  condition,
  continueAsNew,
  executeChild,
  getExternalWorkflowHandle,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { ControlActivities } from '../activities/control.ts';
import { datasetExecutionId, executionWorkflowId, experimentWorkflowId } from '../src/model/ids.ts';
import { datasetSignal, wakeSignal } from './contract.ts';
import type { execution } from './execution.ts';

const { datasetPage, finishDataset } = proxyActivities<ControlActivities>({
  startToCloseTimeout: '30s',
  retry: { maximumInterval: '10s' },
});

export interface DatasetArgument {
  readonly experimentId: string;
  /** The last position of the pages done. */
  readonly after: number;
}

const PAUSE_POLL = '30s';

/** Runs a dataset: pages of execution children with bounded concurrency. Nothing in it is needed twice. */
export async function dataset({ experimentId, after }: DatasetArgument): Promise<void> {
  let told: string | null = null;
  setHandler(datasetSignal, (status: unknown) => {
    if (typeof status === 'string') told = status;
  });
  const over = (): boolean => told !== null && told !== 'running' && told !== 'paused';

  let position = after;
  for (;;) {
    const page = await datasetPage(experimentId, position);
    if (page.status === 'paused') {
      told = 'paused';
      setCurrentDetails('paused');
      await condition(() => told !== 'paused', PAUSE_POLL);
      continue;
    }
    if (over() || page.status !== 'running') return;
    const last = page.positions.at(-1);
    if (last === undefined) break;
    setCurrentDetails(`inputs ${page.positions[0]} to ${last} of ${page.size}`);
    const refused = await runPage(experimentId, page, () => told === 'paused' || over());
    if (refused === null) position = last;
    if (over()) return;
    // children whose start is not recorded are lost when a parent continues as new: none is open here
    if (workflowInfo().continueAsNewSuggested) {
      return continueAsNew<typeof dataset>({ experimentId, after: position });
    }
  }
  await finishDataset(experimentId);
  await getExternalWorkflowHandle(experimentWorkflowId(experimentId))
    .signal(wakeSignal)
    .catch((error: unknown) => {
      // a closed experiment is revived by the reconciler, and sees the stored end
      if (isCancellation(error)) throw error;
    });
}

interface Page {
  readonly positions: readonly number[];
  readonly concurrency: number;
  readonly executionTaskQueue: string;
}

/** Null when every position was run; else the status that refused one. Positions left are asked for again. */
async function runPage(experimentId: string, page: Page, held: () => boolean): Promise<string | null> {
  const waiting = [...page.positions];
  let refused: string | null = null;
  const lane = async (): Promise<void> => {
    while (refused === null) {
      if (held()) {
        refused = 'held';
        return;
      }
      const position = waiting.shift();
      if (position === undefined) return;
      refused = (await runItem(experimentId, position, page.executionTaskQueue)) ?? refused;
    }
  };
  await Promise.all(Array.from({ length: page.concurrency }, lane));
  return refused;
}

/** Null when the execution ended, however; else the status that refused it. */
async function runItem(experimentId: string, position: number, taskQueue: string): Promise<string | null> {
  try {
    await executeChild<typeof execution>('execution', {
      workflowId: executionWorkflowId(experimentId, datasetExecutionId(position)),
      taskQueue,
      args: [{ experiment_id: experimentId, position, when_not_running: 'refuse' }],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      // a worker that is killed in the middle of a task gives it back after this long
      workflowTaskTimeout: '5s',
      searchAttributes: { ExperimentId: [experimentId] },
    });
    return null;
  } catch (error) {
    if (isCancellation(error) && !(error instanceof ChildWorkflowFailure)) throw error;
    if (error instanceof Error && error.name === 'WorkflowExecutionAlreadyStartedError') return null;
    const cause = error instanceof ChildWorkflowFailure ? error.cause : error;
    if (cause instanceof ApplicationFailure && cause.type === 'NotRunning') {
      const status = cause.details?.[0];
      return typeof status === 'string' ? status : 'paused';
    }
    return null;
  }
}
