export const STATUSES = [
  'draft',
  'running',
  'paused',
  'completed',
  'analyzed',
  'rolled_out',
  'archived',
] as const;
export type ExperimentStatusName = (typeof STATUSES)[number];

export const ACTIONS = ['start', 'pause', 'resume', 'stop', 'analyze', 'deploy', 'archive'] as const;
export type Action = (typeof ACTIONS)[number];

/** Why a running experiment became `completed`. */
export const COMPLETION_CAUSES = [
  'sample_size',
  'max_duration',
  'max_iterations',
  'dataset_end',
  'stall',
  'boundary',
  'manual',
] as const;
export type CompletionCause = (typeof COMPLETION_CAUSES)[number];

/** The one table of moves: the workflow, the commands and a check in the database all follow it. */
const MOVES: Readonly<Record<ExperimentStatusName, Partial<Record<Action, ExperimentStatusName>>>> = {
  draft: { start: 'running', archive: 'archived' },
  running: { pause: 'paused', stop: 'completed' },
  paused: { resume: 'running', stop: 'completed', archive: 'archived' },
  completed: { analyze: 'analyzed', archive: 'archived' },
  analyzed: { deploy: 'rolled_out', archive: 'archived' },
  rolled_out: { archive: 'archived' },
  archived: {},
};

export const nextStatus = (from: ExperimentStatusName, action: Action): ExperimentStatusName | null =>
  MOVES[from][action] ?? null;

/** Where a request leads, or null: it is refused. Pausing one variant, and asking for the analysis, leave the status as it is. */
export function statusAfter(
  from: ExperimentStatusName,
  request: { readonly action: Action; readonly variantId: string | null },
): ExperimentStatusName | null {
  const { action, variantId } = request;
  if (variantId !== null && (action === 'pause' || action === 'resume')) {
    return from === 'running' || from === 'paused' ? from : null;
  }
  const next = nextStatus(from, action);
  return action === 'analyze' && next !== null ? from : next;
}

export const legalActions = (from: ExperimentStatusName): readonly Action[] =>
  ACTIONS.filter((action) => MOVES[from][action] !== undefined);

export function refusal(from: ExperimentStatusName, action: string): string {
  const legal = legalActions(from);
  const moves = legal.length === 0 ? 'no further move is possible' : `legal moves: ${legal.join(', ')}`;
  return `cannot ${action} an experiment that is ${from}; ${moves}`;
}
