import type { DynamicConfig } from './stack-types.ts';

export const SEARCH_ATTRIBUTES = {
  ExperimentId: 'Keyword',
  VariantId: 'Keyword',
  ExperimentStatus: 'Keyword',
  ExperimentLook: 'Int',
} as const;

/** One machine, one user: no limits meant for shared servers, and one partition keeps queues in order. */
const DYNAMIC_CONFIG: DynamicConfig = {
  'system.enableActivityEagerExecution': true,
  'frontend.namespaceRPS': 20000,
  'frontend.rps': 20000,
  'matching.numTaskqueueReadPartitions': 1,
  'matching.numTaskqueueWritePartitions': 1,
};

interface TemporalServerOptions {
  readonly port: number;
  readonly uiPort: number;
  readonly httpPort: number;
  readonly metricsPort: number;
  /** Null: in memory. */
  readonly dbFile: string | null;
  readonly dynamicConfig: DynamicConfig;
}

export function temporalArgs(options: TemporalServerOptions): readonly string[] {
  const storage =
    options.dbFile === null
      ? []
      : [
          ['--db-filename', options.dbFile],
          ['--sqlite-pragma', 'journal_mode=WAL'],
          // survives a killed process; only a power cut can lose the last moments
          ['--sqlite-pragma', 'synchronous=OFF'],
        ].flat();
  const settings = Object.entries({ ...DYNAMIC_CONFIG, ...options.dynamicConfig });
  const ports = {
    '--port': options.port,
    '--ui-port': options.uiPort,
    '--http-port': options.httpPort,
    '--metrics-port': options.metricsPort,
  };
  return ['server', 'start-dev', '--ip', '127.0.0.1', '--log-level', 'error'].concat(
    Object.entries(ports).flatMap(([flag, port]) => [flag, String(port)]),
    storage,
    Object.entries(SEARCH_ATTRIBUTES).flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`]),
    settings.flatMap(([key, value]) => ['--dynamic-config-value', `${key}=${JSON.stringify(value)}`]),
  );
}
