import type pg from 'pg';
import { readResults } from '../src/documents/results.ts';
import { readStatus, readStored } from '../src/documents/status.ts';
import { snakeKeys } from '../src/model/case.ts';
import type { ExperimentStatus } from '../src/model/documents.ts';
import type { ExperimentStatusName } from '../src/model/lifecycle.ts';

/** What the experiment workflow keeps: enough to steer by, and the two documents that queries return. */
export interface ExperimentSummary {
  readonly experimentId: string;
  readonly status: ExperimentStatusName;
  readonly look: number;
  readonly hasDataset: boolean;
  readonly datasetFinished: boolean;
  /** Executions. Absent in what earlier versions have stored: 0. */
  readonly running?: number;
  /** `status` and `results` of the public JSON. */
  readonly document: unknown;
  readonly results: unknown;
  /** Markdown for the Temporal Web UI. */
  readonly details: string;
}

/** A payload has a limit; all looks are in Postgres. */
const LOOKS_IN_QUERY = 50;

export async function summarise(pool: pg.Pool, experimentId: string): Promise<ExperimentSummary> {
  const stored = await readStored(pool, experimentId);
  const status = await readStatus(pool, stored, null);
  const results = await readResults(pool, stored);
  return {
    experimentId,
    status: stored.row.status,
    look: status.look,
    hasDataset: stored.row.datasetSize !== null,
    datasetFinished: stored.row.datasetFinished,
    running: status.executions.running,
    document: snakeKeys(status),
    results: snakeKeys({ ...results, looks: results.looks.slice(-LOOKS_IN_QUERY) }),
    details: details(status),
  };
}

function details(status: ExperimentStatus): string {
  const { executions } = status;
  const because = status.completedBecause === null ? '' : ` (${status.completedBecause})`;
  const arms = Object.entries(status.units).map(([id, units]) => {
    const paused = status.variantStatus[id] === 'paused' ? ', paused' : '';
    return `- \`${id}\`: ${units} units, ${status.variantSamples[id] ?? 0} executions${paused}`;
  });
  return [
    `**${escaped(status.name)}**`,
    '',
    `**${status.status}**${because} · look ${status.look} · ${Math.floor(status.informationFraction * 100)} % of the sample size`,
    '',
    ...arms,
    '',
    `${executions.started} begun: ${executions.success} success, ${executions.failure} failure, ${executions.timeout} timeout, ${executions.cancelled} cancelled, ${executions.running} running`,
    ...decision(status),
  ].join('\n');
}

const decision = ({ look, lastDecision }: ExperimentStatus): readonly string[] =>
  lastDecision === null
    ? []
    : ['', `Decision at look ${look}: **${lastDecision.code}**. ${lastDecision.reason}`];

/** A name is a text, not Markdown. A run that continued as new has lost its summary: the name stands here, too. */
const escaped = (text: string): string => text.replaceAll(/[\\`*_{}[\]()<>#+\-.!|~&]/g, '\\$&');
