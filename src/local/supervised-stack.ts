import { join } from 'node:path';
import { rm } from 'node:fs/promises';
import { unavailable } from '../errors.ts';
import { keepRunning } from './kept-process.ts';
import type { KeptCommand, KeptProcess } from './kept-process.ts';
import { outsideHome } from './postgres-home.ts';
import { startPostgres } from './postgres-service.ts';
import { ownIdentity } from './process-identity.ts';
import { lastLines, runCommand } from './run-command.ts';
import type { ServiceContext } from './service-context.ts';
import { readState, writeState } from './stack-state.ts';
import type { StackState } from './stack-state.ts';
import type { ManagedProcess, StackAddresses } from './stack-types.ts';
import type { SupervisorConfig } from './supervisor-config.ts';
import { startTemporal } from './temporal-service.ts';

/** A worker gets this long to finish what it is doing. */
const WORKER_GRACE_MS = 6000;

/** The servers and processes of one stack, from the first start to the last end. */
export class SupervisedStack {
  readonly #stateDir: string;
  readonly #config: SupervisorConfig;
  readonly #env: NodeJS.ProcessEnv;
  readonly #say: (message: string) => void;
  readonly #onLost: (reason: string) => void;
  readonly #ending = new AbortController();
  readonly #kept = new Set<KeptProcess>();
  #state: StackState;
  #cleanUp: () => Promise<void> = async () => undefined;

  constructor(
    stateDir: string,
    config: SupervisorConfig,
    env: NodeJS.ProcessEnv,
    hooks: { readonly say: (message: string) => void; readonly onLost: (reason: string) => void },
  ) {
    this.#stateDir = stateDir;
    this.#config = config;
    this.#env = env;
    this.#say = hooks.say;
    this.#onLost = hooks.onLost;
    this.#state = {
      phase: 'starting',
      ephemeral: config.ephemeral,
      supervisor: ownIdentity(),
      processes: [],
      ports: readState(stateDir)?.ports ?? {},
      addresses: null,
    };
    this.#record({});
  }

  async start(): Promise<StackAddresses> {
    const context: ServiceContext = {
      config: this.#config,
      stateDir: this.#stateDir,
      env: this.#env,
      say: this.#say,
      previousPorts: this.#state.ports,
      keep: (command) => this.#keep(command),
      forget: async (kept) => {
        await kept.stop();
        this.#kept.delete(kept);
      },
      ending: this.#ending.signal,
    };
    const startingPostgres = startPostgres(context).then((service) => {
      this.#cleanUp = service.cleanUp;
      return service;
    });
    const [temporal, postgres] = await Promise.all([startTemporal(context), startingPostgres]);
    const addresses: StackAddresses = {
      databaseUrl: postgres.databaseUrl,
      temporalAddress: temporal.target.address,
      temporalNamespace: temporal.target.namespace,
      webUiUrl: temporal.webUiUrl,
      stateDir: this.#stateDir,
    };
    this.#record({ addresses, ports: { ...temporal.ports, ...postgres.ports } });
    const env = {
      ...this.#env,
      DATABASE_URL: addresses.databaseUrl,
      TEMPORAL_ADDRESS: addresses.temporalAddress,
      TEMPORAL_NAMESPACE: addresses.temporalNamespace,
    };
    await this.#prepare(env);
    for (const managed of this.#config.processes) this.#keepManaged(managed, env);
    this.#record({ phase: 'running' });
    return addresses;
  }

  /** In the reverse order of the start; a throw-away stack takes its directory with it. */
  async end(): Promise<void> {
    this.#ending.abort();
    const all = [...this.#kept];
    const servers = ['temporal', 'postgres'];
    await Promise.all(all.filter(({ name }) => !servers.includes(name)).map((kept) => kept.stop()));
    for (const name of servers) {
      await Promise.all(all.filter((kept) => kept.name === name).map((kept) => kept.stop()));
    }
    await this.#cleanUp().catch((error: Error) => this.#say(`clean-up: ${error.message}`));
    if (!this.#config.ephemeral) return this.#record({ phase: 'stopped' });
    for (const folder of [outsideHome(this.#stateDir), this.#stateDir]) {
      if (folder !== null) await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    }
  }

  async #prepare(env: NodeJS.ProcessEnv): Promise<void> {
    if (this.#config.prepare === null) return;
    const { code, output } = await runCommand(this.#config.prepare, { env, signal: this.#ending.signal });
    if (code !== 0) throw unavailable(`the preparation failed: ${lastLines(output, 10)}`);
  }

  #keepManaged(managed: ManagedProcess, env: NodeJS.ProcessEnv): void {
    this.#keep({
      name: managed.name,
      argv: managed.argv,
      env: { ...env, ...managed.env },
      logFile: join(this.#stateDir, `${managed.name}.log`),
      stop: { signal: 'SIGTERM', graceMs: WORKER_GRACE_MS },
      restart: true,
    });
  }

  #keep(command: KeptCommand): KeptProcess {
    if (this.#ending.signal.aborted) throw unavailable('the stack is ending');
    const kept = keepRunning(
      command,
      () => this.#record({}),
      (how) => {
        this.#say(`${command.name} ended (${how})${command.restart ? '; it is started again' : ''}`);
        // until its address is known, a failed start is tried again on other ports
        if (!command.restart && this.#state.addresses !== null) {
          this.#onLost(`${command.name} ended (${how}) and its state was in memory; start the stack again`);
        }
      },
    );
    this.#kept.add(kept);
    this.#record({});
    return kept;
  }

  #record(change: Partial<StackState>): void {
    const processes = [...this.#kept].flatMap((kept) => {
      const identity = kept.identity();
      return identity === null ? [] : [{ name: kept.name, ...identity }];
    });
    this.#state = { ...this.#state, ...change, processes };
    try {
      writeState(this.#stateDir, this.#state);
    } catch (error) {
      this.#say(`stack.json cannot be written: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
