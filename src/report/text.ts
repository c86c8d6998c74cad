import { styleText } from 'node:util';
import type { RenderOptions } from './options.ts';

type Format = Parameters<typeof styleText>[0];

/** Escape sequences of terminals: CSI (colours, cursor) and OSC (titles, links). */
// oxlint-disable-next-line no-control-regex
const ESCAPES = /\u001B\[[0-?]*[ -/]*[@-~]|\u001B\][^\u0007\u001B]*(?:\u0007|\u001B\\)/g;

/** Controls of both sets, line separators, and marks that reorder or hide what follows them. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF]+/gu;

/** One line of text that came from outside: it cannot move the cursor, colour, hide or reorder anything. */
export const clean = (text: string): string => text.replace(ESCAPES, '').replace(UNPRINTABLE, ' ').trim();

const graphemes = new Intl.Segmenter();

/** Cut between characters as people see them, with a mark that something is missing. */
export function shorten(text: string, length: number): string {
  const characters = Array.from(graphemes.segment(text), ({ segment }) => segment);
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join('')}…`;
}

export const paint = (text: string, format: Format, options: RenderOptions): string =>
  options.color && text !== '' ? styleText(format, text, { validateStream: false }) : text;

/** `below_relative_improvement` as people read it. */
export const words = (code: string): string => clean(code).replaceAll('_', ' ');

export const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;

/** Aligned `label  value` lines; null values are left out. */
export function facts(pairs: readonly (readonly [string, string | null])[], options: RenderOptions): string {
  const shown = pairs.filter((pair): pair is readonly [string, string] => pair[1] !== null);
  const labelWidth = Math.max(0, ...shown.map(([label]) => label.length));
  return shown
    .map(([label, value]) => `${paint(label.padEnd(labelWidth), 'dim', options)}  ${value}`)
    .join('\n');
}
