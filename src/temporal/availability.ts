import type pg from 'pg';

export interface Availability {
  readonly since: () => number;
  readonly stop: () => void;
}

const PING_MS = 5000;

/** Since when this process has run and reached Postgres without a gap. A frozen process is a gap, too. */
export function watchAvailability(pool: pg.Pool): Availability {
  let since = Date.now();
  let last = Date.now();
  const timer = setInterval(() => {
    const asked = Date.now();
    if (asked - last > 3 * PING_MS) since = asked;
    pool.query('select 1').then(
      () => {
        last = Date.now();
      },
      () => {
        since = Date.now();
        last = since;
      },
    );
  }, PING_MS);
  timer.unref();
  return {
    since: () => (Date.now() - last > 3 * PING_MS ? Date.now() : since),
    stop: () => clearInterval(timer),
  };
}
