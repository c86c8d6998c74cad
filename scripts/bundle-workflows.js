/** Bundles the compiled workflows once per build, so that workers start without webpack. */
import { mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const target = join(dist, 'workflow-bundle.js');
const stamp = join(dist, 'workflow-bundle.sha256');

async function filesOf(folder) {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.js'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

const sources = [
  ...(await filesOf(join(dist, 'workflows'))),
  ...(await filesOf(join(dist, 'src', 'model'))),
  join(dist, 'src', 'temporal', 'payload-converter.js'),
  fileURLToPath(new URL('../package-lock.json', import.meta.url)),
];
const hash = createHash('sha256');
for (const file of sources) hash.update(await readFile(file));
const digest = hash.digest('hex');

const current = await readFile(stamp, 'utf8').catch(() => '');
const built = await stat(target).catch(() => null);
if (built === null || current !== digest) {
  const quiet = { trace() {}, debug() {}, info() {}, warn: console.error, error: console.error, log() {} };
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(dist, 'workflows', 'index.js'),
    payloadConverterPath: join(dist, 'src', 'temporal', 'payload-converter.js'),
    logger: quiet,
  });
  await mkdir(dist, { recursive: true });
  await writeFile(target, code);
  await writeFile(stamp, digest);
}
