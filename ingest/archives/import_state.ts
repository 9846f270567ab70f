import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { reasonOf, UserError } from '#lib/errors.ts';
import type { DayOfTicks, ImportState, TickFile } from './tick_file.ts';

/** Keeps the states of imports in files, so that an interrupted one goes on and a finished one is recognised. */
export class ImportStates {
  readonly #directory: string;

  constructor(dataDir: string) {
    this.#directory = join(dataDir, 'imports');
  }

  /** Tells a file by its path, size and time of change, and by the way it is read. */
  idOf({ path, venue, source, identity }: TickFile): string {
    const { size, mtimeMs } = statSync(path);
    const parts = [resolve(path), size, mtimeMs, venue, source, identity];
    return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
  }

  /** The state of this import, or a new one. */
  load(id: string, file: TickFile): ImportState {
    let text: string;
    try {
      text = readFileSync(this.#file(id), 'utf8');
    } catch {
      return fresh(file);
    }
    try {
      // A state of before lacks what has been added since.
      return { ...fresh(file), ...(JSON.parse(text) as ImportState) };
    } catch (cause) {
      throw new UserError(
        `${this.#file(id)} is not valid JSON: ${reasonOf(cause)}.`,
        'Import with --restart, which begins anew.',
        { cause },
      );
    }
  }

  /** The states of all imports, in no order. States of before lack what has been added to them since. */
  all(): ImportState[] {
    if (!existsSync(this.#directory)) return [];
    const files = readdirSync(this.#directory).filter((file) => file.endsWith('.json'));
    return files.map((file) => {
      const state = JSON.parse(readFileSync(join(this.#directory, file), 'utf8')) as ImportState;
      return { ...state, stretches: state.stretches ?? {}, touching: state.touching ?? [] };
    });
  }

  /** Whole or not at all: the process may end at any time. */
  save(id: string, state: ImportState): void {
    mkdirSync(this.#directory, { recursive: true });
    writeFileSync(`${this.#file(id)}.new`, JSON.stringify(state));
    renameSync(`${this.#file(id)}.new`, this.#file(id));
  }

  /** A state to begin anew with. */
  anew(file: TickFile): ImportState {
    return fresh(file);
  }

  forget(id: string): void {
    rmSync(this.#file(id), { force: true });
  }

  #file(id: string): string {
    return join(this.#directory, `${id}.json`);
  }
}

function fresh({ path, venue }: TickFile): ImportState {
  const began = Date.now() * 1000;
  const counts = { position: 0, read: 0, remarked: 0, duplicates: 0, reused: 0, kept: 0, seconds: 0, stored: -1 };
  return {
    path,
    venue,
    began,
    ...counts,
    rejected: {},
    days: [],
    stretches: {},
    before: {},
    touching: [],
    done: false,
    closed: false,
  };
}

/** Adds what a part holds. */
export function addDays(days: DayOfTicks[], more: readonly DayOfTicks[]): void {
  for (const day of more) {
    const known = days.find((each) => each.day === day.day && each.symbol === day.symbol && each.kind === day.kind);
    if (!known) {
      days.push({ ...day });
      continue;
    }
    known.rows += day.rows;
    known.buys += day.buys;
    known.sells += day.sells;
    known.first = Math.min(known.first, day.first);
    known.last = Math.max(known.last, day.last);
    known.pricedFrom = least(known.pricedFrom, day.pricedFrom, Math.min);
    known.pricedTo = least(known.pricedTo, day.pricedTo, Math.max);
  }
}

function least(a: number | null, b: number | null, pick: (a: number, b: number) => number): number | null {
  return a === null ? b : b === null ? a : pick(a, b);
}
