import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '#lib/config.ts';
import { reasonOf, UserError } from '#lib/errors.ts';
import type { Logger } from '#lib/log.ts';
import { isOurs } from '#lib/services/process.ts';

const upFile = (config: Config) => join(config.dataDir, 'up.json');

/** Who supervises this data directory, and the processes of its roles. */
interface Supervision {
  pid: number;
  since: string;
  roles: Record<string, number | undefined>;
  /** When and how the process of a role ended last, of those that were started again. */
  ended?: Record<string, Ended>;
}

export interface Ended {
  at: string;
  cause: string;
}

/** One supervisor a data directory. A file of one that died counts for nothing. */
export function claim(config: Config): () => void {
  mkdirSync(config.dataDir, { recursive: true });
  const holder = supervisorOf(config);
  if (holder) {
    throw new UserError(
      `The pipeline is already running: process ${holder.pid} has held the lease since ${holder.since}.`,
      './tickforest down stops it.',
    );
  }
  write(config, { pid: process.pid, since: new Date().toISOString(), roles: {} });
  return () => rmSync(upFile(config), { force: true });
}

/** The supervisor that runs for this data directory, if one does. */
export function supervisorOf(config: Config): Supervision | undefined {
  const file = upFile(config);
  if (!existsSync(file)) return undefined;
  const holder = JSON.parse(readFileSync(file, 'utf8')) as Supervision;
  return isOurs(holder.pid, 'up') ? holder : undefined;
}

/** Writes down the process of a role, and how the one before it ended. A full disk is no reason not to run it. */
export function note(
  config: Config,
  role: string,
  pid: number | undefined,
  before: Ended | undefined,
  log: Logger,
): void {
  const own = supervisorOf(config);
  if (own?.pid !== process.pid) return;
  const ended = before ? { ...own.ended, [role]: before } : own.ended;
  try {
    write(config, { ...own, roles: { ...own.roles, [role]: pid }, ...(ended && { ended }) });
  } catch (error) {
    log.error({ role, pid, reason: reasonOf(error) }, 'the process of the role could not be written down');
  }
}

function write(config: Config, supervision: Supervision): void {
  const file = upFile(config);
  writeFileSync(`${file}.new`, `${JSON.stringify(supervision)}\n`);
  renameSync(`${file}.new`, file);
}
