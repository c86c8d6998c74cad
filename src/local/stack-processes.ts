import type { ManagedProcess } from './stack-types.ts';
import { readConfig } from './supervisor-config.ts';

/** The processes that the last `startStack` in that directory asked for; none when there was none. */
export function stackProcessesOf(stateDir: string): readonly ManagedProcess[] {
  try {
    return readConfig(stateDir).processes;
  } catch {
    return [];
  }
}
