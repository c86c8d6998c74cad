export { dataset } from './dataset.ts';
export { execution } from './execution.ts';
export { experiment } from './experiment.ts';
export { reconcile } from './reconcile.ts';
