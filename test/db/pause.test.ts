import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withExclusiveLock } from '../../src/db/lock.ts';
import { readWatermark } from '../../src/db/looks.ts';
import { createPool } from '../../src/db/pool.ts';
import { countExecutions } from '../../src/db/progress.ts';
import { moveStatus } from '../../src/db/transitions.ts';
import { cloneDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { begin, move, numbers, record, seedExperiment } from '../support/rows.ts';
import { eventually } from '../support/workers.ts';

describe('pause', () => {
  let database: TestDatabase;
  let control: pg.Pool;
  let data: pg.Pool;

  beforeAll(async () => {
    database = await cloneDatabase();
    control = createPool(database.url, { plane: 'control', max: 2 });
    data = createPool(database.url, { plane: 'data', max: 8 });
  });
  afterAll(async () => {
    await Promise.all([control.end(), data.end()]);
    await database.drop();
  });

  interface Asked {
    readonly at: number;
    readonly kind: string;
  }

  /** Begins without end, on every connection, until stopped. */
  function flood(id: string, name: string) {
    const asked: Asked[] = [];
    let stopped = false;
    const lane = async (number: number): Promise<void> => {
      for (let index = 0; !stopped; index += 1) {
        const at = performance.now();
        const answer = await begin(data, id, `${name}-${number}-${index}`);
        asked.push({ at, kind: answer.kind });
      }
    };
    const lanes = Promise.all(Array.from({ length: 8 }, (_, number) => lane(number)));
    return {
      asked,
      has: (what: string, enough: (asked: readonly Asked[]) => boolean) =>
        eventually(what, () => (enough(asked) ? true : null)),
      stop: async () => {
        stopped = true;
        await lanes;
      },
    };
  }
  const admitted = (asked: readonly Asked[]): number =>
    asked.filter(({ kind }) => kind === 'admitted').length;

  it('admits nothing after it has returned, under a flood of begins', async () => {
    const id = await seedExperiment(control);
    for (let round = 0; round < 4; round += 1) {
      const begins = flood(id, `r${round}`);
      await begins.has('begins', (asked) => admitted(asked) > 20);
      await move(control, id, 'pause');
      const returned = performance.now();
      const committed = await countExecutions(control, id);
      const later = (): Asked[] => begins.asked.filter(({ at }) => at > returned);
      await begins.has('later begins', () => later().length > 20);
      await begins.stop();
      expect(new Set(later().map(({ kind }) => kind))).toEqual(new Set(['not_running']));
      expect(await countExecutions(control, id)).toBe(committed);
      await move(control, id, 'resume');
    }
  });

  it('commits after every begin that was admitted: the executions it sees are all there will be', async () => {
    const id = await seedExperiment(control);
    let all = 0;
    for (let round = 0; round < 4; round += 1) {
      const begins = flood(id, `r${round}`);
      await begins.has('begins', (asked) => admitted(asked) > 20);
      const seen = await withExclusiveLock(control, id, async (client) => {
        await moveStatus(client, {
          experimentId: id,
          action: 'pause',
          actor: 'tests',
          reason: null,
          requestId: null,
          variantId: null,
          now: false,
          cause: null,
        });
        return { executions: await countExecutions(client, id), last: await readWatermark(client) };
      });
      await begins.stop();
      all += admitted(begins.asked);
      const [largest] = await numbers(
        control,
        'select max(seq) as n from victor_data.executions where experiment_id = $1',
        [id],
      );
      expect(seen.executions).toBe(all);
      expect(await countExecutions(control, id)).toBe(all);
      expect(largest).toBeLessThanOrEqual(seen.last);
      await move(control, id, 'resume');
    }
  });

  it('waits for a begin in flight, which is admitted', async () => {
    const id = await seedExperiment(control);
    const client = await data.connect();
    await client.query('begin');
    expect((await begin(client, id, 'u')).kind).toBe('admitted');
    let paused = false;
    const pausing = move(control, id, 'pause').then(() => {
      paused = true;
    });
    await new Promise((done) => setTimeout(done, 300));
    expect(paused).toBe(false);
    await client.query('commit');
    client.release();
    await pausing;
    expect(await countExecutions(control, id)).toBe(1);
  });

  it('lets executions in flight end, and adds the time until resume to the time paused', async () => {
    const id = await seedExperiment(control);
    await begin(data, id, 'u');
    await move(control, id, 'pause');
    expect(await record(data, id, 'u')).toMatchObject({ outcome: 'success' });
    await control.query(
      `update victor_data.experiments set paused_at = paused_at - interval '7 s' where experiment_id = $1`,
      [id],
    );
    await move(control, id, 'resume');
    await move(control, id, 'pause');
    await control.query(
      `update victor_data.experiments set paused_at = paused_at - interval '5 s' where experiment_id = $1`,
      [id],
    );
    await move(control, id, 'stop');
    const [seconds] = await numbers(
      control,
      'select paused_seconds as n from victor_data.experiments where experiment_id = $1',
      [id],
    );
    expect(seconds).toBeGreaterThan(12);
    expect(seconds).toBeLessThan(30);
  });
});
