/** The five steps of each execution. No work at all: what is measured is the way to a handler and back. */
export const steps = {
  first: () => ({ first: 1 }),
  second: () => ({ second: 2 }),
  third: () => ({ third: 3 }),
  fourth: () => ({ fourth: 4 }),
  fifth: () => ({ fifth: 5 }),
};

export const STEP_NAMES = Object.keys(steps);

export const INPUT = { text: 'the same short text for every execution' };
