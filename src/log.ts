import { pino } from 'pino';
import type { Logger } from 'pino';

/** Logs go to stderr: stdout is for data. */
export function createLogger(name: string, level: string): Logger {
  return pino({ name, level, base: { name } }, pino.destination({ fd: 2, sync: false }));
}
