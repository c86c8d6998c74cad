import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { VictorError } from '../../src/errors.ts';
import { loadExperimentFile } from '../../src/experiment-file/load.ts';

/** A file text that is right, whose keys a test replaces or removes (null). */
export function experimentYaml(keys: Readonly<Record<string, string | null>> = {}): string {
  const base: Record<string, string | null> = {
    name: 'Greeting',
    variants: `
  - {variant_id: a, workflow_type: stategraph, is_control: true, workflow_config: {graph_definition: {nodes: [greet]}}}
  - {variant_id: b, workflow_type: stategraph, workflow_config: {graph_definition: {nodes: [greet]}}}`,
    primary_metric: '{metric_id: time, metric_type: execution_time}',
    stall_after: '1h',
    ...keys,
  };
  return Object.entries(base)
    .filter(([, value]) => value !== null)
    .map(([key, value]) => `${key}: ${value}\n`)
    .join('');
}

export function experimentConfig(keys: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const variant = (variant_id: string) => ({
    variant_id,
    workflow_type: 'stategraph',
    is_control: variant_id === 'a',
    workflow_config: { graph_definition: { nodes: ['greet'] } },
  });
  return {
    name: 'Greeting',
    variants: [variant('a'), variant('b')],
    primary_metric: { metric_id: 'time', metric_type: 'execution_time' },
    stall_after: '1h',
    ...keys,
  };
}

/** The lines of what was refused; `ok` when nothing was. */
export async function refusal(run: () => Promise<unknown>): Promise<readonly string[]> {
  try {
    await run();
    return ['ok'];
  } catch (error) {
    if (error instanceof VictorError && error.kind === 'InvalidInput') return error.message.split('\n');
    throw error;
  }
}

export interface TempFolder {
  readonly path: string;
  readonly write: (name: string, content: string | Uint8Array) => Promise<string>;
  /** Writes the experiment beside the other files and says what is wrong with it, without the folder's name. */
  readonly problems: (yaml: string) => Promise<readonly string[]>;
  readonly load: (yaml: string) => ReturnType<typeof loadExperimentFile>;
  readonly remove: () => Promise<void>;
}

export async function tempFolder(prefix = 'victor-file-'): Promise<TempFolder> {
  const path = await mkdtemp(join(tmpdir(), prefix));
  const write = async (name: string, content: string | Uint8Array): Promise<string> => {
    const file = join(path, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
    return file;
  };
  const load = async (yaml: string) => loadExperimentFile(await write('exp.yaml', yaml));
  return {
    path,
    write,
    load,
    problems: async (yaml) =>
      (await refusal(() => load(yaml))).map((line) => line.replaceAll(`${path}/`, '')),
    remove: () => rm(path, { recursive: true, force: true }),
  };
}
