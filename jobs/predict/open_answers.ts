import type { QuestDb } from '#lib/questdb/database.ts';
import { Timestamp } from '#lib/questdb/statement.ts';
import type { Micros } from '#lib/time.ts';
import { barMicros } from '#lib/timeframe.ts';
import type { RowOf } from '#sql/rows.ts';
import type { PredictRequest } from './request.ts';
import type { Speaker } from './speakers.ts';

type Answer = RowOf<'signals/answered'>;

/** A statement that is due: of this bar of this symbol, by this run. */
export interface Due {
  speaker: Speaker;
  symbol: string;
}

/** Bars that nothing was answered about for so long that they are passed over. */
export interface Outage extends Due {
  ts: Micros;
  bars: number;
}

export interface OpenAnswers {
  /** What is due by bar, the oldest first. */
  due: Map<Micros, Due[]>;
  outages: Outage[];
  /** Answers that stand since the first bar that was looked at. */
  standing: Answer[];
  /** To be told up to which bar all is answered, once that is stored. */
  settle(wholeTo: Micros): void;
}

/** What this process knows of a market, so that it need not ask again. */
interface Seen {
  /** All is answered up to this bar. */
  wholeTo: Micros;
  /** The first bar that is due, by model, horizon and symbol. */
  starts: Map<string, Micros>;
}

const seen = new Map<string, Seen>();

const marketOf = (db: QuestDb, { venue, timeframe }: PredictRequest) =>
  `${venue} ${timeframe} ${db.address.host}:${db.address.pgPort}`;

/** Answers that stand from the bar on up to which this process knows that all is answered. */
export interface SeenAnswers {
  seen: Seen;
  standing: Answer[];
}

/** They can be read before anything else is known; undefined where this process knows nothing of the market. */
export async function seenAnswers(db: QuestDb, request: PredictRequest): Promise<SeenAnswers | undefined> {
  const before = seen.get(marketOf(db, request));
  return before && { seen: before, standing: await answeredSince(db, request, before.wholeTo) };
}

async function answeredSince(db: QuestDb, { venue, timeframe }: PredictRequest, since: Micros): Promise<Answer[]> {
  // A job before this one may have been cut off after it had written.
  await db.applied(['signals']);
  return db.preparedRows('signals/answered', { venue, timeframe, since: new Timestamp(Math.max(0, since)) });
}

function keyOf(model: string, horizon: number, symbol: string): string {
  return `${model} ${horizon} ${symbol}`;
}

/**
 * What is due up to the newest bar. The first answer of a model at a horizon about a symbol is about its newest complete
 * bar; from then on every bar is due, whether it is there or not. What is older than `limits.catchUpBars` is an outage.
 * @param newestBars the newest complete bar of each symbol
 * @param newest the newest bar that has ended
 * @param early read before by `seenAnswers`
 */
export async function openAnswers(
  db: QuestDb,
  request: PredictRequest,
  speakers: readonly Speaker[],
  newestBars: ReadonlyMap<string, Micros>,
  newest: Micros,
  early: SeenAnswers | undefined,
): Promise<OpenAnswers> {
  const { venue, timeframe, limits } = request;
  const bar = barMicros(timeframe);
  const floor = newest - (limits.catchUpBars - 1) * bar;
  const fresh = early && early.seen.wholeTo >= floor ? early : undefined;
  const known = fresh?.seen;
  const since = known ? known.wholeTo : floor;
  const at = (ts: Micros) => new Timestamp(Math.max(0, ts));
  const standing = fresh?.standing ?? (await answeredSince(db, request, since));
  const byKey = Map.groupBy(standing, ({ model, horizon, symbol }) => keyOf(model, horizon, symbol));
  const starts = new Map(known?.starts);
  const all = speakers.flatMap((speaker) =>
    [...newestBars.keys()].map((symbol) => ({
      ...{ speaker, symbol },
      key: keyOf(speaker.model, speaker.horizon, symbol),
    })),
  );
  if (all.some(({ key }) => !starts.has(key))) {
    const older = await db.preparedRows('signals/newest', { venue, timeframe, since: at(0), until: at(since) });
    const ends = new Map(
      older.map(({ model, horizon, symbol, ts, bars }) => [keyOf(model, horizon, symbol), ts + (bars ?? 1) * bar]),
    );
    for (const { key, symbol } of all) {
      const first = Math.min(...(byKey.get(key) ?? []).map(({ ts }) => ts));
      const start = ends.get(key) ?? (Number.isFinite(first) ? first : newestBars.get(symbol)!);
      if (!starts.has(key)) starts.set(key, start);
    }
  }
  const due = new Map<Micros, Due[]>();
  const outages: Outage[] = [];
  for (const { key, ...each } of all) {
    const start = starts.get(key)!;
    if (start < floor && !known) {
      outages.push({ ...each, ts: start, bars: (floor - start) / bar });
      starts.set(key, floor);
    }
    const answered = new Set((byKey.get(key) ?? []).flatMap((answer) => barsOf(answer, bar)));
    for (let ts = Math.max(start, since); ts <= newest; ts += bar) {
      if (answered.has(ts)) continue;
      const others = due.get(ts);
      if (others) others.push(each);
      else due.set(ts, [each]);
    }
  }
  const settle = (wholeTo: Micros) => seen.set(marketOf(db, request), { wholeTo, starts });
  return { due: new Map([...due].sort(([a], [b]) => a - b)), outages, standing, settle };
}

/** The bars that an answer speaks of. */
export function barsOf({ ts, bars }: Pick<Answer, 'ts' | 'bars'>, bar: Micros): Micros[] {
  return Array.from({ length: bars ?? 1 }, (_, i) => ts + i * bar);
}
