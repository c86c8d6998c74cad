import { endProcess, isAlive } from './process-identity.ts';
import type { StackState } from './stack-state.ts';

const SUPERVISOR_MS = 20_000;
const PROCESS_MS = 6000;

/** Is anything alive that the state names? A pid with another start time is somebody else's process. */
export function anythingAlive(state: StackState): boolean {
  return [state.supervisor, ...state.processes].some(isAlive);
}

/** Ends the supervisor, which ends the rest; then what a killed supervisor has left behind. */
export async function endEverything(state: StackState): Promise<void> {
  await endProcess(state.supervisor, 'SIGTERM', SUPERVISOR_MS);
  const servers = ['temporal', 'postgres'];
  const end = async (named: StackState['processes'][number]): Promise<void> =>
    endProcess(named, named.name === 'postgres' ? 'SIGINT' : 'SIGTERM', PROCESS_MS);
  await Promise.all(state.processes.filter(({ name }) => !servers.includes(name)).map(end));
  await Promise.all(state.processes.filter(({ name }) => servers.includes(name)).map(end));
}
