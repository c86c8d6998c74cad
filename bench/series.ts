import { executionTaskQueue } from '../activities/start-experiment.ts';
import type { StackHandle } from '../src/local/stack-types.ts';
import { datasetWorkflowId, executionWorkflowId } from '../src/model/ids.ts';
import { isJsonObject } from '../src/model/json.ts';
import type { Json } from '../src/model/json.ts';
import { createExperiment } from '../src/operations/create.ts';
import { getExperimentStatus } from '../src/operations/read.ts';
import { archiveExperiment, startExperiment } from '../src/operations/transition.ts';
import type { Victor } from '../src/operations/victor.ts';
import { waitForResults } from '../src/operations/wait.ts';
import type { BareProcess } from './bare-process.ts';
import type { Series } from './block.ts';
import { benchExperiment } from './experiments.ts';
import { runInFlight } from './in-flight.ts';
import { INPUT, STEP_NAMES } from './steps.ts';

const OF_THE_PRODUCT = ['data', 'control', 'temporal', 'postgres'];
const nothing = async (): Promise<void> => undefined;

/** The `execution` workflow, started by a caller. */
export async function executionSeries(victor: Victor, stack: StackHandle, inFlight: number): Promise<Series> {
  const { client } = await victor.temporal();
  const { status } = await createExperiment(victor, {
    from: { config: benchExperiment('Executions', null) },
  });
  const { experimentId } = await startExperiment(victor, status.experimentId);
  const taskQueue = executionTaskQueue(victor.taskQueuePrefix);
  let started = 0;
  const execute = async (): Promise<void> => {
    started += 1;
    const result: unknown = await client.workflow.execute('execution', {
      workflowId: executionWorkflowId(experimentId, String(started)),
      taskQueue,
      args: [{ input: INPUT }],
    });
    const { outcome, output } = result as { readonly outcome: string; readonly output: Json };
    if (outcome !== 'success') throw new Error(`execution ${started} ended with ${outcome}`);
    checkState(output);
  };
  return {
    name: 'execution',
    processes: () => ofProduct(stack),
    prepare: async (count) => ({ run: () => runInFlight(count, inFlight, execute), finish: nothing }),
  };
}

/** The same five activities in a workflow of the user's own. */
export async function bareSeries(
  victor: Victor,
  stack: StackHandle,
  bare: BareProcess,
  options: { readonly taskQueue: string; readonly inFlight: number },
): Promise<Series> {
  const { client } = await victor.temporal();
  let started = 0;
  const execute = async (): Promise<void> => {
    started += 1;
    checkState(
      await client.workflow.execute('bare', {
        workflowId: `bare/${started}`,
        taskQueue: options.taskQueue,
        args: [INPUT],
      }),
    );
  };
  return {
    name: 'bare',
    processes: () => [bare.pid, ...stack.pids().filter(({ name }) => name === 'temporal')],
    prepare: async (count) => ({ run: () => runInFlight(count, options.inFlight, execute), finish: nothing }),
  };
}

/** Executions driven by the dataset workflow of an experiment of their own, from its start to the dataset's end. */
export function datasetSeries(victor: Victor, stack: StackHandle, inFlight: number): Series {
  let created = 0;
  return {
    name: 'dataset',
    processes: () => ofProduct(stack),
    prepare: async (count) => {
      created += 1;
      const config = benchExperiment(`Dataset ${created}`, { size: count, concurrency: inFlight });
      const { status } = await createExperiment(victor, { from: { config } });
      const { experimentId } = status;
      const { client } = await victor.temporal();
      return {
        run: async () => {
          await startExperiment(victor, experimentId);
          await client.workflow.getHandle(datasetWorkflowId(experimentId)).result();
        },
        finish: async () => {
          const { executions } = await getExperimentStatus(victor, experimentId);
          if (executions.success !== count)
            throw new Error(`${executions.success} of ${count} have succeeded`);
          await waitForResults(victor, experimentId);
          await archiveExperiment(victor, experimentId);
        },
      };
    },
  };
}

const ofProduct = (stack: StackHandle) => stack.pids().filter(({ name }) => OF_THE_PRODUCT.includes(name));

function checkState(state: unknown): void {
  const complete = isJsonObject(state) && STEP_NAMES.every((name, index) => state[name] === index + 1);
  if (!complete) throw new Error(`an execution ended with ${JSON.stringify(state)}`);
}
