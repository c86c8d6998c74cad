import { setTimeout as sleep } from 'node:timers/promises';
import type { CliContext } from './context.ts';
import { printJson } from './output.ts';

/** Prints each change of a document until it is over: one JSON object a line, or the text again. */
export async function watch<T extends { readonly status: string }>(
  context: CliContext,
  read: () => Promise<T>,
  render: (document: T) => string,
  identity: (document: T) => unknown,
): Promise<T> {
  let before = '';
  for (;;) {
    const document = await read();
    const now = JSON.stringify(identity(document));
    if (now !== before) {
      if (context.json) printJson(document);
      else process.stdout.write(`${process.stdout.isTTY ? '\u001b[2J\u001b[H' : ''}${render(document)}\n`);
    }
    before = now;
    // nobody reads any more
    if (process.stdout.destroyed || process.stdout.errored !== null) return document;
    if (['analyzed', 'rolled_out', 'archived'].includes(document.status)) return document;
    await sleep(1000, undefined, { signal: context.signal });
  }
}
