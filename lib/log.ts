import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';

export type { Logger } from 'pino';

/**
 * Structured logs on stderr: one JSON object a line, or readable lines on a terminal. stdout belongs to what a command
 * prints for its user. Children carry the ids that tie a line to its work: `log.child({ run, symbol, job })`.
 */
export function createLog(level: string, format: 'auto' | 'json' | 'pretty' = 'auto'): Logger {
  const readable = format === 'pretty' || (format === 'auto' && process.stderr.isTTY === true);
  const options = { level, base: undefined, timestamp: pino.stdTimeFunctions.isoTime };
  if (!readable) return pino(options, pino.destination({ fd: 2, sync: true }));
  return pino(
    options,
    pretty({ destination: 2, sync: true, colorize: process.stderr.isTTY === true, singleLine: true }),
  );
}

/** A log that says nothing, for callers that pass none. */
export const silent: Logger = pino({ level: 'silent' });
