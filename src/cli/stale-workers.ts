import { describeStale, staleWorkers } from '../operations/stale-workers.ts';
import type { Victor } from '../operations/victor.ts';
import { configHash } from '../settings/config-hash.ts';
import type { CliContext } from './context.ts';
import { say } from './output.ts';

/** Handlers of an older file would run under the name of the new one. Without a config file here nothing can be compared. */
export async function warnOfStaleWorkers(context: CliContext, victor: Victor): Promise<void> {
  const { configPath } = context;
  if (configPath === null || context.quiet) return;
  const stale = await staleWorkers(victor.pool, victor.taskQueuePrefix, configHash(configPath));
  if (stale.length > 0) say(context, `warning: ${describeStale(stale, configPath)}`);
}
