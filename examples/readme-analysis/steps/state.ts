import type { HandlerFunction } from 'victor-experiments/config';
import type { LinkReport } from './check-links.ts';
import type { Compressed } from './compress.ts';
import type { Prose } from './measure.ts';
import type { Markdown } from './parse.ts';

/** The state at the end. A step sees what the steps before it have added; the input has `content`. */
export type AnalysisState = {
  readonly content: string;
  readonly document: Markdown;
  readonly links: LinkReport;
  readonly prose: Prose;
  readonly compressed: Compressed;
};

/** A handler gets JSON; the steps want types. The order of the nodes guarantees all keys but the input's. */
export const step =
  (work: (state: AnalysisState) => ReturnType<HandlerFunction>): HandlerFunction =>
  (state) => {
    if (typeof state['content'] !== 'string') throw new Error('the input has no text under content');
    return work(state as AnalysisState);
  };
