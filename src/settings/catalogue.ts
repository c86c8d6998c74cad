/** What may be set, by whichever way. One entry per setting: its name in the file and in the environment, and its rule. */
export interface SettingRule {
  /** In `settings` of `victor.config`. */
  readonly key: string;
  /** In the environment. */
  readonly env: string;
  readonly description: string;
  /** Null: without a value there is none, and something else decides (the local stack, the user's Temporal profile). */
  readonly byDefault: string | null;
  /** Null: fine. Else what it must be: it completes the sentence "X is 3, must be ...". */
  readonly refuse: (value: string) => string | null;
  /** Hides what must not be shown. */
  readonly mask?: (value: string) => string;
}

const anything = (): null => null;

const matching =
  (pattern: RegExp, what: string) =>
  (value: string): string | null =>
    pattern.test(value) ? null : what;

const fraction = (value: string): string | null =>
  Number(value) > 0 && Number(value) < 1 ? null : 'a fraction between 0 and 1, such as 0.05';

const wholeNumber = (value: string): string | null =>
  /^\d{1,9}$/.test(value) && Number(value) > 0 ? null : 'a whole number of at least 1';

/** The password of a URL, whatever else is wrong with it. */
export const maskPassword = (url: string): string =>
  url
    .replace(/^([^:/?#]+:\/\/[^:/?#@]*:)[^@]*@/, '$1***@')
    .replace(/([?&](?:password|sslpassword)=)[^&]*/gi, '$1***');

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

export const SETTINGS = [
  {
    key: 'databaseUrl',
    env: 'DATABASE_URL',
    description: 'the Postgres of experiments',
    byDefault: null,
    refuse: matching(/^postgres(ql)?:\/\//, 'a URL such as postgres://user:password@host:5432/database'),
    mask: maskPassword,
  },
  {
    key: 'temporalAddress',
    env: 'TEMPORAL_ADDRESS',
    description: 'the Temporal server, host:port',
    byDefault: null,
    refuse: anything,
  },
  {
    key: 'temporalNamespace',
    env: 'TEMPORAL_NAMESPACE',
    description: 'the Temporal namespace',
    byDefault: 'default',
    refuse: anything,
  },
  {
    key: 'temporalApiKey',
    env: 'TEMPORAL_API_KEY',
    description: 'the API key of Temporal Cloud',
    byDefault: null,
    refuse: anything,
    mask: () => '***',
  },
  {
    key: 'taskQueuePrefix',
    env: 'VICTOR_TASK_QUEUE_PREFIX',
    description: 'the task queues are <prefix>-control and <prefix>-executions',
    byDefault: 'victor',
    refuse: matching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'letters, digits and . _ -, at most 63'),
  },
  {
    key: 'storageBackend',
    env: 'VICTOR_EXPERIMENTS_STORAGE_BACKEND',
    description: 'where experiments are stored',
    byDefault: 'postgres',
    refuse: matching(
      /^postgres$/,
      'postgres: what is recorded exactly once, and analysed in the database, needs it; `victor up` brings its own',
    ),
  },
  {
    key: 'storagePath',
    env: 'VICTOR_EXPERIMENTS_STORAGE_PATH',
    description: 'folder of the data of the Postgres that `victor up` starts',
    byDefault: null,
    refuse: matching(/^[^\0]+$/, 'a path'),
  },
  {
    key: 'defaultAllocationStrategy',
    env: 'VICTOR_EXPERIMENTS_DEFAULT_ALLOCATION_STRATEGY',
    description: 'allocation.strategy of an experiment file that names none',
    byDefault: 'sticky',
    refuse: matching(/^sticky$/, 'sticky; other strategies are not supported yet'),
  },
  {
    key: 'metricsBufferSize',
    env: 'VICTOR_EXPERIMENTS_METRICS_BUFFER_SIZE',
    description: 'meter calls of a running handler after which they are safe from the death of the worker',
    byDefault: '100',
    refuse: wholeNumber,
  },
  {
    key: 'metricsFlushInterval',
    env: 'VICTOR_EXPERIMENTS_METRICS_FLUSH_INTERVAL',
    description: 'seconds after which the meters of a running handler are safe from the death of the worker',
    byDefault: '60',
    refuse: wholeNumber,
  },
  {
    key: 'defaultSignificanceLevel',
    env: 'VICTOR_EXPERIMENTS_DEFAULT_SIGNIFICANCE_LEVEL',
    description: 'significance_level of an experiment file that gives none',
    byDefault: '0.05',
    refuse: fraction,
  },
  {
    key: 'defaultStatisticalPower',
    env: 'VICTOR_EXPERIMENTS_DEFAULT_STATISTICAL_POWER',
    description: 'statistical_power of an experiment file that gives none',
    byDefault: '0.8',
    refuse: fraction,
  },
  {
    key: 'logLevel',
    env: 'VICTOR_LOG_LEVEL',
    description: 'what workers log',
    byDefault: 'warn',
    refuse: (value) => (LEVELS.includes(value) ? null : `one of ${LEVELS.join(', ')}`),
  },
] as const satisfies readonly SettingRule[];

export type SettingKey = (typeof SETTINGS)[number]['key'];
