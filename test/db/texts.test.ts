import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storeExperiment } from '../../activities/create.ts';
import { readContent } from '../../src/db/contents.ts';
import { findExperiments, readDatasetItem, readExperiment, readVariants } from '../../src/db/experiments.ts';
import { createPool } from '../../src/db/pool.ts';
import { cloneDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import {
  IDENTITY,
  begin,
  count,
  definitionOf,
  metricSpec,
  newId,
  record,
  seedExperiment,
  variantSpec,
} from '../support/rows.ts';

const TEXTS = [
  ['quotes', `it's "so" \`quoted\``],
  ['a statement', `'; drop table victor_data.executions; --`],
  ['a statement in a dollar quote', `$$; drop schema victor_data cascade; $$`],
  ['a placeholder', `$1 ' || $2 || '`],
  ['backslashes', `\\' \\0 \\u0000 \\\\`],
  ['patterns', `100%_of*[a-z]?`],
  ['emoji', '👩🏽‍🔬🧪 e\u0301'],
  ['right to left', '\u202eמבחן\u202c'],
  ['line breaks', 'a\nb\r\n\tc'],
] as const;

describe('texts of users', () => {
  let database: TestDatabase;
  let pool: pg.Pool;

  beforeAll(async () => {
    database = await cloneDatabase();
    pool = createPool(database.url, { plane: 'data', max: 4 });
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  it.each(TEXTS)('in an experiment come back as they were: %s', async (_, text) => {
    const id = await seedExperiment(pool, {
      name: text,
      description: text,
      tags: { [text]: text },
      primaryMetric: metricSpec({ name: text, description: text }),
      variants: [
        variantSpec('control', true, {
          name: text,
          parameterOverrides: { [text]: [text, { [text]: text }] },
        }),
        variantSpec('fast', false),
      ],
    });
    const row = await readExperiment(pool, id);
    expect(row).toMatchObject({ name: text });
    expect(row?.spec).toMatchObject({ name: text, description: text, tags: { [text]: text } });
    expect(row?.spec.primaryMetric).toMatchObject({ name: text, description: text });
    const [control] = await readVariants(pool, id);
    expect(control).toMatchObject({
      name: text,
      parameterOverrides: { [text]: [text, { [text]: text }] },
      runnable: { overrides: { [text]: [text, { [text]: text }] } },
    });
    expect(await findExperiments(pool, text)).toEqual([{ experimentId: id, name: text }]);
  });

  it.each([...TEXTS, ['1000 bytes', '€'.repeat(333) + 'x'], ['a space', ' '], ['nothing', '']] as const)(
    'in units and execution ids come back as they were: %s',
    async (_, text) => {
      const id = await seedExperiment(pool);
      const answer = await begin(pool, id, text, 'fast', {
        executionId: text,
        workflowId: text,
        runId: text,
      });
      expect(answer).toMatchObject({ kind: 'admitted', variant_id: 'fast' });
      expect(await begin(pool, id, text, 'control', { executionId: 'second' })).toMatchObject({
        variant_id: 'fast',
      });
      expect(
        await record(pool, id, text, 'failure', {
          runId: text,
          error: { type: text, message: text, node: text },
          output: { [text]: text },
        }),
      ).toMatchObject({
        workflow_id: text,
        run_id: text,
        error: { type: text, message: text, node: text },
        output: { [text]: text },
      });
      const { rows } = await pool.query(
        'select unit, executions from victor.units where experiment_id = $1',
        [id],
      );
      expect(rows).toEqual([{ unit: text, executions: 2 }]);
    },
  );

  it.each([...TEXTS, ['NUL', 'a\u0000b'], ['half a surrogate pair', 'a\ud83d']] as const)(
    'in inputs and node bodies come back as they were: %s',
    async (_, text) => {
      const experimentId = newId();
      await storeExperiment(pool, {
        experimentId,
        definition: {
          ...definitionOf({}, experimentId),
          bodies: {
            ['h'.repeat(8) + experimentId]: {
              type: 'compute',
              handler: text,
              inputs: { [text]: text },
              constraints: null,
            },
          },
          dataset: [{ unit: null, body: { kind: 'inline', input: { [text]: text } } }],
        },
        identity: IDENTITY,
        taskQueuePrefix: 'victor',
        createdBy: 'tests',
        createdByRunId: 'run',
      });
      expect(await readContent(pool, 'h'.repeat(8) + experimentId)).toEqual({
        body: { type: 'compute', handler: text, inputs: { [text]: text }, constraints: null },
      });
      const item = await readDatasetItem(pool, experimentId, 1);
      const state = await readContent(pool, item?.contentHash ?? '');
      expect(state).toEqual({ body: { values: { [text]: text }, stored: {} } });
    },
  );

  it('do no harm as ids that no one has', async () => {
    for (const [, text] of TEXTS) {
      expect(await readExperiment(pool, text)).toBeNull();
      expect(await begin(pool, text, 'u')).toEqual({ kind: 'unknown' });
      expect(await record(pool, text, text)).toBeNull();
      expect(await findExperiments(pool, `${text}?`)).toEqual([]);
    }
  });

  it('find an experiment by its id, the beginning of it, or its name, never by a pattern', async () => {
    const id = await seedExperiment(pool, { name: 'find me' });
    for (const text of [id, id.slice(0, 8), 'find me']) {
      expect(await findExperiments(pool, text)).toEqual([{ experimentId: id, name: 'find me' }]);
    }
    for (const text of ['find', 'FIND ME', '%', 'e-%', '_'.repeat(id.length)]) {
      expect(await findExperiments(pool, text)).toEqual([]);
    }
  });

  it('that Postgres cannot hold store no part of an experiment', async () => {
    for (const text of ['a\u0000b', 'a\ud83d']) {
      const experimentId = newId();
      const runnable = { kind: 'definition', workflowType: text, taskQueue: null, overrides: {} } as const;
      const definition = definitionOf({}, experimentId);
      const creation = {
        experimentId,
        definition: { ...definition, runnables: { ...definition.runnables, fast: runnable } },
        identity: IDENTITY,
        taskQueuePrefix: 'victor',
        createdBy: 'tests',
        createdByRunId: 'run',
      };
      await expect(storeExperiment(pool, creation)).rejects.toMatchObject({
        code: expect.stringMatching(/^22P/) as string,
      });
      for (const table of ['experiments', 'variants', 'events'])
        expect(await count(pool, table, experimentId)).toBe(0);
    }
  });
});

describe('creating', () => {
  let database: TestDatabase;
  let pool: pg.Pool;

  beforeAll(async () => {
    database = await cloneDatabase();
    pool = createPool(database.url, { plane: 'data', max: 6 });
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const create = (experimentId: string, createdByRunId: string, name = `Name of ${experimentId}`) =>
    storeExperiment(pool, {
      experimentId,
      definition: {
        ...definitionOf({ name, maxIterations: 5 }, experimentId),
        dataset: [{ unit: null, body: { kind: 'inline', input: 'x'.repeat(10_000) } }],
      },
      identity: IDENTITY,
      taskQueuePrefix: 'victor',
      createdBy: 'tests',
      createdByRunId,
    });

  it('is harmless when repeated by the same creator, also at once', async () => {
    const id = newId();
    await Promise.all(Array.from({ length: 6 }, () => create(id, 'run')));
    await create(id, 'run');
    expect(await count(pool, 'variants', id)).toBe(2);
    expect(await count(pool, 'dataset_items', id)).toBe(1);
    expect(await count(pool, 'iteration_counters', id)).toBe(1);
    expect(await count(pool, 'events', id)).toBe(1);
  });

  it('refuses an id that another creator has, and a name in use', async () => {
    const id = newId();
    await create(id, 'run', 'taken');
    await expect(create(id, 'other')).rejects.toMatchObject({
      kind: 'Conflict',
      message: expect.stringContaining(id) as string,
    });
    const second = newId();
    await expect(create(second, 'other', 'taken')).rejects.toMatchObject({
      kind: 'Conflict',
      message: expect.stringContaining('"taken"') as string,
    });
    expect(await count(pool, 'experiments', second)).toBe(0);
  });

  it('lets one of two creators have a name, when both ask at once', async () => {
    const settled = await Promise.allSettled(
      Array.from({ length: 6 }, (_, index) => create(newId(), `run ${index}`, 'wanted')),
    );
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const each of settled)
      if (each.status === 'rejected') expect(each.reason).toMatchObject({ kind: 'Conflict' });
  });
});
