import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, normalize } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { SEARCH_ATTRIBUTES } from '../../src/local/temporal-args.ts';
import { packageRoot, packageVersion } from '../../src/package-root.ts';
import { MAIN } from '../support/workers.ts';

/** What can be known of docker-compose.yml without an engine. `scripts/native-topology.js` runs what it says. */
interface Service {
  readonly image: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly restart?: string;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}

const BAD_INPUT = 2;
const UNAVAILABLE = 5;
const root = packageRoot();
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const text = read('docker-compose.yml');
const compose = parse(text, { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
};
const services = Object.entries(compose.services);
const ours = services.filter(([, { image }]) => image.startsWith('victor-experiments:'));

describe('docker-compose.yml', () => {
  it('follows the compose specification', () => {
    const ajv = new Ajv2020({ strict: false, formats: fullFormats });
    const validate = ajv.compile(JSON.parse(read('test/fixtures/compose-spec.json')) as object);
    expect(validate({ ...compose, services: { x: { imagee: 'postgres' } } })).toBe(false);
    validate(compose);
    expect(validate.errors).toBeNull();
  });

  it('pins every image', () => {
    for (const [name, { image }] of services) {
      expect(image, name).toMatch(/^(postgres:\d+\.\d+|[a-z/-]+:\d+\.\d+\.\d+)$/);
    }
    for (const [name, { image }] of ours) expect(image, name).toBe(`victor-experiments:${packageVersion()}`);
    // the server and the tools that make its schema
    const temporal = services.filter(([, { image }]) => /^temporalio\/(server|admin-tools):/.test(image));
    expect(temporal.length).toBeGreaterThan(2);
    expect(new Set(temporal.map(([, { image }]) => image.split(':')[1])).size).toBe(1);
    for (const [line] of read('Dockerfile').matchAll(/^FROM .+$/gm)) {
      expect(line).toMatch(/^FROM node:20\.\d+\.\d+-[a-z-]+( AS build)?$/);
    }
  });

  it('opens ports on the loopback interface alone', () => {
    const ports = services.flatMap(([, service]) => service.ports ?? []);
    expect(ports.length).toBeGreaterThan(2);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  });

  it('knows the health of what stays, and waits for the end of what ends', () => {
    for (const [name, service] of services) {
      const stays = service.restart === 'unless-stopped';
      expect(service.healthcheck !== undefined, name).toBe(stays);
      for (const [needed, { condition }] of Object.entries(service.depends_on ?? {})) {
        const lasting = compose.services[needed]?.restart === 'unless-stopped';
        expect(condition, `${name} needs ${needed}`).toBe(
          lasting ? 'service_healthy' : 'service_completed_successfully',
        );
      }
    }
  });

  it('keeps data in named volumes, and mounts files that exist', () => {
    const used = services.flatMap(([, service]) => service.volumes ?? []);
    const named = used.filter((volume) => !/^[.$]/.test(volume)).map((volume) => volume.split(':')[0] ?? '');
    expect([...new Set(named)].sort()).toEqual(Object.keys(compose.volumes).sort());
    for (const volume of used.filter((one) => one.startsWith('./'))) {
      expect(existsSync(join(root, volume.split(':')[0]!)), volume).toBe(true);
      expect(volume).toMatch(/:ro$/);
    }
    for (const [path] of text.matchAll(/(?<=[\s"[])\/deploy\/[\w.-]+/g)) {
      expect(existsSync(join(root, path)), path).toBe(true);
    }
  });

  it('holds no secret: each is required from the environment and named in .env.example', () => {
    const secrets = services.flatMap(([, { environment }]) =>
      Object.entries(environment).filter(([name]) => /PASSWORD|PWD|SECRET|KEY$/.test(name)),
    );
    expect(secrets.length).toBeGreaterThan(6);
    for (const [name, value] of secrets) expect(value, name).toMatch(/^\$\{[A-Z_]+:\?.+\}$/);
    for (const [name, { environment }] of services) {
      const url = environment['DATABASE_URL'];
      if (url !== undefined) expect(new URL(url).password, name).toBe('');
    }
    const asked = [...text.matchAll(/\$\{(\w+)/g)].map((match) => match[1] ?? '');
    const offered = [...read('.env.example').matchAll(/^#?([A-Z_]+)=/gm)].map((match) => match[1] ?? '');
    expect([...new Set(offered)].sort()).toEqual([...new Set(asked)].sort());
    expect(read('.env.example')).not.toMatch(/PASSWORD=\S/);
  });

  it('gives our services only settings that are read', () => {
    const known = /^(DATABASE_URL|PGPASSWORD|TEMPORAL_ADDRESS|TEMPORAL_NAMESPACE|VICTOR_\w+)$/;
    for (const [service, { environment }] of ours) {
      for (const name of Object.keys(environment)) {
        expect(name, service).toMatch(known);
        if (!name.startsWith('VICTOR_')) continue;
        const { stdout } = spawnSync('grep', ['-rl', `'${name}'`, join(root, 'src')], { encoding: 'utf8' });
        expect(stdout, `${service} gets ${name}`).not.toBe('');
      }
    }
  });

  it('runs commands that exist', { timeout: 120_000 }, async () => {
    expect(ours.length).toBeGreaterThan(3);
    const checks = ours.flatMap(([, { healthcheck }]) =>
      healthcheck === undefined ? [] : [healthcheck.test.slice(3)],
    );
    const commands = [...ours.map(([, { command }]) => command), ...checks].map((words) =>
      words.join(' ').replace('/app/experiments/mine', join(root, 'examples', 'readme-analysis')),
    );
    // nobody is there: a command that is understood finds that out, another one is bad input
    const folder = mkdtempSync(join(tmpdir(), 'victor-compose-'));
    const { DATABASE_URL: _, TEMPORAL_ADDRESS: __, ...env } = process.env;
    const exit = async (words: string): Promise<number | null> => {
      const child = spawn(process.execPath, [MAIN, ...words.split(' ')], {
        cwd: folder,
        env,
        stdio: 'ignore',
      });
      const [code] = (await once(child, 'exit')) as [number | null];
      return code;
    };
    const unique = [...new Set(commands)];
    const codes = await Promise.all(unique.map(exit));
    expect(Object.fromEntries(unique.map((words, index) => [words.split(' ')[0], codes[index]]))).toEqual({
      '--help': 0,
      doctor: 1,
      migrate: UNAVAILABLE,
      worker: UNAVAILABLE,
    });
    expect(codes.filter((code) => code === UNAVAILABLE)).toHaveLength(3);
    expect(await exit('worker --contrl')).toBe(BAD_INPUT);
    rmSync(folder, { recursive: true });
  });

  it('registers the search attributes that experiments need', () => {
    const script = read('deploy/temporal-namespace.sh');
    const registered = [...script.matchAll(/--name (\w+) --type (\w+)/g)].map(([, name, type]) => [
      name,
      type,
    ]);
    expect(Object.fromEntries(registered)).toEqual(SEARCH_ATTRIBUTES);
  });
});

describe('the image', () => {
  const dockerfile = read('Dockerfile');

  it('runs the command line as a user without rights', () => {
    const [entry] = dockerfile.match(/(?<=ENTRYPOINT )\[.*\]/) ?? [];
    const [, program] = JSON.parse(entry ?? '[]') as string[];
    expect(join(root, program!.replace(/^\/app\//, ''))).toBe(MAIN);
    expect(dockerfile.indexOf('USER node')).toBeGreaterThan(dockerfile.lastIndexOf('FROM'));
    expect(dockerfile.slice(dockerfile.lastIndexOf('FROM'))).toContain('npm ci --omit=dev');
  });

  it('gets every file it copies, and everything the built program imports', () => {
    const ignored = read('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    const last = dockerfile.slice(dockerfile.lastIndexOf('FROM'));
    const copied = [...last.matchAll(/^COPY (?:--from=build )?(.+) \S+$/gm)].flatMap((match) =>
      match[1]!.split(' ').map((path) => path.replace(/^\/app\//, '')),
    );
    for (const path of copied) {
      expect(existsSync(join(root, path)), path).toBe(true);
      if (!path.startsWith('dist')) expect(ignored, path).not.toContain(path);
    }
    const built = copied.filter((path) => path.startsWith('dist/'));
    const seen = new Set<string>();
    const visit = (file: string): void => {
      if (seen.has(file)) return;
      seen.add(file);
      expect(
        built.some((path) => file === path || file.startsWith(`${path}/`)),
        file,
      ).toBe(true);
      for (const [, target] of read(file).matchAll(/(?:from|import\()\s*'(\.[^']+\.js)'/g)) {
        visit(normalize(join(file, '..', target!)));
      }
    };
    visit('dist/src/cli/main.js');
    // and what the user's files import
    const { exports } = JSON.parse(read('package.json')) as { readonly exports: Record<string, unknown> };
    for (const [file] of JSON.stringify(exports).matchAll(/dist\/[\w/-]+\.js(?=")/g)) visit(file);
    expect(seen.size).toBeGreaterThan(100);
  });
});
