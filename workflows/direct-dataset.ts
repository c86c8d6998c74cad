import {
  ParentClosePolicy,
  WorkflowIdReusePolicy,
  getExternalWorkflowHandle,
  isCancellation,
  startChild,
} from '@temporalio/workflow';
import type { ExperimentSummary } from '../activities/control.ts';
import { datasetWorkflowId } from '../src/model/ids.ts';
import { datasetSignal } from './contract.ts';
import type { dataset } from './dataset.ts';

/** Starts the dataset of a running experiment; one that is open already is left alone. */
export async function startDataset(experimentId: string, summary: ExperimentSummary): Promise<void> {
  if (!summary.hasDataset || summary.status !== 'running') return;
  try {
    await startChild<typeof dataset>('dataset', {
      workflowId: datasetWorkflowId(experimentId),
      args: [{ experimentId, after: 0 }],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
      staticSummary: 'runs the dataset',
    });
  } catch (error) {
    // it is open already: a restart of this workflow met the dataset that it started before
    if (!(error instanceof Error && error.name === 'WorkflowExecutionAlreadyStartedError')) throw error;
  }
}

/** Tells the dataset what the experiment has become. */
export async function directDataset(experimentId: string, summary: ExperimentSummary): Promise<void> {
  if (!summary.hasDataset || summary.datasetFinished) return;
  if (summary.status === 'running') await startDataset(experimentId, summary);
  try {
    await getExternalWorkflowHandle(datasetWorkflowId(experimentId)).signal(datasetSignal, summary.status);
  } catch (error) {
    if (isCancellation(error)) throw error;
    // it has ended; a check starts it again when it should not have
  }
}
