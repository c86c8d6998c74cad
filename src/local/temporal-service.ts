import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { unavailable } from '../errors.ts';
import { accepts, choosePort } from './ports.ts';
import { START_ATTEMPTS } from './service-context.ts';
import type { ServiceContext } from './service-context.ts';
import type { StackPorts } from './stack-state.ts';
import { configuredTemporal } from './temporal-address.ts';
import type { TemporalTarget } from './temporal-address.ts';
import { temporalArgs } from './temporal-args.ts';
import { discardUnfinished, markComplete } from './temporal-db.ts';
import { ensureSearchAttributes, waitForTemporal } from './temporal-health.ts';

const START_MS = 60_000;
const EXTERNAL_MS = 10_000;

export interface TemporalService {
  readonly target: TemporalTarget;
  readonly webUiUrl: string | null;
  readonly ports: StackPorts;
}

async function useConfigured(context: ServiceContext): Promise<TemporalService> {
  const target = configuredTemporal(context.env);
  if (target === null) throw unavailable('TEMPORAL_ADDRESS is not set and there is no Temporal program');
  await waitForTemporal(context.env, target, EXTERNAL_MS);
  try {
    await ensureSearchAttributes(context.env, target);
  } catch (error) {
    // not every user may; `victor doctor` names the command
    context.say(`search attributes: ${error instanceof Error ? error.message : String(error)}`);
  }
  return { target, webUiUrl: null, ports: {} };
}

/** A throw-away stack keeps off the well-known ports: a lasting one may want them. */
async function choosePorts(
  context: ServiceContext,
): Promise<{ readonly port: number; readonly uiPort: number }> {
  const { previousPorts: previous, config } = context;
  if (config.ephemeral) return { port: await choosePort(), uiPort: await choosePort() };
  return { port: await choosePort(previous.temporal, 7233), uiPort: await choosePort(previous.webUi, 8233) };
}

/** A client that comes too early waits a second before it tries again: ask the port first. */
async function waitUntilHealthy(
  env: NodeJS.ProcessEnv,
  target: TemporalTarget,
  port: number,
  gone: () => boolean,
): Promise<void> {
  const deadline = Date.now() + START_MS;
  while (!gone() && Date.now() < deadline && !(await accepts(port))) await sleep(20);
  if (!gone()) await waitForTemporal(env, target, START_MS);
}

async function startOwn(context: ServiceContext, binary: string): Promise<TemporalService> {
  const { config, env, stateDir } = context;
  const logFile = join(stateDir, 'temporal.log');
  const lastingFile = config.ephemeral ? null : config.temporalDbFile;
  for (let attempt = 1; ; attempt += 1) {
    const ports = await choosePorts(context);
    const target = { address: `127.0.0.1:${ports.port}`, namespace: 'default' };
    const kept = context.keep({
      name: 'temporal',
      argv: [
        binary,
        ...temporalArgs({
          ...ports,
          httpPort: await choosePort(),
          metricsPort: await choosePort(),
          dbFile: config.temporalDbFile,
          dynamicConfig: config.dynamicConfig,
        }),
      ],
      env,
      logFile,
      // what a throw-away one holds is not missed
      stop: { signal: config.ephemeral ? 'SIGKILL' : 'SIGTERM', graceMs: 4000 },
      restart: config.temporalDbFile !== null,
      beforeStart: () => {
        if (lastingFile !== null) discardUnfinished(lastingFile);
      },
    });
    const healthy = waitUntilHealthy(env, target, ports.port, () => kept.identity() === null).then(
      () => null,
    );
    const ended = await Promise.race([kept.firstEnd, healthy]);
    // an answer while our own process is gone came from somebody else's server on that port
    if (ended === null && kept.identity() !== null) {
      if (lastingFile !== null) markComplete(lastingFile);
      const webUiUrl = `http://127.0.0.1:${ports.uiPort}`;
      return { target, webUiUrl, ports: { temporal: ports.port, webUi: ports.uiPort } };
    }
    await context.forget(kept);
    if (attempt === START_ATTEMPTS || context.ending.aborted) {
      throw unavailable(`Temporal does not start (${ended ?? 'it ended'}); see ${logFile}`);
    }
  }
}

export async function startTemporal(context: ServiceContext): Promise<TemporalService> {
  const binary = context.config.temporalBinary;
  return binary === null ? useConfigured(context) : startOwn(context, binary);
}
