import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MarketEvent } from '#ingest/feed.ts';
import { Deduplicator } from '#ingest/normalise/deduplicator.ts';
import { UserError } from '#lib/errors.ts';
import type { Logger } from '#lib/log.ts';
import type { Micros } from '#lib/time.ts';
import { venueName } from './binance_name.ts';
import { eventLine, eventReading } from './event_lines.ts';
import { binanceFrameReader, blofinFrameReader } from './frame_readers.ts';
import { firstLines, lineParts } from './line_parts.ts';
import { manifestBeside } from './manifest_beside.ts';
import { unitSeparator } from './sqlite_pages.ts';
import { mustExist } from './text_file.ts';
import type { TickFile } from './tick_file.ts';

export interface FramesOptions {
  /** Whose market it was; else the manifest beside the file says it. */
  venue?: string;
  /** Base coin per contract by the venue's name of the instrument; else the manifest says it. */
  contractValue?: { [instId: string]: string };
  log: Logger;
}

/** What `record` calls frames of each protocol, and what those of Binance were called before. */
const protocols: { [kind: string]: 'blofin' | 'binance' } = {
  ...{ 'blofin-frames': 'blofin', 'binance-um-frames': 'binance', 'binance-frames': 'binance' },
};

/**
 * Frames in Blofin's or Binance's protocol as `record` writes them: one `{"recv": milliseconds, "frame": …}` a line, or the
 * receive time in nanoseconds, a blank and the frame. They are read by the very protocol of the live feed, so that the same
 * frames give the same ticks, received when they were. In which protocol they are, the manifest beside the file says, else
 * its first lines do.
 * @throws UserError when the file is missing, or nothing says whose they are and, in Blofin's protocol, what a contract holds
 */
export async function recordedFrames(path: string, { venue, contractValue, log }: FramesOptions): Promise<TickFile> {
  mustExist(path);
  const entry = await manifestBeside(path);
  const first = await firstLines(path, 20);
  const seen = first.some(({ text }) => /"stream"\s*:/.test(text)) ? 'binance' : 'blofin';
  const protocol = entry ? protocols[entry.kind] : seen;
  if (!protocol)
    throw new UserError(
      `${path} is of kind ${entry?.kind} by its manifest.`,
      `Frames are of kind ${Object.keys(protocols).join(' or ')}; other files have an import of their own: ./tickforest import --help.`,
    );
  const name = venue ?? entry?.venue;
  if (!name) throw new UserError(`Nothing says which venue ${path} comes from.`, 'Give --venue NAME.');
  const values = contractValue ?? entry?.contractValue;
  if (!values && protocol === 'blofin')
    throw new UserError(
      `Nothing says what a contract of the instruments in ${path} holds.`,
      'Give --contracts FILE, or put a manifest.json beside it.',
    );
  const reader = (deduplicator: Deduplicator) =>
    protocol === 'blofin' ? blofinFrameReader(values ?? {}, deduplicator, log) : binanceFrameReader(deduplicator, log);
  const origin = { venue: venueName(name), kind: 'recording' } as const;
  let lost = 0;
  let known = new Deduplicator();
  return {
    path,
    venue: origin.venue,
    source: 'replay',
    numbered: true,
    ordered: true,
    // Binance's count, but those of single trades jump where no trade of the market was.
    tradeIds: protocol === 'blofin' ? 'order' : undefined,
    identity: JSON.stringify(['frames', protocol, values]),
    remarks: () => [
      ...(lost > 0 ? [`${lost} frames are missing in it, as it says itself`] : []),
      ...(known.counters.duplicates > 0 ? [`${known.counters.duplicates} rows repeat what it has already`] : []),
    ],
    async *parts(scratch, from, bytes) {
      known = new Deduplicator();
      const read = reader(known);
      let number = 0;
      for await (const part of lineParts(path, join(scratch, 'lines'), 0, bytes)) {
        const lines: string[] = [];
        const emit = (event: MarketEvent) => {
          const line = eventLine(event);
          if (line) lines.push(line);
        };
        for (const text of (await readFile(part.file, 'utf8')).split('\n')) {
          if (text.trim() === '') continue;
          const line = frameOf(text);
          if (line && 'lost' in line) lost += line.lost;
          else
            read({
              origin,
              receivedAt: line?.receivedAt ?? 0,
              raw: line?.frame ?? text,
              symbols: [],
              kind: null,
              emit,
            });
        }
        // Parts that are in already were read all the same: what comes after is told apart from what they had.
        if (part.end <= from) continue;
        const file = join(scratch, `events-${number++ % 2}`);
        await writeFile(file, lines.join('\n'));
        yield {
          lines: { file, delimiter: unitSeparator },
          end: part.end,
          share: part.share,
          rows: lines.length,
          reading: eventReading,
        };
      }
    },
  };
}

type Line = { receivedAt: Micros; frame: string } | { lost: number };

/** The frame stands in its line as it came; null where the line is none of a recording. */
function frameOf(line: string): Line | null {
  const [stamp, nanoseconds] = /^(\d{19}) /.exec(line) ?? [];
  if (stamp) return { receivedAt: Number(nanoseconds.slice(0, -3)), frame: line.slice(stamp.length) };
  const head = /^\s*\{\s*"recv"\s*:\s*([\d.]+)\s*,\s*(?:"socket"\s*:\s*\d+\s*,\s*)?"(frame|raw|lost)"\s*:\s*/.exec(
    line,
  );
  const end = line.lastIndexOf('}');
  if (!head || end < head[0].length) return null;
  const text = line.slice(head[0].length, end).trim();
  const receivedAt = Math.round(Number(head[1]) * 1000);
  if (!(receivedAt > 0)) return null;
  if (head[2] === 'lost') return { lost: Number(text) };
  return { receivedAt, frame: head[2] === 'raw' ? String(JSON.parse(text)) : text };
}
