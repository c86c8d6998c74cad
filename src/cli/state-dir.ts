import { resolve } from 'node:path';

/** `.victor` in the present folder unless told. */
export const stateDirOf = (dir: string | undefined): string => resolve(dir ?? '.victor');
