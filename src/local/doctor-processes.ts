import { failed, passed } from './doctor-check.ts';
import type { Check } from './doctor-check.ts';
import { findStack } from './find-stack.ts';
import { isAlive } from './process-identity.ts';
import { stackProcessesOf } from './stack-processes.ts';
import { readState } from './stack-state.ts';

/** The workers of the local stack, where one runs: the server remembers them for a while after their death. */
export async function checkProcesses(stateDir: string): Promise<readonly Check[]> {
  const wanted = stackProcessesOf(stateDir).map(({ name }) => name);
  if (wanted.length === 0 || (await findStack(stateDir)) === null) return [];
  const name = 'local workers';
  const alive = (readState(stateDir)?.processes ?? []).filter(isAlive);
  const missing = wanted.filter((one) => !alive.some((process) => process.name === one));
  if (missing.length > 0) {
    const logs = missing.map((one) => `${one}.log`).join(' and ');
    const fix = `Look at ${logs} in ${stateDir}, then run \`victor up\`.`;
    return [failed(name, `${missing.join(' and ')} does not run`, fix)];
  }
  const shown = alive.filter((process) => wanted.includes(process.name));
  return [passed(name, shown.map((process) => `${process.name} (process ${process.pid})`).join(', '))];
}
