import type { ExperimentStatus } from '../model/documents.ts';
import { moment, percent } from './numbers.ts';
import type { RenderOptions } from './options.ts';
import { renderTable } from './table.ts';
import { clean, facts, paint, paragraph, words } from './text.ts';

const BAR_WIDTH = 20;

/** Where an experiment stands: counts, and the last look's decision; never a fresh p-value. */
export function renderStatus(status: ExperimentStatus, options: RenderOptions): string {
  const name = `${paint(clean(status.name), 'bold', options)} (${clean(status.experimentId)})`;
  return [
    paragraph(`${name} · ${state(status)}`, options),
    details(status, options),
    variants(status, options),
  ].join('\n\n');
}

function state(status: ExperimentStatus): string {
  const cause = status.completedBecause;
  return cause === null ? words(status.status) : `${words(status.status)} (${words(cause)})`;
}

function details(status: ExperimentStatus, options: RenderOptions): string {
  const decision = status.lastDecision;
  return facts(
    [
      ['information', `${bar(status.informationFraction)} ${percent(status.informationFraction)}`],
      ['looks', looks(status)],
      ['executions', executions(status)],
      ['not compared', notCompared(status)],
      ['decision', decision === null ? null : `${words(decision.code)} — ${clean(decision.reason)}`],
      ['profile', status.profile === 'live' ? null : clean(status.profile)],
      ['created', moment(status.createdAt)],
      ['started', optionalMoment(status.startedAt)],
      ['paused', optionalMoment(status.pausedAt)],
      ['completed', optionalMoment(status.completedAt)],
      ['deployed', deployed(status)],
      ['as of', moment(status.asOf)],
      ['workflow', clean(status.workflowId)],
      ['web', status.webUiUrl === null ? null : clean(status.webUiUrl)],
    ],
    options,
  );
}

/** Units that were begun while only one variant took new ones. */
function notCompared({ notRandomised }: ExperimentStatus): string | null {
  const units = Object.entries(notRandomised).filter(([, n]) => n > 0);
  if (units.length === 0) return null;
  const shown = units.map(([id, n]) => `${clean(id)} ${n}`).join(', ');
  return `units begun while only one variant was open: ${shown}`;
}

function deployed({ deployedVariantId, deployedAt }: ExperimentStatus): string | null {
  if (deployedVariantId === null || deployedAt === null) return null;
  return `${clean(deployedVariantId)} since ${moment(deployedAt)}`;
}

const optionalMoment = (iso: string | null): string | null => (iso === null ? null : moment(iso));

function bar(fraction: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, fraction)) * BAR_WIDTH);
  return '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
}

function looks({ look, nextLookAt }: ExperimentStatus): string {
  const taken = look === 0 ? 'none yet' : `${look} taken`;
  return nextLookAt === null ? taken : `${taken}, next check at ${moment(nextLookAt)}`;
}

function executions({ executions: counts, plannedUnits }: ExperimentStatus): string {
  const parts = [
    `${counts.started} started`,
    `${counts.success} success`,
    ...(['failure', 'timeout', 'cancelled', 'running', 'excluded'] as const)
      .filter((name) => counts[name] > 0)
      .map((name) => `${counts[name]} ${name}`),
  ];
  return `${parts.join(', ')} (about ${plannedUnits} units planned)`;
}

function variants(status: ExperimentStatus, options: RenderOptions): string {
  const paused = (id: string): boolean => status.variantStatus[id] === 'paused';
  const anyPaused = Object.keys(status.units).some(paused);
  const state = (id: string): readonly string[] => (anyPaused ? [paused(id) ? 'paused' : 'open'] : []);
  const first = anyPaused ? 2 : 1;
  return renderTable(
    {
      head: ['variant', ...(anyPaused ? ['new units'] : []), 'units', 'executions', 'held back'],
      rows: Object.entries(status.units).map(([id, units]) => [
        clean(id),
        ...state(id),
        String(units),
        String(status.variantSamples[id] ?? 0),
        String(status.heldBack[id] ?? 0),
      ]),
      right: [first, first + 1, first + 2],
    },
    options,
  );
}
