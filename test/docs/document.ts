import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/package-root.ts';

export interface Block {
  readonly language: string;
  readonly text: string;
  /** The file that the block says it is, in its first line: `# name.yaml` or `// name.ts`. */
  readonly file: string | null;
}

/** The fenced blocks of a Markdown page of this repository, in their order. */
export function blocksOf(page: string): readonly Block[] {
  const text = readFileSync(join(packageRoot(), page), 'utf8');
  return [...text.matchAll(/^```(\w+)\n(.*?)^```/gms)].map(([, language = '', body = '']) => ({
    language,
    text: body,
    file: /^(?:#|\/\/) ([\w.-]+\.\w+)\n/.exec(body)?.[1] ?? null,
  }));
}

export interface ShellResult {
  readonly code: number | null;
  readonly output: string;
}

/** Runs a script as one session of bash, which ends at the first command that fails. What it leaves in the background ends with it. */
export function runShell(
  script: string,
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<ShellResult> {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-eo', 'pipefail', '-c', script], {
      ...options,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
    }
    child.once('error', reject);
    child.once('exit', (code) => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
      } catch {
        // nothing was left
      }
      resolve({ code, output });
    });
  });
}
