import { existsSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { type RecordingEntry, readManifest } from '#ingest/recordings/manifest.ts';
import { UserError } from '#lib/errors.ts';
import { venueName } from './binance_name.ts';

/**
 * The venue as given, else as the manifest beside the file says.
 * @throws UserError when neither says it, or it is no name of a venue
 */
export async function venueOf(path: string, venue: string | undefined): Promise<string> {
  const name = venue ?? (await manifestBeside(path))?.venue;
  if (name === undefined)
    throw new UserError(
      `Nothing says which venue ${path} comes from.`,
      'Give --venue NAME, or put a manifest.json next to the file.',
    );
  return venueName(name);
}

/**
 * What a `manifest.json` in the file's folder or the one above says of the file.
 * @throws UserError when there is a manifest that cannot be read
 */
export async function manifestBeside(path: string): Promise<RecordingEntry | undefined> {
  const file = resolve(path);
  for (const directory of [dirname(file), dirname(dirname(file))]) {
    if (!existsSync(join(directory, 'manifest.json'))) continue;
    const inside = relative(directory, file).split(sep).join('/');
    const entries = await readManifest(directory);
    const entry = entries.find((each) => inside === each.path || inside.startsWith(`${each.path}/`));
    if (entry) return entry;
  }
  return undefined;
}
