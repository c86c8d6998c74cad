import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appendEvent } from '../../src/db/events.ts';
import { readExperiment } from '../../src/db/experiments.ts';
import { withExclusiveLock } from '../../src/db/lock.ts';
import { createPool } from '../../src/db/pool.ts';
import { applyTransition } from '../../src/db/transitions.ts';
import { ACTIONS, STATUSES } from '../../src/model/lifecycle.ts';
import type { Action, ExperimentStatusName } from '../../src/model/lifecycle.ts';
import { cloneDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { count, move, numbers, seedDraft, seedExperiment } from '../support/rows.ts';

/** The lifecycle as the contract says it, written down a second time. */
const LEGAL: Readonly<Record<ExperimentStatusName, Partial<Record<Action, ExperimentStatusName>>>> = {
  draft: { start: 'running', archive: 'archived' },
  running: { pause: 'paused', stop: 'completed' },
  paused: { resume: 'running', stop: 'completed', archive: 'archived' },
  completed: { analyze: 'analyzed', archive: 'archived' },
  analyzed: { deploy: 'rolled_out', archive: 'archived' },
  rolled_out: { archive: 'archived' },
  archived: {},
};
const WAY: Readonly<Record<ExperimentStatusName, readonly Action[]>> = {
  draft: [],
  running: ['start'],
  paused: ['start', 'pause'],
  completed: ['start', 'stop'],
  analyzed: ['start', 'stop', 'analyze'],
  rolled_out: ['start', 'stop', 'analyze', 'deploy'],
  archived: ['start', 'pause', 'archive'],
};

describe('transitions', () => {
  let database: TestDatabase;
  let pool: pg.Pool;

  beforeAll(async () => {
    database = await cloneDatabase();
    pool = createPool(database.url, { plane: 'control', max: 10 });
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  async function experimentIn(status: ExperimentStatusName): Promise<string> {
    const id = await seedDraft(pool);
    for (const action of WAY[status]) await move(pool, id, action);
    return id;
  }
  const statusOf = async (id: string) => (await readExperiment(pool, id))?.status;
  const eventNumbers = (id: string): Promise<number[]> =>
    numbers(pool, 'select number as n from victor_data.events where experiment_id = $1 order by number', [
      id,
    ]);

  it.each(STATUSES)('from %s go where the lifecycle says, and are refused otherwise', async (from) => {
    const refused = await experimentIn(from);
    const before = await count(pool, 'events', refused);
    for (const action of ACTIONS) {
      const to = LEGAL[from][action];
      if (to !== undefined) {
        const id = await experimentIn(from);
        expect(await move(pool, id, action)).toBe(to);
        expect(await statusOf(id)).toBe(to);
        continue;
      }
      const legal = Object.keys(LEGAL[from]);
      const moves = legal.length === 0 ? 'no further move is possible' : `legal moves: ${legal.join(', ')}`;
      await expect(move(pool, refused, action)).rejects.toMatchObject({
        kind: 'IllegalTransition',
        message: `cannot ${action} an experiment that is ${from}; ${moves}`,
      });
    }
    expect(await statusOf(refused)).toBe(from);
    expect(await count(pool, 'events', refused)).toBe(before);
  });

  it.each(STATUSES)('are held by the database as well: from %s', async (from) => {
    const id = await experimentIn(from);
    const client = await pool.connect();
    for (const to of STATUSES) {
      await client.query('begin');
      const updated = client.query(
        'update victor_data.experiments set status = $2 where experiment_id = $1',
        [id, to],
      );
      if (to === from || Object.values(LEGAL[from]).includes(to)) {
        expect((await updated).rowCount).toBe(1);
      } else {
        await expect(updated).rejects.toMatchObject({
          code: '23514',
          message: `illegal move from ${from} to ${to}`,
        });
      }
      await client.query('rollback');
    }
    client.release();
  });

  it('are of an experiment that exists', async () => {
    await expect(move(pool, 'no-experiment', 'start')).rejects.toMatchObject({ kind: 'NotFound' });
  });

  it('keep who moved it, why, and from where to where', async () => {
    const id = await seedExperiment(pool);
    await applyTransition(pool, {
      experimentId: id,
      action: 'stop',
      actor: 'ann',
      reason: 'enough',
      requestId: 'r1',
      variantId: null,
      now: false,
      cause: null,
    });
    const { rows } = await pool.query(
      `select number, type, actor, reason, request_id, data from victor_data.events
       where experiment_id = $1 order by number`,
      [id],
    );
    expect(rows).toMatchObject([
      { number: 1, type: 'created', actor: 'tests' },
      { number: 2, type: 'transition', data: { action: 'start', from: 'draft', to: 'running' } },
      {
        number: 3,
        type: 'transition',
        actor: 'ann',
        reason: 'enough',
        request_id: 'r1',
        data: { action: 'stop', from: 'running', to: 'completed', cause: 'manual' },
      },
      { number: 4, type: 'completion', actor: 'ann', reason: 'enough', data: { cause: 'manual' } },
    ]);
    expect(await readExperiment(pool, id)).toMatchObject({
      status: 'completed',
      completedBecause: 'manual',
      completedAt: expect.any(Date) as Date,
    });
  });

  it('move nothing when their request has been applied before', async () => {
    const id = await seedExperiment(pool);
    expect(await move(pool, id, 'pause', 'r1')).toBe('paused');
    expect(await move(pool, id, 'pause', 'r1')).toBe('paused');
    expect(await move(pool, id, 'resume', 'r2')).toBe('running');
    expect(await move(pool, id, 'pause', 'r1')).toBe('running');
    expect(await statusOf(id)).toBe('running');
    expect(await eventNumbers(id)).toEqual([1, 2, 3, 4]);
    // another experiment has requests of its own
    expect(await move(pool, await seedExperiment(pool), 'pause', 'r1')).toBe('paused');
  });

  it('move once when the same request comes many times at once', async () => {
    const id = await seedExperiment(pool);
    const answers = await Promise.all(Array.from({ length: 10 }, () => move(pool, id, 'pause', 'r1')));
    expect(answers).toEqual(Array(10).fill('paused'));
    expect(await eventNumbers(id)).toEqual([1, 2, 3]);
  });

  it('number events without gaps or doubles, under concurrent moves and notes', async () => {
    const id = await seedExperiment(pool);
    const note = (index: number): Promise<unknown> =>
      withExclusiveLock(pool, id, (client) =>
        appendEvent(client, id, {
          type: 'note',
          actor: `a${index}`,
          reason: null,
          requestId: null,
          data: {},
        }),
      );
    const settled = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) =>
        index % 2 === 0 ? note(index) : move(pool, id, index % 4 === 1 ? 'pause' : 'resume'),
      ),
    );
    const done = settled.filter((each) => each.status === 'fulfilled').length;
    expect(done).toBeGreaterThan(10);
    expect(done).toBeLessThan(21);
    expect(await eventNumbers(id)).toEqual(Array.from({ length: 2 + done }, (_, index) => index + 1));
    const { rows } = await pool.query(
      `select data ->> 'to' as "to" from victor_data.events
       where experiment_id = $1 and type = 'transition' order by number`,
      [id],
    );
    expect(rows.map((row: { to: string }) => row.to)).toEqual(
      rows.map((_, index) => (index % 2 === 0 ? 'running' : 'paused')),
    );
  });

  it('are not wedged by a text that Postgres cannot hold', async () => {
    const id = await seedExperiment(pool);
    const request = {
      experimentId: id,
      action: 'pause' as const,
      actor: 'nul\u0000',
      reason: 'half \ud83d',
      requestId: 'r\u0000',
      variantId: null,
      now: false,
      cause: null,
    };
    expect(await applyTransition(pool, request)).toBe('paused');
    expect(await applyTransition(pool, request)).toBe('paused');
    const { rows } = await pool.query(
      'select actor, reason from victor.events where experiment_id = $1 and number > 2',
      [id],
    );
    expect(rows).toEqual([{ actor: 'nul\ufffd', reason: 'half \ufffd' }]);
  });

  it('take the last number begun as the cut of the final look when they complete', async () => {
    const id = await seedExperiment(pool);
    await move(pool, id, 'stop');
    expect((await readExperiment(pool, id))?.completedSeq).toBe(0);
  });
});
