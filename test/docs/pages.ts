import { cliPage } from './pages/cli.ts';
import { experimentFilePage } from './pages/experiment-file.ts';

/** A page of docs/ that is made from the product. */
export interface Page {
  /** From the top folder. */
  readonly path: string;
  readonly generate: () => string | Promise<string>;
}

/** All of them: `npm run docs` writes them, a test compares them. */
export const PAGES: readonly Page[] = [cliPage, experimentFilePage];
