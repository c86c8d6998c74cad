import { pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';

/** Stands for a call that takes a while. */
export async function checkItem(item: string): Promise<string> {
  return (await promisify(pbkdf2)(item, 'salt', 20_000, 32, 'sha256')).toString('hex');
}
