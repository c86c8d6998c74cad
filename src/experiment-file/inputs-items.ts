import { findNonJson } from '../model/json.ts';
import type { Json } from '../model/json.ts';
import type { DatasetItem } from '../model/spec.ts';
import type { Findings } from '../workflow-format/findings.ts';
import { items } from '../workflow-format/spot.ts';
import type { Spot } from '../workflow-format/spot.ts';
import { inlineItem } from './dataset-item.ts';

export function readItems(spot: Spot, unit: string, findings: Findings): readonly DatasetItem[] {
  const given = items(spot);
  if (given.length === 0)
    findings.problem(spot, 'inputs.items is an empty list, must hold at least one input');
  return given.flatMap((item) => {
    if (item.value === undefined) {
      findings.problem(item, 'an input is missing, must be a JSON value');
      return [];
    }
    // what is not JSON was said when the document was walked
    if (findNonJson(item.value) !== null) return [];
    return [inlineItem(item.value as Json, unit, (message) => findings.problem(item, message))];
  });
}
