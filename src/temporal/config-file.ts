import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createJiti } from 'jiti';
import { z } from 'zod';
import { invalidInput } from '../errors.ts';
import type { Handler, VictorConfig } from '../handlers.ts';
import { describeFault } from './config-fault.ts';

const isHandler = (value: unknown): value is Handler =>
  typeof value === 'function' ||
  (typeof value === 'object' &&
    value !== null &&
    'run' in value &&
    typeof value.run === 'function' &&
    'isolate' in value &&
    value.isolate === true);

const shape = z.strictObject({
  handlers: z
    .record(z.string(), z.custom<Handler>(isHandler, 'must be a function, or {isolate: true, run: function}'))
    .optional(),
  // read as text beside this: by every command, without running the file
  settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
});

/** Runs the user's file, so that its TypeScript needs no build. Only workers do this. */
export async function loadConfigFile(path: string): Promise<VictorConfig> {
  const absolute = resolve(path);
  if (!existsSync(absolute)) throw invalidInput(`the config file ${absolute} does not exist`);
  const own = new URL(`../handlers.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url);
  const jiti = createJiti(import.meta.url, {
    alias: { 'victor-experiments/config': fileURLToPath(own) },
    moduleCache: false,
    fsCache: false,
  });
  let loaded: unknown;
  try {
    loaded = await jiti.import(absolute, { default: true });
  } catch (error) {
    throw invalidInput(describeFault(absolute, error), error);
  }
  const parsed = shape.safeParse(loaded);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      (issue) => `${issue.path.join('.') || 'default export'}: ${issue.message}`,
    );
    throw invalidInput(`${absolute}: ${problems.join('; ')}`);
  }
  return parsed.data as VictorConfig;
}
