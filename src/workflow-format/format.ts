import type { Findings } from './findings.ts';
import { hint } from './suggest.ts';
import type { Spot } from './spot.ts';
import type { KindName } from './kinds.ts';

/** How the two families of workflow differ. */
export interface Format {
  readonly kinds: readonly KindName[];
  /** The type of a node that names none. */
  readonly defaultType: string;
  /** Are nodes ordered by `next` and by their place in the file, or by edges alone? */
  readonly ordered: boolean;
  readonly onUnknown: (findings: Findings) => (key: string, spot: Spot, known: readonly string[]) => void;
}

export const YAML_FORMAT: Format = {
  kinds: ['compute', 'parallel', 'passthrough', 'start', 'end'],
  defaultType: 'agent',
  ordered: true,
  // workflow files hold keys of other tools; what we do not act on is said, not refused
  onUnknown: (findings) => (key, spot, known) =>
    findings.warn('WORKFLOW_KEY_UNUSED', `the key ${key} is not used${hint(key, known, 'known keys')}`, spot),
};

export const STATE_GRAPH_FORMAT: Format = {
  kinds: ['function', 'compute', 'passthrough'],
  defaultType: 'function',
  ordered: false,
  onUnknown: (findings) => (key, spot, known) =>
    findings.problem(spot, `unknown key ${key}${hint(key, known, 'known keys')}`, 'key'),
};
