import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export type ProbeAnswer =
  | { readonly kind: 'loaded'; readonly handlers: readonly string[] }
  /** `path:line:column: message`, or the place in the object that it exports. */
  | { readonly kind: 'refused'; readonly message: string };

const PROBE = fileURLToPath(
  new URL(`./config-probe.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url),
);
const LIMIT_MS = 30_000;

/** Loads a config file in a throw-away process: it is the user's code, and commands never run it themselves. */
export function probeConfig(
  path: string,
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<ProbeAnswer> {
  return new Promise((resolve, reject) => {
    // what the file writes is neither data nor talk of ours
    const child = fork(PROBE, [path], { env, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    const settle = (finish: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      child.kill('SIGKILL');
      finish();
    };
    const refuse = (what: string): void =>
      settle(() => resolve({ kind: 'refused', message: `${path}: ${what}` }));
    const onAbort = (): void => settle(() => reject(signal?.reason as Error));
    const timer = setTimeout(() => refuse(`does not finish loading within ${LIMIT_MS / 1000} s`), LIMIT_MS);
    signal?.addEventListener('abort', onAbort);
    child.once('message', (answer) => settle(() => resolve(answer as ProbeAnswer)));
    child.once('error', (error) => settle(() => reject(error)));
    child.once('exit', (code, name) =>
      refuse(`ends the process that loads it (${name === null ? `exit code ${code}` : `signal ${name}`})`),
    );
  });
}
