import type pg from 'pg';
import { BUCKETS } from '../src/allocation/buckets.ts';
import { appendEvent } from '../src/db/events.ts';
import { readExperiment } from '../src/db/experiments.ts';
import { withExclusiveLock } from '../src/db/lock.ts';
import { aggregateMetric, countCohort, insertLook, readWatermark } from '../src/db/looks.ts';
import type { MetricSource, StoredLook } from '../src/db/looks.ts';
import { moveStatus } from '../src/db/transitions.ts';
import { computeLook } from '../src/decide/look.ts';
import type { LookInputs, LookResult } from '../src/decide/look.ts';
import type { MetricRule } from '../src/decide/types.ts';
import { readStored } from '../src/documents/status.ts';
import type { StoredExperiment } from '../src/documents/status.ts';
import { snakeKeys } from '../src/model/case.ts';
import type { Json } from '../src/model/json.ts';
import type { MetricSpec } from '../src/model/spec.ts';
import type { PlannedLook } from './due.ts';

/** Takes a look: once, however often it is tried. True: the experiment is over. */
export async function takeLook(pool: pg.Pool, experimentId: string, planned: PlannedLook): Promise<boolean> {
  const stored = await readStored(pool, experimentId);
  const watermark = await withExclusiveLock(pool, experimentId, readWatermark);
  const inputs = await readLookInputs(pool, stored, planned, watermark);
  const result = computeLook(inputs);
  return withExclusiveLock(pool, experimentId, async (client) => {
    const status = (await readExperiment(client, experimentId))?.status;
    if (status !== 'running' && status !== 'paused' && status !== 'completed') return true;
    const { decision } = result;
    const fresh = await insertLook(client, experimentId, storedLook(planned, watermark, inputs, result));
    if (!fresh) return false;
    await appendEvent(client, experimentId, {
      type: 'look',
      actor: 'victor',
      reason: decision.reason,
      requestId: null,
      data: {
        look: planned.look,
        cut: planned.cut,
        information_fraction: planned.informationFraction,
        decision: decision.code,
        stop: decision.stop,
      },
    });
    await appendEvent(client, experimentId, {
      type: 'decision',
      actor: 'victor',
      reason: decision.reason,
      requestId: null,
      data: {
        look: planned.look,
        code: decision.code,
        stop: decision.stop,
        recommendation: decision.recommendation,
        winning_variant_id: decision.winner,
      },
    });
    for (const { code, message } of result.warnings) {
      await appendEvent(client, experimentId, {
        type: 'warning',
        actor: 'victor',
        reason: null,
        requestId: null,
        data: { code, message, look: planned.look },
      });
    }
    if (!decision.stop) return false;
    const move = {
      experimentId,
      actor: 'victor',
      reason: decision.reason,
      requestId: null,
      variantId: null,
      now: false,
    };
    if (status !== 'completed') await moveStatus(client, { ...move, action: 'stop', cause: 'boundary' });
    await moveStatus(client, { ...move, action: 'analyze', cause: null });
    return true;
  });
}

/** A look that stops the experiment is the final one. */
function storedLook(
  planned: PlannedLook,
  watermark: number,
  inputs: LookInputs,
  result: LookResult,
): Omit<StoredLook, 'takenAt'> {
  return {
    look: planned.look,
    final: result.decision.stop,
    cut: planned.cut,
    watermark,
    informationFraction: planned.informationFraction,
    information: result.information,
    boundary: result.boundary,
    alphaSpent: result.alphaSpent,
    inputs: snakeKeys(inputs) as Json,
    result: snakeKeys(result) as Json,
    decision: result.decision.code,
    reason: result.decision.reason,
  };
}

/** All that a look needs, from rows up to its cut and its watermark alone: the same today and in a year. */
export async function readLookInputs(
  pool: pg.Pool,
  { row, variants, looks }: StoredExperiment,
  planned: PlannedLook,
  watermark: number,
): Promise<LookInputs> {
  const { spec, experimentId } = row;
  const aggregate = async (metric: MetricSpec) => ({
    metric: ruleOf(metric),
    arms: await aggregateMetric(pool, experimentId, sourceOf(metric), planned.cut, watermark),
  });
  return {
    look: planned.look,
    final: planned.final,
    truncated: planned.truncated,
    planIndex: planned.planIndex,
    informationFraction: planned.informationFraction,
    rule: {
      kind: spec.decision.rule,
      alpha: spec.significanceLevel,
      spending: spec.decision.spending,
      spendingParameter: spec.decision.spendingParameter,
    },
    confidence: spec.confidenceInterval,
    variants: variants.map((variant) => ({
      variantId: variant.variantId,
      name: variant.name,
      isControl: variant.isControl,
      share: (variant.bucketTo - variant.bucketFrom) / BUCKETS,
    })),
    primary: await aggregate(spec.primaryMetric),
    secondary: await Promise.all(spec.secondaryMetrics.map(aggregate)),
    cohort: await countCohort(pool, experimentId, planned.cut, watermark),
    prior: looks
      .filter((look) => look.look < planned.look)
      .map((look) => ({
        informationFraction: look.informationFraction,
        information: look.information,
        boundary: look.boundary,
        alphaSpent: look.alphaSpent,
      })),
  };
}

const sourceOf = (metric: MetricSpec): MetricSource =>
  metric.metricType === 'success_rate' ? { kind: 'success' } : { kind: 'value', name: metric.metricType };

const ruleOf = (metric: MetricSpec): MetricRule => ({
  metricId: metric.metricId,
  name: metric.name,
  goal: metric.optimizationGoal,
  rate: metric.metricType === 'success_rate',
  relativeImprovement: metric.relativeImprovement,
  successThreshold: metric.successThreshold,
});
