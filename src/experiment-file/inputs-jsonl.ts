import type { Json } from '../model/json.ts';
import type { DatasetItem } from '../model/spec.ts';
import type { Findings } from '../workflow-format/findings.ts';
import { inlineItem } from './dataset-item.ts';
import { jsonErrorOffset } from './json-error.ts';
import { badInput } from './bad-input.ts';

/** One JSON value a line; lines without one are skipped. */
export function readJsonLines(
  text: string,
  path: string,
  unit: string,
  findings: Findings,
): readonly DatasetItem[] {
  const document = findings.nextDocument();
  const dataset: DatasetItem[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const report = (message: string, column = 1): void =>
      findings.problemAt(
        { path, line: index + 1, column, pointer: `[${dataset.length}]`, order: [document, index, column] },
        message,
      );
    try {
      const input = JSON.parse(line) as Json;
      const bad = badInput(input);
      if (bad !== null) report(bad);
      dataset.push(inlineItem(input, unit, report));
    } catch (error) {
      if (!(error instanceof SyntaxError) && !(error instanceof RangeError)) throw error;
      report(`not a JSON value: ${firstLine(error.message)}`, jsonErrorOffset(line) + 1);
    }
  }
  return dataset;
}

const firstLine = (message: string): string => message.split('\n')[0] ?? message;
