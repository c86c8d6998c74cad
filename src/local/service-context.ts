import type { KeptCommand, KeptProcess } from './kept-process.ts';
import type { StackPorts } from './stack-state.ts';
import type { SupervisorConfig } from './supervisor-config.ts';

/** What the two servers need from the supervisor. */
export interface ServiceContext {
  readonly config: SupervisorConfig;
  readonly stateDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly say: (message: string) => void;
  /** The ports of the previous start in this directory. */
  readonly previousPorts: StackPorts;
  readonly keep: (command: KeptCommand) => KeptProcess;
  readonly forget: (kept: KeptProcess) => Promise<void>;
  /** Aborted when the stack is to end. */
  readonly ending: AbortSignal;
}

/** Ports that were free a moment ago may be taken now. */
export const START_ATTEMPTS = 3;
