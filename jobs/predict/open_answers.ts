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
  /** Symbols that had no bar for longer than is caught up. */
  ended: ReadonlySet<string>;
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
 * bar; from then on every bar is due, whether it is there or not. What is older than `limits.catchUpBars` is an outage. A
 * symbol that has had no bar for so long is due up to its last one; when it comes back, what lies between is an outage.
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
  const bar = barMicros(request.timeframe);
  const reach = (request.limits.catchUpBars - 1) * bar;
  const fresh = early && early.seen.wholeTo >= newest - reach ? early : undefined;
  const known = fresh?.seen;
  const since = known ? known.wholeTo : newest - reach;
  const standing = fresh?.standing ?? (await answeredSince(db, request, since));
  const byKey = Map.groupBy(standing, ({ model, horizon, symbol }) => keyOf(model, horizon, symbol));
  const ended = new Set([...newestBars].filter(([, ts]) => ts < newest - reach).map(([symbol]) => symbol));
  const all = speakers.flatMap((speaker) =>
    [...newestBars.keys()].map((symbol) => {
      const key = keyOf(speaker.model, speaker.horizon, symbol);
      const back = known?.ended.has(symbol) && !ended.has(symbol);
      return { speaker, symbol, key, start: back ? undefined : known?.starts.get(key) };
    }),
  );
  const before = all.some(({ start }) => start === undefined) ? await endsBefore(db, request, since) : new Map();
  const starts = new Map<string, Micros>();
  const due = new Map<Micros, Due[]>();
  const outages: Outage[] = [];
  for (const { key, start, ...each } of all) {
    const newestBar = newestBars.get(each.symbol)!;
    const last = ended.has(each.symbol) ? newestBar : newest;
    const answers = byKey.get(key) ?? [];
    let first = start ?? before.get(key) ?? Math.min(newestBar, ...answers.map(({ ts }) => ts));
    if (start === undefined && first < last - reach) {
      outages.push({ ...each, ts: first, bars: (last - reach - first) / bar });
      first = last - reach;
    }
    starts.set(key, first);
    const answered = new Set(answers.flatMap((answer) => barsOf(answer, bar)));
    for (let ts = start === undefined ? first : Math.max(first, since); ts <= last; ts += bar) {
      if (answered.has(ts)) continue;
      const others = due.get(ts);
      if (others) others.push(each);
      else due.set(ts, [each]);
    }
  }
  const settle = (wholeTo: Micros) => seen.set(marketOf(db, request), { wholeTo, starts, ended });
  return { due: new Map([...due].sort(([a], [b]) => a - b)), outages, standing, settle };
}

/** The bar after the last one that was answered about before this bar, by model, horizon and symbol. */
async function endsBefore(
  db: QuestDb,
  { venue, timeframe }: PredictRequest,
  until: Micros,
): Promise<Map<string, Micros>> {
  const bar = barMicros(timeframe);
  const bounds = { since: new Timestamp(0), until: new Timestamp(Math.max(0, until)) };
  const rows = await db.preparedRows('signals/newest', { venue, timeframe, ...bounds });
  return new Map(
    rows.map(({ model, horizon, symbol, ts, bars }) => [keyOf(model, horizon, symbol), ts + (bars ?? 1) * bar]),
  );
}

/** The bars that an answer speaks of. */
export function barsOf({ ts, bars }: Pick<Answer, 'ts' | 'bars'>, bar: Micros): Micros[] {
  return Array.from({ length: bars ?? 1 }, (_, i) => ts + i * bar);
}
