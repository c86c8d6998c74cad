import { Readable } from 'node:stream';
import { stringify } from 'csv-stringify';
import type { ExecutionRow } from '../../model/execution-row.ts';
import { COLUMNS, jsonOf } from './columns.ts';

type Rows = AsyncIterable<ExecutionRow>;

/** One JSON object a line. */
export const jsonLines = (rows: Rows): Readable =>
  Readable.from(
    (async function* lines() {
      for await (const row of rows) yield `${jsonOf(row)}\n`;
    })(),
  );

/** One JSON array on one line, written as the rows come. */
export const jsonArray = (rows: Rows): Readable =>
  Readable.from(
    (async function* parts() {
      let separator = '[';
      for await (const row of rows) {
        yield `${separator}${jsonOf(row)}`;
        separator = ',';
      }
      yield separator === '[' ? '[]\n' : ']\n';
    })(),
  );

/** RFC 4180 with a head line; a text that a spreadsheet would take for a formula is escaped. */
export function csv(rows: Rows): Readable {
  const stringifier = stringify({
    header: true,
    columns: COLUMNS.map(({ name }) => name),
    escape_formulas: true,
    cast: { date: (date) => date.toISOString(), boolean: String },
  });
  const source = Readable.from(
    (async function* records() {
      for await (const row of rows) yield COLUMNS.map(({ of }) => of(row));
    })(),
  );
  source.on('error', (error) => stringifier.destroy(error));
  return source.pipe(stringifier);
}
