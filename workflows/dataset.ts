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
import type { ControlActivities, DatasetPage } from '../activities/control.ts';
import { datasetExecutionId, executionWorkflowId, experimentWorkflowId } from '../src/model/ids.ts';
import { datasetSignal, wakeSignal } from './contract.ts';
import type { execution } from './execution.ts';

/** Activities with what the Web UI shows beside them. */
const named = (summary: string) =>
  proxyActivities<ControlActivities>({
    startToCloseTimeout: '30s',
    retry: { maximumInterval: '10s' },
    summary,
  });

export interface DatasetArgument {
  readonly experimentId: string;
  /** Positions up to here were handed out and have ended. */
  readonly after: number;
  /** An execution was left to the run that has it already, or ended without a row: all are looked at again in the end. */
  readonly revisit?: boolean;
  /** Rounds over the whole dataset so far. */
  readonly rounds?: number;
}

const PAUSE_POLL = '30s';
const REVISIT_AFTER = '2s';
/** What ends without a row this often (its input is refused, say) is left. */
const MOST_ROUNDS = 3;

/** Why the lanes have stopped; every execution that they had started has ended by then. */
type Stop = 'end' | 'paused' | 'over' | 'refused' | 'continue';

/** Runs a dataset as execution children with bounded concurrency. Nothing in it is needed twice. */
export async function dataset({ experimentId, after, revisit, rounds }: DatasetArgument): Promise<void> {
  let told: string | null = null;
  setHandler(datasetSignal, (status: unknown) => {
    if (typeof status === 'string') told = status;
  });
  const over = (): boolean => told !== null && told !== 'running' && told !== 'paused';

  let position = after;
  let round = rounds ?? 0;
  let elsewhere = revisit ?? false;
  let rowless = false;

  /** Lanes that take positions from page after page: a slow execution holds up its own lane alone. */
  const runLanes = async (): Promise<Stop> => {
    let stop: Stop | null = null;
    let refused = false;
    let waiting: readonly number[] = [];
    let page = await readPage();
    let reading: Promise<void> | null = null;

    async function readPage(): Promise<DatasetPage> {
      // the page is newer than what was told before
      told = null;
      const read = await named(`inputs after ${position}`).datasetPage(experimentId, position);
      waiting = read.positions;
      if (read.status === 'paused') stop = 'paused';
      else if (read.status !== 'running') stop = 'over';
      else if (waiting.length === 0) stop = 'end';
      else setCurrentDetails(`inputs from ${waiting[0]} of ${read.size}`);
      return read;
    }
    const refill = async (): Promise<void> => {
      page = await readPage();
      reading = null;
    };
    const take = async (): Promise<number | null> => {
      for (;;) {
        if (over()) stop = 'over';
        else if (told === 'paused') stop = 'paused';
        // children whose start is not recorded are lost when a parent continues as new: the lanes end first
        else if (workflowInfo().continueAsNewSuggested) stop ??= 'continue';
        if (stop !== null || refused) return null;
        const next = waiting[0];
        if (next !== undefined) {
          waiting = waiting.slice(1);
          position = next;
          return next;
        }
        reading ??= refill();
        await reading;
      }
    };
    const lane = async (): Promise<void> => {
      for (let next = await take(); next !== null; next = await take()) {
        const end = await runItem(experimentId, next, page);
        if (end === 'refused') refused = true;
        if (end === 'elsewhere') elsewhere = true;
        if (end === 'failed') rowless = true;
      }
    };
    await Promise.all(Array.from({ length: page.concurrency }, lane));
    // whatever else has stopped them: a position that was refused must be handed out again
    return stop !== 'over' && refused ? 'refused' : (stop ?? 'end');
  };

  for (;;) {
    // also while it is paused, for days perhaps
    const stop: Stop = workflowInfo().continueAsNewSuggested ? 'continue' : await runLanes();
    if (over()) return;
    switch (stop) {
      case 'over':
        return;
      case 'continue':
        return continueAsNew<typeof dataset>({
          experimentId,
          after: position,
          revisit: elsewhere || rowless,
          rounds: round,
        });
      case 'paused':
        setCurrentDetails('paused');
        await condition(() => told !== null && told !== 'paused', PAUSE_POLL);
        break;
      case 'refused':
        // the experiment is not running, though it was when the page was read: it says so soon
        await wake(experimentId);
        await condition(() => told !== null, PAUSE_POLL);
        position = 0;
        break;
      case 'end':
        if (!elsewhere && !(rowless && round < MOST_ROUNDS)) {
          await named('the dataset has ended').finishDataset(experimentId);
          return wake(experimentId);
        }
        round += 1;
        [position, elsewhere, rowless] = [0, false, false];
        await condition(over, REVISIT_AFTER);
    }
  }
}

async function wake(experimentId: string): Promise<void> {
  try {
    await getExternalWorkflowHandle(experimentWorkflowId(experimentId)).signal(wakeSignal);
  } catch (error) {
    // a closed experiment is revived by the reconciler, and sees the stored end
    if (isCancellation(error)) throw error;
  }
}

/** Of one execution: it has ended; another run has it; it was not admitted; or it failed, perhaps without a row. */
type ItemEnd = 'ended' | 'elsewhere' | 'refused' | 'failed';

async function runItem(experimentId: string, position: number, page: DatasetPage): Promise<ItemEnd> {
  try {
    await executeChild<typeof execution>('execution', {
      workflowId: executionWorkflowId(experimentId, datasetExecutionId(position)),
      taskQueue: page.executionTaskQueue,
      staticSummary: `input ${position}`,
      args: [{ experiment_id: experimentId, position, when_not_running: 'refuse' }],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      // a worker that is killed in the middle of a task gives it back after this long
      workflowTaskTimeout: '5s',
      workflowExecutionTimeout: page.executionTimeoutMs,
      searchAttributes: { ExperimentId: [experimentId] },
    });
    return 'ended';
  } catch (error) {
    if (isCancellation(error) && !(error instanceof ChildWorkflowFailure)) throw error;
    if (error instanceof Error && error.name === 'WorkflowExecutionAlreadyStartedError') return 'elsewhere';
    const cause = error instanceof ChildWorkflowFailure ? error.cause : error;
    return cause instanceof ApplicationFailure && cause.type === 'NotRunning' ? 'refused' : 'failed';
  }
}
