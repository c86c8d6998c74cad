import { defineConfig } from 'victor-experiments/config';
import { documentNames, searchDocument } from './steps/documents.ts';
import type { Sentence } from './steps/documents.ts';
import { RANKINGS } from './steps/ranking.ts';

// Handlers of deep_research.yaml. What they meter is recorded with the execution.
export default defineConfig({
  handlers: {
    plan: ({ query }) => {
      if (typeof query !== 'string') throw new Error('the input needs a query');
      return query.toLowerCase().match(/\p{L}{3,}/gu) ?? [];
    },
    search: async ({ plan, tool_budget: budget }, { meter }) => {
      const documents = (await documentNames()).slice(0, Number(budget));
      meter.toolCalls(documents.length);
      const found = await Promise.all(documents.map((name) => searchDocument(name, plan as string[])));
      return found.flat();
    },
    write: ({ plan, findings, model }, { meter }) => {
      const ranking = typeof model === 'string' ? RANKINGS[model] : undefined;
      if (ranking === undefined)
        throw new Error(`no ranking stands in for the model ${JSON.stringify(model)}`);
      const best = ranking(plan as string[], findings as unknown as Sentence[]).slice(0, 5);
      meter.tokens(best.reduce((sum, { text }) => sum + text.split(' ').length, 0));
      return { sources: best.map(({ document }) => document), text: best.map(({ text }) => text).join(' ') };
    },
  },
});
