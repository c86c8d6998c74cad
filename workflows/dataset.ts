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
  /** An execution was left to the run that has it already: all are looked at again in the end. */
  readonly revisit?: boolean;
}

const PAUSE_POLL = '30s';
const REVISIT_AFTER = '2s';

/** Runs a dataset: pages of execution children with bounded concurrency. Nothing in it is needed twice. */
export async function dataset({ experimentId, after, revisit }: DatasetArgument): Promise<void> {
  let told: string | null = null;
  setHandler(datasetSignal, (status: unknown) => {
    if (typeof status === 'string') told = status;
  });
  const over = (): boolean => told !== null && told !== 'running' && told !== 'paused';

  let position = after;
  let again = revisit ?? false;
  for (;;) {
    // children whose start is not recorded are lost when a parent continues as new: none is open here
    if (workflowInfo().continueAsNewSuggested) {
      return continueAsNew<typeof dataset>({ experimentId, after: position, revisit: again });
    }
    // the page is newer than what was told before
    told = null;
    const page = await datasetPage(experimentId, position);
    if (page.status === 'paused') {
      setCurrentDetails('paused');
      await condition(() => told !== null && told !== 'paused', PAUSE_POLL);
      continue;
    }
    if (over() || page.status !== 'running') return;
    const last = page.positions.at(-1);
    if (last === undefined) {
      if (!again) break;
      [position, again] = [0, false];
      await condition(over, REVISIT_AFTER);
      continue;
    }
    setCurrentDetails(`inputs ${page.positions[0]} to ${last} of ${page.size}`);
    const ends = await runPage(experimentId, page, () => told === 'paused' || over());
    if (over()) return;
    again ||= ends.has('elsewhere');
    if (ends.has('refused')) {
      // the experiment is not running, though it was when the page was read: it says so soon
      await wake(experimentId);
      await condition(() => told !== null, PAUSE_POLL);
    } else if (!ends.has('held')) {
      position = last;
    }
  }
  await finishDataset(experimentId);
  await wake(experimentId);
}

async function wake(experimentId: string): Promise<void> {
  try {
    await getExternalWorkflowHandle(experimentWorkflowId(experimentId)).signal(wakeSignal);
  } catch (error) {
    // a closed experiment is revived by the reconciler, and sees the stored end
    if (isCancellation(error)) throw error;
  }
}

interface Page {
  readonly positions: readonly number[];
  readonly concurrency: number;
  readonly executionTaskQueue: string;
  readonly executionTimeoutMs: number;
}

/** Of one execution: it has ended, however; another run has it; it was not admitted; or its lane was stopped before it. */
type ItemEnd = 'ended' | 'elsewhere' | 'refused' | 'held';

/** How its executions ended. Positions that were not run are asked for again. */
async function runPage(experimentId: string, page: Page, held: () => boolean): Promise<ReadonlySet<ItemEnd>> {
  const waiting = [...page.positions];
  const ends = new Set<ItemEnd>();
  const lane = async (): Promise<void> => {
    while (!ends.has('refused')) {
      const position = waiting[0];
      if (position === undefined) return;
      if (held()) {
        ends.add('held');
        return;
      }
      waiting.shift();
      ends.add(await runItem(experimentId, position, page.executionTaskQueue));
    }
  };
  await Promise.all(Array.from({ length: page.concurrency }, lane));
  return ends;
}

async function runItem(experimentId: string, position: number, taskQueue: string): Promise<ItemEnd> {
  try {
    await executeChild<typeof execution>('execution', {
      workflowId: executionWorkflowId(experimentId, datasetExecutionId(position)),
      taskQueue,
      args: [{ experiment_id: experimentId, position, when_not_running: 'refuse' }],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      searchAttributes: { ExperimentId: [experimentId] },
    });
    return 'ended';
  } catch (error) {
    if (isCancellation(error) && !(error instanceof ChildWorkflowFailure)) throw error;
    if (error instanceof Error && error.name === 'WorkflowExecutionAlreadyStartedError') return 'elsewhere';
    const cause = error instanceof ChildWorkflowFailure ? error.cause : error;
    return cause instanceof ApplicationFailure && cause.type === 'NotRunning' ? 'refused' : 'ended';
  }
}
