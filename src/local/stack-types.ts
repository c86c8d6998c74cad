export interface StackAddresses {
  readonly databaseUrl: string;
  readonly temporalAddress: string;
  readonly temporalNamespace: string;
  readonly webUiUrl: string | null;
  readonly stateDir: string;
}

/** A process that the supervisor keeps running once both servers are up. */
export interface ManagedProcess {
  readonly name: string;
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export type DynamicConfig = Readonly<Record<string, string | number | boolean>>;

export interface StackOptions {
  /** For an ephemeral stack: a directory of its own (empty or absent), removed at the end. */
  readonly stateDir: string;
  readonly ephemeral: boolean;
  readonly env: NodeJS.ProcessEnv;
  readonly say: (message: string) => void;
  readonly processes: readonly ManagedProcess[];
  /** Run once, after the servers and before the processes. */
  readonly prepare?: readonly string[];
  readonly dynamicConfig?: DynamicConfig;
  /** Gives an ephemeral stack a Temporal that survives its own death. */
  readonly temporalDbFile?: string;
}

export interface NamedPid {
  readonly name: string;
  readonly pid: number;
}

export interface StackHandle {
  readonly addresses: StackAddresses;
  /** As the supervisor last recorded them: a process that is being restarted is missing for a moment. */
  readonly pids: () => readonly NamedPid[];
  readonly stop: () => Promise<void>;
  /** Throw-away stacks: when the supervisor has ended; with the reason when nobody asked it to. Keeps no owner alive. */
  readonly ended: Promise<string | null>;
}
