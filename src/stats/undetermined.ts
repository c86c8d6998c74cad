/** A question that the data cannot answer: too little of it, or nothing that varies. A value, not an exception. */
export interface Undetermined {
  readonly kind: 'undetermined';
  readonly reason: string;
}

export const undetermined = (reason: string): Undetermined => ({ kind: 'undetermined', reason });

export const isUndetermined = (value: unknown): value is Undetermined =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'undetermined';
