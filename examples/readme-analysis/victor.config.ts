import { defineConfig } from 'victor-experiments/config';
import { checkLinks } from './steps/check-links.ts';
import { compress } from './steps/compress.ts';
import { measure } from './steps/measure.ts';
import { parseMarkdown } from './steps/parse.ts';
import { step } from './steps/state.ts';
import { verify } from './steps/verify.ts';

// A handler takes the state and returns the keys it adds. The names are the nodes of experiment.yaml.
export default defineConfig({
  handlers: {
    parse: step(({ content }) => ({ document: parseMarkdown(content) })),
    check_links: step(({ document }) => ({ links: checkLinks(document) })),
    measure: step(({ content, document }) => ({ prose: measure(content, document) })),
    compress: step(async ({ content }) => ({ compressed: await compress(content) })),
    verify: step(async (state) => ({ verified: await verify(state) })),
  },
});
