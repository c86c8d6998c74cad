import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ensureTemporalBinary } from '../../src/local/temporal-binary.ts';
import type { TestPlanes } from '../support/workers.ts';

const run = promisify(execFile);

/** Temporal's own command line program: a client that knows nothing of us. Its JSON answer, or its text. */
export async function temporal(planes: TestPlanes, ...args: readonly string[]): Promise<unknown> {
  const binary = await ensureTemporalBinary(process.env, console.error);
  const { temporalAddress, temporalNamespace } = planes.addresses;
  const { stdout } = await run(
    binary,
    [...args, '--address', temporalAddress, '--namespace', temporalNamespace, '--output', 'json'],
    { timeout: 30_000 },
  );
  try {
    return JSON.parse(stdout) as unknown;
  } catch {
    return stdout;
  }
}
