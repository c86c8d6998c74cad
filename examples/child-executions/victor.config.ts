import { defineConfig } from 'victor-experiments/config';

const TEAMS = { invoice: 'billing', refund: 'billing', crash: 'engineering', slow: 'engineering' };

const words = (text: unknown): readonly string[] =>
  typeof text === 'string' ? text.toLowerCase().split(/\W+/) : [];

// Two ways to route a ticket, as handlers.
export default defineConfig({
  handlers: {
    first_word: ({ text }) => ({
      team: Object.entries(TEAMS).find(([word]) => words(text).includes(word))?.[1] ?? 'support',
    }),
    most_words: ({ text }) => {
      const counts = new Map<string, number>();
      for (const [word, team] of Object.entries(TEAMS)) {
        const found = words(text).filter((candidate) => candidate === word).length;
        counts.set(team, (counts.get(team) ?? 0) + found);
      }
      const [best] = [...counts].sort((a, b) => b[1] - a[1]);
      return { team: best === undefined || best[1] === 0 ? 'support' : best[0] };
    },
  },
});
