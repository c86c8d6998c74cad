import { setTimeout as sleep } from 'node:timers/promises';
import { VictorError } from '../errors.ts';
import type { Victor } from '../operations/victor.ts';
import { watchExperiment } from '../operations/watch.ts';
import type { CliContext } from './context.ts';
import { orInterrupted } from './interrupt.ts';
import { printJson } from './output.ts';

export interface Watched<T> {
  readonly read: () => Promise<T>;
  /** The whole document: redrawn in place on a terminal, and printed once more at the end in a pipe. */
  readonly render: (document: T) => string;
  /** One line per change, for a pipe. */
  readonly line: (document: T) => string;
  /** What of it counts as a change. */
  readonly identity: (document: T) => unknown;
}

const EVERY_MS = 1000;
const PATIENCE_MS = 60_000;
const OVER = new Set(['analyzed', 'rolled_out', 'archived']);
const CLEAR = '\u001b[2J\u001b[H';

/** Shows a document at each event, and each second when its counts have changed, until the final look. */
export async function watch<T extends { readonly status: string }>(
  context: CliContext,
  victor: Victor,
  id: string,
  watched: Watched<T>,
): Promise<T> {
  const nextEvent = eventsOf(context, victor, id);
  let before = '';
  for (;;) {
    const document = await readPatiently(watched.read, context.signal);
    const over = OVER.has(document.status);
    const now = JSON.stringify(watched.identity(document));
    if (now !== before || over) show(context, watched, document, over);
    before = now;
    // nobody reads any more
    if (over || process.stdout.destroyed || process.stdout.errored !== null) return document;
    await orInterrupted(Promise.race([nextEvent(), sleep(EVERY_MS)]), context.signal);
  }
}

function show<T>(context: CliContext, watched: Watched<T>, document: T, over: boolean): void {
  if (context.json) printJson(document);
  else if (process.stdout.isTTY) process.stdout.write(`${CLEAR}${watched.render(document)}\n`);
  else process.stdout.write(`${over ? watched.render(document) : watched.line(document)}\n`);
}

/** Resolves at the next event; never, when there are no more or they cannot be read: then the clock alone decides. */
function eventsOf(context: CliContext, victor: Victor, id: string): () => Promise<void> {
  let wake: () => void = () => undefined;
  const read = async (): Promise<void> => {
    for await (const _ of watchExperiment(victor, id, { until: 'analyzed', signal: context.signal })) wake();
  };
  read().catch(() => undefined);
  return () =>
    new Promise((resolve) => {
      wake = resolve;
    });
}

/** A database that goes away for a moment does not end the watching. */
async function readPatiently<T>(read: () => Promise<T>, signal: AbortSignal): Promise<T> {
  const began = Date.now();
  for (;;) {
    try {
      return await read();
    } catch (error) {
      const away = error instanceof VictorError && error.kind === 'Unavailable';
      if (!away || Date.now() - began > PATIENCE_MS) throw error;
    }
    await sleep(EVERY_MS, undefined, { signal });
  }
}
