/** Owns a stack until it is killed: `node owner.js <state directory> ephemeral|lasting`. Tells its addresses and pids. */
import { startStack } from '../../src/local/stack.ts';

const [, , stateDir = '', kind = 'ephemeral'] = process.argv;
const ephemeral = kind === 'ephemeral';
const stack = await startStack({
  stateDir,
  ephemeral,
  env: process.env,
  say: (message) => console.error(message),
  processes: [{ name: 'data', argv: ['sleep', '600'] }],
});
console.log(JSON.stringify({ addresses: stack.addresses, pids: stack.pids() }));
if (ephemeral) setInterval(() => undefined, 1000);
