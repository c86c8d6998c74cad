import { createHash, randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { ApplicationFailure } from '@temporalio/common';
import { defineConfig } from 'victor-experiments/config';

/** Handlers for the tests, each with one behaviour that an execution must survive. */
export default defineConfig({
  handlers: {
    echo: (input) => ({ echoed: input }),
    hash: ({ text }) => ({
      hash: createHash('sha256')
        .update(typeof text === 'string' ? text : '')
        .digest('hex'),
    }),
    /** Works for `ms` milliseconds of the input. */
    wait: async ({ ms }, { signal }) => {
      await new Promise<void>((done) => {
        const timer = setTimeout(done, Number(ms ?? 50));
        signal?.addEventListener('abort', () => {
          clearTimeout(timer);
          done();
        });
      });
      return { waited: Number(ms ?? 50) };
    },
    throws: () => {
      throw new Error('the handler has failed');
    },
    /** Too large for history: the next node reads it from Postgres. */
    large: () => ({ text: 'x'.repeat(20_000) }),
    /** Fails for inputs with `fail: true`. */
    sometimes: ({ fail }) => {
      if (fail === true) throw new Error('this input fails');
      return { fine: true };
    },
    throws_cyclic: () => {
      const error = new Error('around');
      error.cause = error;
      throw error;
    },
    /** Half a character, which UTF-8 cannot hold; and one that a cut at 4000 would halve. */
    throws_half: ({ cut }) => {
      throw new Error(cut === true ? `${'a'.repeat(3999)}\u{1F600} tail` : 'bad\0message \uD83D');
    },
    throws_large: () => {
      throw new Error('x'.repeat(5 * 1024 * 1024));
    },
    throws_text: () => {
      // oxlint-disable-next-line typescript/only-throw-error
      throw 'only text';
    },
    /** Forgets a promise that fails. */
    floats: async () => {
      void Promise.reject(new Error('nobody waits for this'));
      await new Promise((done) => setTimeout(done, 100));
      return {};
    },
    hangs: () => new Promise(() => undefined),
    blocks: {
      isolate: true,
      run: () => {
        for (;;);
      },
    },
    isolated: {
      isolate: true,
      run: ({ text }, { meter }) => (meter.tokens(7), { length: typeof text === 'string' ? text.length : 0 }),
    },
    /** Meters and fails for good, in a thread of its own. */
    isolated_fails: {
      isolate: true,
      run: (_, { meter }) => {
        meter.tokens(5);
        throw ApplicationFailure.nonRetryable('no', 'Mine');
      },
    },
    returns_nan: () => ({ value: Number.NaN }),
    returns_cycle: () => {
      const cycle: Record<string, unknown> = {};
      cycle['self'] = cycle;
      return cycle as never;
    },
    returns_large: () => ({ large: 'x'.repeat(5 * 1024 * 1024) }),
    metered: (_, { meter }) => {
      meter.tokens(120);
      meter.toolCalls(2);
      meter.costUsd(0.003);
      return {};
    },
    meters_input: ({ tokens }, { meter }) => (meter.tokens(Number(tokens ?? 1)), {}),
    /** Meters 100 tokens in each attempt; the last of three succeeds, unless the input says `fail`. */
    meters_and_fails: ({ fail }, { meter, attempt }) => {
      meter.tokens(100);
      if (fail === true || attempt < 3) throw new Error('after metering');
      return {};
    },
    /** Meters 10 tokens in its first attempt, waits for ever, and 1 in the second. */
    meters_and_waits: async (_, { meter, attempt }) => {
      if (attempt > 1) return (meter.tokens(1), {});
      meter.tokens(10);
      return new Promise(() => undefined);
    },
    meters_nan: (_, { meter }) => (meter.tokens(Number.NaN), {}),
    returns_list: () => [1, 2, 3],
    /** Another one each time it runs. */
    token: () => ({ token: randomUUID() }),
    /** Says which worker it is. */
    worker: () => ({ worker: process.pid }),
    third_time: (_, { attempt }) => {
      if (attempt < 3) throw new Error('not yet');
      return { attempt };
    },
    length_of_large: ({ large }) => ({ length: typeof large === 'string' ? large.length : -1, large: null }),
    content_length: ({ content }) => ({ length: typeof content === 'string' ? content.length : -1 }),
    /** Blocks its thread and writes to the file of the input for as long as it lives. */
    scribbles: {
      isolate: true,
      run: ({ file }) => {
        for (;;) {
          appendFileSync(file as string, '.');
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
        }
      },
    },
    research: ({ query, model }) => ({ answer: `${model as string}: ${query as string}` }),
    parameters: (_, { parameters }) => ({ parameters }),
  },
});
