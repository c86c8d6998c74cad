/** The one catalogue of failures. Each kind has one exit code; a message says what is wrong, the value, the rule and the fix. */
export const ERROR_KINDS = [
  'InvalidInput',
  'NotFound',
  'Conflict',
  'IllegalTransition',
  'NotRunning',
  'Unavailable',
  'Bug',
] as const;
export type ErrorKind = (typeof ERROR_KINDS)[number];

const EXIT_CODES: Readonly<Record<ErrorKind, number>> = {
  InvalidInput: 2,
  NotFound: 3,
  Conflict: 4,
  IllegalTransition: 4,
  NotRunning: 4,
  Unavailable: 5,
  Bug: 70,
};

/** One problem of a file or a document. `path` is the file, `pointer` the place inside a value that has no file. */
export interface Problem {
  readonly path: string | null;
  readonly line: number | null;
  readonly column: number | null;
  readonly pointer: string;
  readonly message: string;
}

/**
 * What this package throws. `kind` says what went wrong, `problems` each fault of a file with its place.
 *
 * @example
 * ```ts
 * import { VictorError, getExperimentStatus } from 'victor-experiments/client';
 *
 * try {
 *   await getExperimentStatus(victor, 'nobody');
 * } catch (error) {
 *   if (!(error instanceof VictorError) || error.kind !== 'NotFound') throw error;
 *   console.log(error.message);
 * }
 * ```
 */
export class VictorError extends Error {
  readonly kind: ErrorKind;
  readonly problems: readonly Problem[];

  constructor(
    kind: ErrorKind,
    message: string,
    options: { readonly cause?: unknown; readonly problems?: readonly Problem[] } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = kind;
    this.kind = kind;
    this.problems = options.problems ?? [];
  }

  get exitCode(): number {
    return EXIT_CODES[this.kind];
  }
}

export const invalidInput = (message: string, cause?: unknown): VictorError =>
  new VictorError('InvalidInput', message, { cause });
export const notFound = (message: string): VictorError => new VictorError('NotFound', message);
export const conflict = (message: string): VictorError => new VictorError('Conflict', message);
export const illegalTransition = (message: string): VictorError =>
  new VictorError('IllegalTransition', message);
export const unavailable = (message: string, cause?: unknown): VictorError =>
  new VictorError('Unavailable', message, { cause });

/** Every problem at once, one `path:line:column: message` a line. */
export function invalidProblems(problems: readonly Problem[]): VictorError {
  return new VictorError('InvalidInput', problems.map(formatProblem).join('\n'), { problems });
}

export function formatProblem(problem: Problem): string {
  const place =
    problem.path === null
      ? problem.pointer
      : [problem.path, problem.line, problem.column].filter((part) => part !== null).join(':');
  return place === '' ? problem.message : `${place}: ${problem.message}`;
}
