import type { LookDocument } from '../model/documents.ts';
import { figure, percent } from './numbers.ts';
import { words } from './text.ts';

/** Decisions after which an experiment ends, whatever look it was. */
const STOPS: ReadonlySet<string> = new Set(['winner', 'control_best', 'guardrail_harmed', 'futility']);

/** `look 2 · 40 % of information · |z| 3.91 against 3.23 · stop: winner` */
export function renderLookLine(look: LookDocument): string {
  const decision = words(look.decision);
  return [
    `look ${look.look}`,
    `${percent(look.informationFraction)} of information`,
    evidence(look),
    STOPS.has(look.decision) ? `stop: ${decision}` : decision,
  ].join(' · ');
}

function evidence({ statistic, boundary }: LookDocument): string {
  if (statistic === null) return 'no statistic';
  const z = `|z| ${figure(Math.abs(statistic))}`;
  return boundary === null ? `${z}, no boundary` : `${z} against ${figure(boundary)}`;
}
