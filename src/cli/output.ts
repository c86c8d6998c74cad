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

const PIPE_WIDTH = 100;
const NARROWEST = 20;

/** Colour is for terminals, unless NO_COLOR or FORCE_COLOR say otherwise; COLUMNS is the width of a pipe. */
export function renderOptions(): RenderOptions {
  const { NO_COLOR: none, FORCE_COLOR: forced, COLUMNS: columns } = process.env;
  const wanted = forced === undefined || forced === '' ? process.stdout.isTTY : forced !== '0';
  const given = Number(columns);
  const inPipe = Number.isInteger(given) && given >= 20 && given <= 1000 ? given : PIPE_WIDTH;
  // a terminal that does not know its size says 0
  const width = process.stdout.columns > 0 ? Math.max(process.stdout.columns, NARROWEST) : inPipe;
  return { color: wanted && (none === undefined || none === ''), width };
}
