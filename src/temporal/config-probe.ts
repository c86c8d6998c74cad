/**
 * A process of its own that loads one config file and says what came of it: `node config-probe.js <file>`, with a channel to
 * its parent. The file is the user's code, so it may do anything; this process ends with it.
 */
import { loadConfigFile } from './config-file.ts';
import type { ProbeAnswer } from './probe-config.ts';

async function probe(path: string): Promise<ProbeAnswer> {
  try {
    const { handlers = {} } = await loadConfigFile(path);
    return { kind: 'loaded', handlers: Object.keys(handlers) };
  } catch (error) {
    return { kind: 'refused', message: error instanceof Error ? error.message : String(error) };
  }
}

const answer = await probe(process.argv[2] ?? '');
// what the file has left running ends here
process.send?.(answer, undefined, {}, () => process.exit(0));
