import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MarketEvent } from '#ingest/feed.ts';
import { Deduplicator } from '#ingest/normalise/deduplicator.ts';
import { parseInstruments } from '#ingest/venues/blofin/instruments.ts';
import { BlofinProtocol } from '#ingest/venues/blofin/protocol.ts';
import { UserError } from '#lib/errors.ts';
import type { Logger } from '#lib/log.ts';
import type { Micros } from '#lib/time.ts';
import { venueName } from './binance_name.ts';
import { eventLine, eventReading } from './event_lines.ts';
import { lineParts } from './line_parts.ts';
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

/**
 * Frames in Blofin's protocol as `record` writes them: one `{"recv": milliseconds, "frame": …}` a line. They are read by
 * the very protocol of the live feed, so that the same frames give the same ticks, received when they were.
 * @throws UserError when the file is missing, or nothing says whose they are and what a contract holds
 */
export async function blofinFrames(path: string, { venue, contractValue, log }: FramesOptions): Promise<TickFile> {
  mustExist(path);
  const entry = await manifestBeside(path);
  const kind = entry?.kind ?? 'blofin-frames';
  if (kind !== 'blofin-frames')
    throw new UserError(`${path} is of kind ${kind} by its manifest.`, 'Frames in the protocol of Blofin are taken.');
  const name = venue ?? entry?.venue;
  if (!name) throw new UserError(`Nothing says which venue ${path} comes from.`, 'Give --venue NAME.');
  const values = contractValue ?? entry?.contractValue;
  if (!values)
    throw new UserError(
      `Nothing says what a contract of the instruments in ${path} holds.`,
      'Give --contracts FILE, or put a manifest.json beside it.',
    );
  const rows = Object.entries(values).map(([instId, value]) => ({ instId, contractValue: value }));
  const listings = [...parseInstruments(rows).values()];
  const origin = { venue: venueName(name), kind: 'recording' } as const;
  let lost = 0;
  return {
    path,
    venue: origin.venue,
    source: 'replay',
    numbered: true,
    ordered: true,
    tradeIds: 'order',
    identity: JSON.stringify(['frames', values]),
    remarks: () => (lost > 0 ? [`${lost} frames are missing in it, as it says itself`] : []),
    async *parts(scratch, from, bytes) {
      const protocol = new BlofinProtocol(listings, new Deduplicator(), log, noSubscriptions);
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
          else protocol.received({ origin, receivedAt: line?.receivedAt ?? 0, raw: line?.frame ?? text, emit });
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

/** Nothing is asked for: the protocol only reads. */
const noSubscriptions = { spacingMs: 0, ackTimeoutMs: 0, perRequest: 1 };

type Line = { receivedAt: Micros; frame: string } | { lost: number };

/** The frame stands in its line as it came; null where the line is none of a recording. */
function frameOf(line: string): Line | null {
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
