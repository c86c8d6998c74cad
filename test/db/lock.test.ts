import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withExclusiveLock } from '../../src/db/lock.ts';
import { readWatermark } from '../../src/db/looks.ts';
import { createPool } from '../../src/db/pool.ts';
import { cloneDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { begin, numbers, record, seedExperiment } from '../support/rows.ts';

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

describe('the lock of an experiment', () => {
  let database: TestDatabase;
  let control: pg.Pool;
  let data: pg.Pool;

  beforeAll(async () => {
    database = await cloneDatabase();
    control = createPool(database.url, { plane: 'control', max: 4 });
    data = createPool(database.url, { plane: 'data', max: 8 });
  });
  afterAll(async () => {
    await Promise.all([control.end(), data.end()]);
    await database.drop();
  });

  /** A begin whose transaction stays open until `commit`. */
  async function openBegin(id: string, unit: string) {
    const client = await control.connect();
    await client.query('begin');
    await begin(client, id, unit);
    const [seq] = await numbers(
      client,
      `select seq as n from victor_data.executions where experiment_id = $1 and execution_id = $2`,
      [id, unit],
    );
    return {
      seq: seq ?? NaN,
      commit: async () => {
        await client.query('commit');
        client.release();
      },
    };
  }

  it('makes a watermark wait for a begin in flight, whose row is then below it', async () => {
    const id = await seedExperiment(control);
    const open = await openBegin(id, 'slow');
    let watermark = -1;
    const reading = withExclusiveLock(control, id, readWatermark).then((found) => {
      watermark = found;
    });
    await pause(500);
    expect(watermark).toBe(-1);
    await open.commit();
    await reading;
    expect(watermark).toBeGreaterThanOrEqual(open.seq);
  });

  it('makes a watermark wait for a record in flight', async () => {
    const id = await seedExperiment(control);
    await begin(data, id, 'u');
    const client = await control.connect();
    await client.query('begin');
    await record(client, id, 'u');
    let done = false;
    const reading = withExclusiveLock(control, id, readWatermark).then(() => {
      done = true;
    });
    await pause(300);
    expect(done).toBe(false);
    await client.query('commit');
    client.release();
    await reading;
  });

  it('gives numbers below which no row ever appears later, under traffic', async () => {
    const id = await seedExperiment(control);
    const upTo = (watermark: number): Promise<number[]> =>
      numbers(
        control,
        ['executions', 'units', 'outcomes', 'metric_values']
          .map(
            (table) =>
              `select count(*) as n from victor_data.${table} where experiment_id = $1 and seq <= ${watermark}`,
          )
          .join(' union all '),
        [id],
      );
    let over = false;
    const lane = async (lane: number): Promise<void> => {
      for (let index = 0; !over; index += 1) {
        const unit = `u${lane}-${index}`;
        await begin(data, id, unit);
        await record(data, id, unit);
      }
    };
    const traffic = Promise.all(Array.from({ length: 8 }, (_, index) => lane(index)));
    const seen: { readonly watermark: number; readonly counts: readonly number[] }[] = [];
    for (let reading = 0; reading < 25; reading += 1) {
      const watermark = await withExclusiveLock(control, id, readWatermark);
      seen.push({ watermark, counts: await upTo(watermark) });
      await pause(5);
    }
    over = true;
    await traffic;
    expect(new Set(seen.map(({ watermark }) => watermark)).size).toBeGreaterThan(10);
    for (const { watermark, counts } of seen) expect(await upTo(watermark)).toEqual(counts);
  });

  it('lets begins pass while an exclusive request waits for a slow holder', async () => {
    const id = await seedExperiment(control);
    const open = await openBegin(id, 'slow');
    const reading = withExclusiveLock(control, id, readWatermark);
    await pause(50);
    // a session of the data plane waits 1.5 s at most
    for (let index = 0; index < 10; index += 1) {
      expect((await begin(data, id, `u${index}`)).kind).toBe('admitted');
    }
    await open.commit();
    expect(await reading).toBeGreaterThan(open.seq);
  });

  it('holds up no other experiment', async () => {
    const [one, other] = [await seedExperiment(control), await seedExperiment(control)];
    await withExclusiveLock(control, one, async () => {
      expect((await begin(data, other, 'u')).kind).toBe('admitted');
      await withExclusiveLock(control, other, readWatermark);
    });
  });

  it('keeps a begin waiting for as long as it is held, which then sees what was committed', async () => {
    const id = await seedExperiment(control);
    let begun: Promise<unknown> = Promise.resolve();
    await withExclusiveLock(control, id, async (client) => {
      begun = begin(data, id, 'u');
      const first = await Promise.race([begun, pause(200).then(() => 'waiting')]);
      expect(first).toBe('waiting');
      await client.query(
        `update victor_data.experiments set status = 'paused' where experiment_id = '${id}'`,
      );
    });
    expect(await begun).toEqual({ kind: 'not_running', status: 'paused' });
  });
});
