import { CsvError, parse } from 'csv-parse/sync';
import type { DatasetItem } from '../model/spec.ts';
import type { Findings } from '../workflow-format/findings.ts';
import type { Place } from '../workflow-format/spot.ts';
import { inlineItem } from './dataset-item.ts';

interface Row {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

/** A header row, then one input a row: an object of texts. */
export function readCsv(
  text: string,
  path: string,
  unit: string,
  findings: Findings,
): readonly DatasetItem[] {
  const document = findings.nextDocument();
  const report = (line: number, message: string): void => {
    const place: Place = { path, line, column: 1, pointer: '', order: [document, line] };
    findings.problemAt(place, message);
  };
  const [header, ...rows] = parseRows(text, report);
  if (header === undefined || !checkHeader(header.record, header.info.lines, report)) return [];
  const width = header.record.length;
  return rows.flatMap(({ record, info }) => {
    if (record.length !== width) {
      report(info.lines, `the row has ${record.length} fields, must have ${width} like the header`);
      return [];
    }
    const input = Object.fromEntries(header.record.map((name, index) => [name, record[index] ?? '']));
    return [inlineItem(input, unit, (message) => report(info.lines, message))];
  });
}

function parseRows(text: string, report: (line: number, message: string) => void): readonly Row[] {
  try {
    // info.lines is the last line of a record
    return parse(text, {
      bom: true,
      columns: false,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
    }) as unknown as Row[];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    report(Number(error['lines'] ?? 1), `not valid CSV: ${error.message}`);
    return [];
  }
}

function checkHeader(
  header: readonly string[],
  line: number,
  report: (line: number, message: string) => void,
): boolean {
  const seen = new Set<string>();
  let sound = true;
  for (const [index, name] of header.entries()) {
    const problem =
      name.trim() === ''
        ? `column ${index + 1} of the header has no name`
        : seen.has(name)
          ? `the header names ${JSON.stringify(name)} twice`
          : name === '__proto__'
            ? 'the header names __proto__, which cannot be used'
            : null;
    seen.add(name);
    if (problem === null) continue;
    sound = false;
    report(line, problem);
  }
  return sound;
}
