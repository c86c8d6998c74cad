import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';

/** The public names of `experiment`. Arguments are `unknown`: any client may send anything. */
export const startSignal = defineSignal<[unknown]>('start');
export const pauseSignal = defineSignal<[unknown]>('pause');
export const resumeSignal = defineSignal<[unknown]>('resume');
export const stopSignal = defineSignal<[unknown]>('stop');
export const archiveSignal = defineSignal<[unknown]>('archive');
export const createdUpdate = defineUpdate<unknown, []>('created');
export const transitionUpdate = defineUpdate<unknown, [unknown]>('transition');
export const statusQuery = defineQuery<unknown>('status');
export const resultsQuery = defineQuery<unknown>('results');

/** From the dataset to its experiment: something ended, look now. */
export const wakeSignal = defineSignal<[]>('wake');
/** From our client: the draft was replaced, read it again. */
export const reloadSignal = defineSignal<[]>('reload');
/** From the experiment to its dataset. */
export const datasetSignal = defineSignal<[unknown]>('dataset_control');
