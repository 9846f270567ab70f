import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';

export type { Logger } from 'pino';

/**
 * Structured logs on stderr: one JSON object a line, or readable lines on a terminal. stdout belongs to what a command
 * prints for its user. Children carry the ids that tie a line to its work: `log.child({ run, symbol, job })`.
 */
export function createLog(level: string, format: 'auto' | 'json' | 'pretty' = 'auto', fd = 2): Logger {
  const readable = format === 'pretty' || (format === 'auto' && process.stderr.isTTY === true);
  const options = { level, base: undefined, timestamp: pino.stdTimeFunctions.isoTime };
  const { destination, onRoom } = patientDestination(fd);
  const log = readable
    ? pino(options, pretty({ destination, colorize: process.stderr.isTTY === true, singleLine: true }))
    : pino(options, destination);
  onRoom((dropped) => log.warn({ dropped }, 'log lines were dropped: there was no room to write them'));
  return log;
}

/** What a log holds in memory while it cannot be written. */
const waitingBytes = 1_024 * 1_024;

/**
 * A full disk must not end a process that could go on without its log. Lines that cannot be written wait, are written when
 * there is room again, and are dropped and counted when more than 1 MiB waits.
 */
function patientDestination(fd: number) {
  const destination = pino.destination({ fd, sync: true, maxLength: waitingBytes });
  let dropped = 0;
  // Nowhere is left to say it. Each further line tries again.
  destination.on('error', () => {});
  destination.on('drop', () => {
    dropped += 1;
  });
  const onRoom = (say: (dropped: number) => void) =>
    destination.on('write', () => {
      if (dropped === 0) return;
      const count = dropped;
      dropped = 0;
      setImmediate(say, count);
    });
  return { destination, onRoom };
}

/** A log that says nothing, for callers that pass none. */
export const silent: Logger = pino({ level: 'silent' });
