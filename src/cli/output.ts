import { snakeKeys } from '../model/case.ts';
import type { RenderOptions } from '../report/options.ts';
import type { PlainContext } from './context.ts';

/** Data goes to stdout: the one JSON object of a command, or its text for people. */
export function print(
  context: PlainContext,
  document: unknown,
  render: (options: RenderOptions) => string,
): void {
  if (context.json) printJson(document);
  else if (!context.quiet) process.stdout.write(`${render(renderOptions())}\n`);
}

export function printJson(document: unknown): void {
  process.stdout.write(`${JSON.stringify(snakeKeys(document))}\n`);
}

/** Talk goes to stderr. */
export function say(context: Pick<PlainContext, 'quiet'>, message: string): void {
  if (!context.quiet) process.stderr.write(`${message}\n`);
}

export function renderOptions(): RenderOptions {
  const color = process.stdout.isTTY && process.env['NO_COLOR'] === undefined;
  return { color, width: process.stdout.columns ?? 100 };
}
