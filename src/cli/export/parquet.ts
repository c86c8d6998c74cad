import { fileWriter, parquetWriteRows } from 'hyparquet-writer';
import type { ExecutionRow } from '../../model/execution-row.ts';
import { COLUMNS } from './columns.ts';

/** Rows in memory at a time. */
const ROW_GROUP = 10_000;

export async function writeParquet(rows: AsyncIterable<ExecutionRow>, path: string): Promise<void> {
  await parquetWriteRows({
    writer: fileWriter(path),
    rows: (async function* records() {
      for await (const row of rows) yield Object.fromEntries(COLUMNS.map(({ name, of }) => [name, of(row)]));
    })(),
    columns: COLUMNS.map(({ name, type }) => ({ name, type, nullable: true })),
    rowGroupSize: ROW_GROUP,
    createdBy: 'victor-experiments',
  });
}
