import { setTimeout as sleep } from 'node:timers/promises';
import { readLookInputs } from '../../activities/look.ts';
import { readWatermark } from '../db/looks.ts';
import { orUnavailable } from '../db/pool.ts';
import { readStored } from '../documents/status.ts';
import { VictorError, illegalTransition } from '../errors.ts';
import { refusal } from '../model/lifecycle.ts';
import type { ByVariant, ExperimentResults, ExperimentStatus } from '../model/documents.ts';
import { experimentWorkflowId } from '../model/ids.ts';
import { orTemporalUnavailable } from './failures.ts';
import { getExperimentStatus } from './read.ts';
import { resolveExperiment } from './resolve.ts';
import { transitionExperiment } from './transition.ts';
import type { TransitionOptions } from './transition.ts';
import { ANSWER_MS } from './victor.ts';
import type { Victor } from './victor.ts';
import { waitForResults } from './wait.ts';
import type { WaitOptions } from './wait.ts';

export interface AnalyzeOptions extends TransitionOptions, WaitOptions {
  /** Do not wait for what still runs: use the executions that began before the oldest running one (COHORT_TRUNCATED). */
  readonly now?: boolean;
}

/** What ended after a final look that did not wait for it. It is described, and decides nothing. */
export interface Supplementary {
  readonly executions: ByVariant<number>;
  /** Mean of the primary metric per execution, with the late ones. */
  readonly primaryMetricValue: ByVariant<number | null>;
}

export interface AnalysisResults extends ExperimentResults {
  readonly supplementary: Supplementary | null;
}

/**
 * Waits for the final look of a completed experiment and returns its results; of an analyzed one, returns them again.
 * Throws IllegalTransition for one that has not ended, NotFound, Unavailable.
 *
 * @example
 * ```ts
 * import { analyzeExperiment } from 'victor-experiments/client';
 *
 * const result = await analyzeExperiment(victor, 'model-comparison');
 * console.log(`winner: ${result.winningVariantId ?? 'none'}`);
 * console.log(`statistically significant: ${result.statisticalSignificance}, p-value: ${result.pValue}`);
 * console.log(`${result.recommendation}: ${result.reasoning}`);
 * ```
 */
export async function analyzeExperiment(
  victor: Victor,
  id: string,
  options: AnalyzeOptions = {},
): Promise<AnalysisResults> {
  const experimentId = await resolveExperiment(victor, id);
  const { status, look } = await endedStatus(victor, experimentId);
  const ended = status === 'completed' || status === 'analyzed' || status === 'rolled_out' || look > 0;
  if (!ended || status === 'running' || status === 'paused') {
    throw illegalTransition(
      `${refusal(status, 'analyze')}. \`victor experiment results ${experimentId}\` shows the last look`,
    );
  }
  if (status === 'completed' && options.now === true) await truncate(victor, experimentId, options);
  const results = await waitForResults(victor, experimentId, options);
  return { ...results, supplementary: await orUnavailable(() => lateOutcomes(victor, experimentId)) };
}

/** An experiment that has just reached its end may not know it yet: it is asked to look. */
async function endedStatus(victor: Victor, experimentId: string): Promise<ExperimentStatus> {
  const first = await getExperimentStatus(victor, experimentId);
  if (first.status !== 'running' || first.informationFraction < 1) return first;
  const { client } = await victor.temporal();
  await client.workflow
    .getHandle(experimentWorkflowId(experimentId))
    .signal('wake')
    .catch((error: unknown) => {
      throw orTemporalUnavailable(error);
    });
  for (const deadline = Date.now() + ANSWER_MS; Date.now() < deadline; ) {
    const now = await getExperimentStatus(victor, experimentId);
    if (now.status !== 'running') return now;
    await sleep(200);
  }
  return first;
}

async function truncate(victor: Victor, experimentId: string, options: AnalyzeOptions): Promise<void> {
  try {
    await transitionExperiment(victor, experimentId, 'analyze', { ...options, now: true });
  } catch (error) {
    // the final look came by itself in this moment
    if (!(error instanceof VictorError && error.kind === 'IllegalTransition')) throw error;
  }
}

async function lateOutcomes(victor: Victor, experimentId: string): Promise<Supplementary | null> {
  const stored = await readStored(victor.pool, experimentId);
  const last = stored.looks.at(-1);
  const end = stored.row.completedSeq;
  if (last === undefined || end === null || end <= last.cut) return null;
  const plan = {
    look: last.look + 1,
    planIndex: null,
    cut: end,
    final: true,
    truncated: false,
    informationFraction: last.informationFraction,
  };
  const watermark = await readWatermark(victor.pool);
  const { primary } = await readLookInputs(victor.pool, stored, plan, watermark);
  const before = await readLookInputs(victor.pool, stored, { ...plan, cut: last.cut }, watermark);
  const used = (variantId: string): number =>
    before.primary.arms.find((arm) => arm.variantId === variantId)?.executions ?? 0;
  const late = primary.arms.map((arm) => [arm.variantId, arm.executions - used(arm.variantId)] as const);
  if (late.every(([, executions]) => executions === 0)) return null;
  return {
    executions: Object.fromEntries(late),
    primaryMetricValue: Object.fromEntries(primary.arms.map((arm) => [arm.variantId, arm.meanPerExecution])),
  };
}
