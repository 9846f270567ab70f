import type { DayOfTicks } from '#ingest/archives/tick_file.ts';
import type { CloseClient } from '#jobs/candles/close_client.ts';
import { floorMinute, type Micros, type MinuteRange, minute } from '#lib/time.ts';
import type { Imported } from './result.ts';

const day = 1_440 * minute;

/**
 * Has the closer make the bars of what was imported. Ticks without a price make none: they would only carry on the last
 * close as if nothing had been traded.
 */
export async function closeImported(closeClient: CloseClient, imported: readonly Imported[]): Promise<void> {
  const open = imported.filter(({ state }) => !state.closed);
  for (const [venue, symbols] of rangesOf(open)) {
    // Symbols with the same minutes are closed by the same statements.
    const alike = Map.groupBy(symbols, ([, ranges]) => JSON.stringify(ranges));
    for (const group of alike.values())
      await closeClient.close({ venue, symbols: group.map(([symbol]) => symbol), ranges: group[0][1] });
  }
  for (const { state, save } of open) {
    state.closed = true;
    save();
  }
}

/** Of each venue and symbol the minutes to close, in order; files that touch are closed as one. */
function rangesOf(imported: readonly Imported[]): Map<string, [string, MinuteRange[]][]> {
  const spans = new Map<string, Map<string, MinuteRange[]>>();
  for (const { file, state } of imported) {
    const symbols = spans.get(file.venue) ?? new Map<string, MinuteRange[]>();
    spans.set(file.venue, symbols);
    for (const each of state.days) {
      const span = spanOf(each, file.until);
      if (span) symbols.set(each.symbol, [...(symbols.get(each.symbol) ?? []), span]);
    }
  }
  return new Map(
    [...spans].map(([venue, symbols]) => [venue, [...symbols].map(([symbol, ranges]) => [symbol, joined(ranges)])]),
  );
}

/** An archive of whole days says of each day all there was: before the first trade and after the last there was none. */
function spanOf({ day: number, pricedFrom, pricedTo }: DayOfTicks, until: Micros | undefined): MinuteRange | undefined {
  if (pricedFrom === null || pricedTo === null) return undefined;
  if (until !== undefined && (number + 1) * day <= until) return { from: number * day, to: (number + 1) * day };
  return { from: floorMinute(pricedFrom), to: floorMinute(pricedTo) + minute };
}

/** A hole within one day or between two that follow each other is a quiet spell; a day without a row is a hole. */
function joined(ranges: MinuteRange[]): MinuteRange[] {
  const joint: MinuteRange[] = [];
  for (const range of ranges.sort((a, b) => a.from - b.from)) {
    const last = joint.at(-1);
    if (last && Math.floor(range.from / day) <= Math.floor((last.to - minute) / day) + 1)
      last.to = Math.max(last.to, range.to);
    else joint.push({ ...range });
  }
  return joint;
}
