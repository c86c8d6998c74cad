import { ApplicationFailure } from '@temporalio/common';
import type pg from 'pg';
import { BUCKETS, allocate } from '../src/allocation/buckets.ts';
import { readContent } from '../src/db/contents.ts';
import { readDatasetItem } from '../src/db/experiments.ts';
import { beginExecution, dropStateValues } from '../src/db/recording.ts';
import type { BeginAnswer } from '../src/db/recording.ts';
import { executionResult } from '../src/documents/execution.ts';
import type { Begun, ExecutionRequest, RunState, StoredValue } from '../src/model/execution.ts';
import { executionWorkflowId } from '../src/model/ids.ts';
import { isJsonObject } from '../src/model/json.ts';
import { checkUnit, unitOf } from '../src/model/unit.ts';
import type { TemporalIdentity } from './deps.ts';
import { checkMergeable, definitionState, withInitial } from './execution-input.ts';
import { asActivity } from './failures.ts';
import { EMPTY_STATE, storeLarge } from './run-state.ts';
import { createSnapshots } from './snapshots.ts';
import type { Snapshot } from './snapshots.ts';

interface BeginDeps {
  readonly pool: pg.Pool;
  readonly identity: TemporalIdentity;
}

/** Admits an execution and allocates its unit, or says why not. */
export function createBegin({ pool, identity }: BeginDeps): (request: ExecutionRequest) => Promise<Begun> {
  const snapshots = createSnapshots(pool);

  const initialState = async (
    request: ExecutionRequest,
    snapshot: Snapshot,
  ): Promise<{ state: RunState; unit: string | null }> => {
    if (request.position === null) {
      const state = await storeLarge(
        pool,
        request,
        isJsonObject(request.input) ? request.input : request.input === null ? {} : { input: request.input },
        EMPTY_STATE,
      );
      return { state, unit: unitOf(request, snapshot.spec) };
    }
    const item = await readDatasetItem(pool, request.experimentId, request.position);
    if (item === null)
      throw ApplicationFailure.nonRetryable(`the dataset has no input ${request.position}`, 'InvalidInput');
    const unit = item.unit ?? request.executionId;
    if (item.file !== null) {
      const { path, sha256: hash, absolutePath } = item.file;
      const content: StoredValue = { where: 'file', hash, bytes: 0, path: absolutePath };
      return { unit, state: { values: { path, sha256: hash }, stored: { content } } };
    }
    const content = item.contentHash === null ? null : await readContent(pool, item.contentHash);
    return { unit, state: (content?.body ?? EMPTY_STATE) as unknown as RunState };
  };

  /** Large inputs were stored for a run that does not take place. */
  const forget = async (request: ExecutionRequest, state: RunState): Promise<void> => {
    if (Object.values(state.stored).some(({ where }) => where === 'state')) {
      await dropStateValues(pool, request.experimentId, request.executionId);
    }
  };

  const admit = (request: ExecutionRequest, snapshot: Snapshot, unit: string): Promise<BeginAnswer> => {
    const { variantId, bucket } = allocate({
      salt: snapshot.salt,
      unit,
      ranges: snapshot.variants.map((variant) => ({
        variantId: variant.variantId,
        from: variant.bucketFrom,
        to: variant.bucketTo,
      })),
    });
    const chosen = snapshot.variants.find((variant) => variant.variantId === variantId);
    return beginExecution(pool, {
      experimentId: request.experimentId,
      executionId: request.executionId,
      unit,
      variantId,
      bucket,
      propensity: ((chosen?.bucketTo ?? 0) - (chosen?.bucketFrom ?? 0)) / BUCKETS,
      workflowId: executionWorkflowId(request.experimentId, request.executionId),
      runId: request.firstRunId,
      ...identity,
      deadlineMs: snapshot.spec.timeouts.executionMs,
      definitionId: snapshot.definitionId,
      fromDataset: request.position !== null,
    });
  };

  const running = async (
    request: ExecutionRequest,
    snapshot: Snapshot,
    state: RunState,
    variantId: string | undefined,
  ) => {
    const variant = snapshot.variants.find((candidate) => candidate.variantId === variantId);
    if (variant === undefined) throw new Error(`variant ${variantId} of ${request.experimentId} has no row`);
    return {
      variantId: variant.variantId,
      runnable: variant.runnable,
      overrides: variant.parameterOverrides,
      ...(variant.runnable.kind === 'definition'
        ? await definitionState(pool, request, state)
        : { state: withInitial(state, variant), inputError: null }),
      nodeTimeoutMs: snapshot.spec.timeouts.nodeMs,
    };
  };

  const begin = async (request: ExecutionRequest): Promise<Begun> => {
    const snapshot = await snapshots.of(request.experimentId);
    if (snapshot === null) return { kind: 'unknown' };
    const { state, unit } = await initialState(request, snapshot);
    if (unit === null) {
      return {
        kind: 'invalid',
        message: `neither unit nor context.${snapshot.spec.unit} is given; one of them says who is randomised`,
      };
    }
    const invalid = checkUnit(unit) ?? checkMergeable(request, snapshot.variants);
    if (invalid !== null) return { kind: 'invalid', message: invalid };
    const answer = await admit(request, snapshot, unit);
    switch (answer.kind) {
      case 'stale':
        // purged and made again under its id, or a draft that was replaced in between
        snapshots.forget(request.experimentId);
        return begin(request);
      case 'unknown':
        snapshots.forget(request.experimentId);
        await forget(request, state);
        return { kind: 'unknown' };
      case 'foreign':
        return {
          kind: 'invalid',
          message: `the execution belongs to another Temporal (namespace ${answer.namespace})`,
        };
      case 'finished':
        await forget(request, state);
        return { kind: 'finished', result: executionResult(request, answer.result) };
      case 'admitted':
        return {
          kind: 'admitted',
          ...(await running(request, snapshot, state, answer.variant_id)),
          deadlineMs: Number(answer.deadline_ms),
          phase: answer.phase,
        };
      case 'not_running': {
        if (request.whenNotRunning === 'refuse') {
          await forget(request, state);
          return { kind: 'refused', status: answer.status };
        }
        const control = snapshot.variants.find((variant) => variant.isControl);
        return {
          kind: 'unrecorded',
          ...(await running(request, snapshot, state, control?.variantId)),
          deadlineMs: snapshot.spec.timeouts.executionMs,
        };
      }
    }
  };

  return (request) => asActivity(() => begin(request));
}
