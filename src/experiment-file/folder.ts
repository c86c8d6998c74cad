import { isAbsolute, join, resolve } from 'node:path';

/** The folder that an experiment's paths are relative to. */
export interface Folder {
  /** Null: nothing is read from disk. */
  readonly absolute: string | null;
  /** How messages call it, as the user gave it. */
  readonly shown: string;
}

export const absoluteIn = (folder: string, path: string): string => resolve(folder, path);
export const shownIn = (folder: Folder, path: string): string =>
  isAbsolute(path) ? path : join(folder.shown, path);
