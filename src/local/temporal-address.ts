import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { ClientConnectConfig } from '@temporalio/envconfig';
import { invalidInput } from '../errors.ts';

function settings(env: NodeJS.ProcessEnv): ClientConnectConfig {
  const defined = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  try {
    return loadClientConnectConfig({ overrideEnvVars: Object.fromEntries(defined) });
  } catch (error) {
    throw invalidInput(
      `the Temporal settings cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      error,
    );
  }
}

export interface TemporalTarget {
  readonly address: string;
  readonly namespace: string;
}

/** The server that the user's settings name; null when they name none. */
export function configuredTemporal(env: NodeJS.ProcessEnv): TemporalTarget | null {
  const { connectionOptions, namespace } = settings(env);
  const address = connectionOptions.address;
  return address === undefined || address === '' ? null : { address, namespace: namespace ?? 'default' };
}

/** The user's settings (TLS, keys) with the address of the stack. */
export function connectionOptionsFor(
  env: NodeJS.ProcessEnv,
  address: string,
): ClientConnectConfig['connectionOptions'] {
  return { ...settings(env).connectionOptions, address };
}
