import { randomUUID } from 'node:crypto';
import { rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type RecordingEntry, readManifest } from './manifest.ts';
import type { RecordedFile } from './record_file.ts';

/** What all files of a recording share. */
export interface RecordedMarket {
  /** Whose market: `Origin.venue`. */
  venue: string;
  /** In whose protocol the frames are: `blofin` makes the kind `blofin-frames`. */
  protocol: string;
  /** Base coin per contract (decimal text) by the venue's name of the instrument, at the time. */
  contractValue: { [instId: string]: string };
}

/**
 * The directory, relative to `out`, in which this market's frames belong: the one there is, so that a recording goes on
 * after a restart; another one once a contract value has changed, because a replay can state only one.
 * @throws UserError when `out` has a manifest that cannot be read
 */
export async function framesDirectory(out: string, market: RecordedMarket): Promise<string> {
  const entries = await entriesOf(out);
  for (let n = 1; ; n++) {
    const path = n === 1 ? 'frames' : `frames-${n}`;
    const entry = entries.find((known) => known.path === path);
    if (!entry || fits(entry, market)) return path;
  }
}

/** Adds a file to the manifest in `out`, or the entry alone where there is no file yet. Replaced as a whole. */
export async function note(out: string, path: string, market: RecordedMarket, file?: RecordedFile): Promise<void> {
  const entries = await entriesOf(out);
  const { venue, protocol } = market;
  const known = entries.find((entry) => entry.path === path) ?? { path, kind: `${protocol}-frames`, venue };
  const files = [...(known.files ?? []), ...(file ? [file] : [])];
  const entry: RecordingEntry = {
    ...known,
    ...(files.length > 0 && { from: files[0].from, to: files.at(-1)!.to }),
    rows: files.reduce((sum, { rows }) => sum + rows, 0),
    contractValue: { ...known.contractValue, ...market.contractValue },
    files,
  };
  const recordings = [...entries.filter((other) => other.path !== path), entry];
  const target = join(out, 'manifest.json');
  // Of two recorders that write at once one's file may stay unlisted; it is played all the same.
  const written = `${target}.${randomUUID()}`;
  await writeFile(written, `${JSON.stringify({ recordings }, null, 2)}\n`);
  await rename(written, target);
}

async function entriesOf(out: string): Promise<RecordingEntry[]> {
  const known = await stat(join(out, 'manifest.json')).catch(() => undefined);
  return known ? readManifest(out) : [];
}

function fits(entry: RecordingEntry, { venue, protocol, contractValue }: RecordedMarket): boolean {
  const same = Object.entries(contractValue).every(([instId, value]) => {
    const before = entry.contractValue?.[instId];
    return before === undefined || before === value;
  });
  return same && entry.venue === venue && entry.kind === `${protocol}-frames` && entry.files !== undefined;
}
