#!/usr/bin/env node
/** The `victor` command. Completion answers while somebody types, so it loads nothing that it does not need. */
const [, , command, ...rest] = process.argv;
if (command === 'complete') {
  const { complete } = await import('./complete.ts');
  await complete(rest);
} else {
  await import('./main.ts');
}
