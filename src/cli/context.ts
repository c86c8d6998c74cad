import { invalidInput, unavailable } from '../errors.ts';
import type { FlushRule } from '../../activities/meter.ts';
import type { ExperimentDefaults } from '../experiment-file/experiment-defaults.ts';
import { findStack } from '../local/find-stack.ts';
import type { StackAddresses } from '../local/stack-types.ts';
import { configuredTemporal } from '../local/temporal-address.ts';
import { openVictor } from '../operations/victor.ts';
import type { Victor } from '../operations/victor.ts';
import type { Settings } from '../settings/resolve.ts';

/** What every command gets from its options alone. */
export interface PlainContext {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly debug: boolean;
  readonly stateDir: string;
  readonly signal: AbortSignal;
}

/** And what the environment and the config file say. */
export interface CliContext extends PlainContext {
  /** The environment, with what the config file sets beside it. */
  readonly env: NodeJS.ProcessEnv;
  /** Null: there is none. */
  readonly configPath: string | null;
  readonly settings: Settings;
}

const PREFIX = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

export function taskQueuePrefix(env: NodeJS.ProcessEnv): string {
  const prefix = env['VICTOR_TASK_QUEUE_PREFIX'] ?? 'victor';
  if (!PREFIX.test(prefix)) {
    throw invalidInput(`VICTOR_TASK_QUEUE_PREFIX is "${prefix}", must match ${PREFIX.source}`);
  }
  return prefix;
}

/** The servers that the environment names; else those of the stack that runs in the state directory. */
export async function findAddresses(context: CliContext): Promise<StackAddresses> {
  const stack = await findStack(context.stateDir);
  const temporal = configuredTemporal(context.env);
  const databaseUrl = context.env['DATABASE_URL'] || stack?.databaseUrl;
  const temporalAddress = temporal?.address ?? stack?.temporalAddress;
  if (databaseUrl === undefined || temporalAddress === undefined) {
    const missing = [
      ...(databaseUrl === undefined ? ['DATABASE_URL'] : []),
      ...(temporalAddress === undefined ? ['TEMPORAL_ADDRESS'] : []),
    ];
    throw unavailable(
      `no stack runs in ${context.stateDir} and ${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} not set; run \`victor up\`, or name your servers`,
    );
  }
  return {
    databaseUrl,
    temporalAddress,
    temporalNamespace: temporal?.namespace ?? stack?.temporalNamespace ?? 'default',
    webUiUrl:
      temporal === null || temporal.address === stack?.temporalAddress ? (stack?.webUiUrl ?? null) : null,
    stateDir: context.stateDir,
  };
}

/** What an experiment file that does not say gets. */
export const experimentDefaults = (settings: Settings): ExperimentDefaults => ({
  significanceLevel: Number(settings.defaultSignificanceLevel.value),
  statisticalPower: Number(settings.defaultStatisticalPower.value),
});

/** When what handlers meter is safe from the death of the worker. */
export const meterFlush = (settings: Settings): FlushRule => ({
  everyCalls: Number(settings.metricsBufferSize.value),
  everyMs: Number(settings.metricsFlushInterval.value) * 1000,
});

export function victorAt(context: CliContext, addresses: StackAddresses): Victor {
  return openVictor({
    ...addresses,
    taskQueuePrefix: taskQueuePrefix(context.env),
    env: context.env,
    experimentDefaults: experimentDefaults(context.settings),
  });
}

/** Runs a command's work in a session, which is closed however it ends. */
export async function withVictor<T>(context: CliContext, work: (victor: Victor) => Promise<T>): Promise<T> {
  const victor = victorAt(context, await findAddresses(context));
  try {
    return await work(victor);
  } finally {
    await victor.close();
  }
}
