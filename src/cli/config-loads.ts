import { invalidInput } from '../errors.ts';
import { findStack } from '../local/find-stack.ts';
import { probeConfig } from '../temporal/probe-config.ts';
import type { ProbeAnswer } from '../temporal/probe-config.ts';
import type { CliContext } from './context.ts';

/** Before a worker is given the file: a worker that runs is worth more than one that cannot start. Throws InvalidInput. */
export async function assertConfigLoads(context: CliContext): Promise<void> {
  if (context.configPath === null) return;
  const answer = await probeAsWorker(context, context.configPath);
  if (answer.kind === 'refused') throw invalidInput(answer.message);
}

/** With the servers in its environment, where the stack of the state directory runs. */
export async function probeAsWorker(context: CliContext, configPath: string): Promise<ProbeAnswer> {
  const stack = await findStack(context.stateDir);
  const servers =
    stack === null
      ? {}
      : {
          DATABASE_URL: stack.databaseUrl,
          TEMPORAL_ADDRESS: stack.temporalAddress,
          TEMPORAL_NAMESPACE: stack.temporalNamespace,
        };
  return probeConfig(configPath, { ...context.env, ...servers }, context.signal);
}
