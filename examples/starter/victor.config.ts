import { defineConfig } from 'victor-experiments/config';

/** What the workers run. After a change: `npx victor up` restarts the worker. */
export default defineConfig({
  handlers: {
    /** The same seed makes the same text. */
    make_text: ({ seed, words }) => {
      let state = Number(seed);
      const next = (): string => {
        state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
        return `w${state % 50_000}`;
      };
      return Array.from({ length: Number(words) }, next).join(' ');
    },
    count_distinct: ({ text, method }) => {
      const words = typeof text === 'string' ? text.split(' ') : [];
      if (method === 'set') return new Set(words).size;
      const seen: string[] = [];
      for (const word of words) if (!seen.includes(word)) seen.push(word);
      return seen.length;
    },
  },
  // Literal values only: every command reads them without running this file. `npx victor config` shows all of them.
  // settings: { defaultSignificanceLevel: 0.01 },
});
