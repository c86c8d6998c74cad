import type pg from 'pg';
import { typeParsers } from './pool.ts';

type Query = (this: unknown, config: unknown, ...rest: unknown[]) => unknown;

/**
 * A pool that belongs to the caller: never ended by us. Its settings stay as they are, only the rows of our own
 * statements are read as ours are (an int8 is a number).
 */
export function borrowPool(pool: pg.Pool): pg.Pool {
  return new Proxy(pool, {
    get: (target, key) => {
      if (key === 'query') return withOurTypes(target);
      if (key === 'connect') return async () => borrowClient(await target.connect());
      if (key === 'end') return async () => undefined;
      return bound(target, key);
    },
  });
}

const borrowClient = (client: pg.PoolClient): pg.PoolClient =>
  new Proxy(client, { get: (target, key) => (key === 'query' ? withOurTypes(target) : bound(target, key)) });

function bound(target: object, key: string | symbol): unknown {
  const value: unknown = Reflect.get(target, key, target);
  return typeof value === 'function' ? (value.bind(target) as unknown) : value;
}

function withOurTypes(target: pg.Pool | pg.PoolClient): Query {
  const query = target.query as unknown as Query;
  return (config, ...rest) => {
    if (typeof config !== 'string') {
      const submits = typeof config === 'object' && config !== null && 'submit' in config;
      return query.call(target, submits ? config : { types: typeParsers, ...(config as object) }, ...rest);
    }
    const [values, ...others] = rest;
    return Array.isArray(values)
      ? query.call(target, { text: config, values, types: typeParsers }, ...others)
      : query.call(target, { text: config, types: typeParsers }, ...rest);
  };
}
