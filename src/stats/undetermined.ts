/** A question that the data cannot answer: too little of it, or nothing that varies. A value, not an exception. */
export interface Undetermined {
  readonly kind: 'undetermined';
  readonly reason: string;
}

/** The reason says what is missing and how much of it there is. */
export const undetermined = (reason: string): Undetermined => ({ kind: 'undetermined', reason });

/** For results that may be a number or a list; unions of objects narrow by `'kind' in result`. */
export const isUndetermined = (value: unknown): value is Undetermined =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'undetermined';
