import { styleText } from 'node:util';
import wrapAnsi from 'wrap-ansi';
import type { RenderOptions } from './options.ts';

type Format = Parameters<typeof styleText>[0];

/** Escape sequences of terminals: CSI (colours, cursor) and OSC (titles, links). */
// oxlint-disable-next-line no-control-regex
const ESCAPES = /\u001B\[[0-?]*[ -/]*[@-~]|\u001B\][^\u0007\u001B]*(?:\u0007|\u001B\\)/g;

/** Controls of both sets, line separators, and marks that reorder or hide what follows them. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF]+/gu;

/** One line of text that came from outside: it cannot move the cursor, colour, hide or reorder anything. */
export const clean = (text: string): string => text.replace(ESCAPES, '').replace(UNPRINTABLE, ' ').trim();

export const paint = (text: string, format: Format, options: RenderOptions): string =>
  options.color && text !== '' ? styleText(format, text, { validateStream: false }) : text;

/** `below_relative_improvement` as people read it. */
export const words = (code: string): string => clean(code).replaceAll('_', ' ');

export const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;

/** No line is longer than `width`: broken between words where that is possible, and within them where it is not. */
export const wrap = (text: string, width: number): string =>
  wrapAnsi(text, Math.max(1, width), { hard: true, trim: false })
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');

/** A paragraph in the width of the terminal. */
export const paragraph = (text: string, options: RenderOptions): string =>
  wrapAnsi(text, options.width, { hard: true });

/** Aligned `label  value` lines, the value broken in its own column; null values are left out. */
export function facts(pairs: readonly (readonly [string, string | null])[], options: RenderOptions): string {
  const shown = pairs.filter((pair): pair is readonly [string, string] => pair[1] !== null);
  const labelWidth = Math.max(0, ...shown.map(([label]) => label.length));
  const indent = ' '.repeat(labelWidth + 2);
  return shown
    .map(([label, value]) => {
      const lines = wrap(value, options.width - indent.length).split('\n');
      return `${paint(label.padEnd(labelWidth), 'dim', options)}  ${lines.join(`\n${indent}`)}`.trimEnd();
    })
    .join('\n');
}
