import { findExperiments } from '../db/experiments.ts';
import { orUnavailable } from '../db/pool.ts';
import { conflict, notFound } from '../errors.ts';
import type { Victor } from './victor.ts';

/** An experiment id, an unambiguous prefix of one, or the unique name of an experiment in use. */
export async function resolveExperiment(victor: Victor, text: string): Promise<string> {
  const found = text === '' ? [] : await orUnavailable(() => findExperiments(victor.pool, text));
  const [first, second] = found;
  if (first === undefined) {
    throw notFound(
      `no experiment has the id, id prefix or name "${text}"; \`victor experiment list\` shows all`,
    );
  }
  const exact = first.experimentId === text || (first.name === text && second?.name !== text);
  if (second === undefined || exact) return first.experimentId;
  const matches = found.map(({ experimentId }) => experimentId).join(', ');
  throw conflict(`"${text}" fits several experiments: ${matches}; give more of the id`);
}
