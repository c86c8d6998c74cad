import { pino, stdSerializers } from 'pino';
import type { Logger } from 'pino';

/** Logs go to stderr: stdout is for data. */
export function createLogger(name: string, level: string): Logger {
  return pino(
    { level, base: { name }, serializers: { error: stdSerializers.err } },
    pino.destination({ fd: 2, sync: false }),
  );
}
