import { random } from '#lib/random.ts';

/** How an instrument trades. Prices are whole ticks of 10^tickPower, sizes whole lots of 10^lotPower contracts. */
export interface SimulatedInstrument {
  index: number;
  instId: string;
  startPrice: number;
  tickPower: number;
  lotPower: number;
  /** One contract is 10^contractPower base coins. */
  contractPower: number;
  /** Typical trade in lots. */
  typicalLots: number;
}

/** Where the instrument stands between two minutes. */
export interface PathState {
  logPrice: number;
  /** Logs of volatility and of trading activity, relative to the usual. */
  volatility: number;
  activity: number;
}

export interface SimulatedTrade {
  /** Milliseconds. */
  ts: number;
  id: string;
  ticks: number;
  lots: number;
  side: 'buy' | 'sell';
}

const minuteMs = 60_000;
/** Deviation of a usual minute's log return: about 2.3 % a day. */
const usualDeviation = 6e-4;
/** Below this many ticks the grid would be too coarse for a price. */
const fewestTicks = 100;

/** Twice as busy at 14:30 UTC as twelve hours away from it. */
function intraday(minute: number): number {
  const hour = (minute / 60) % 24;
  return 1 + Math.cos(((hour - 14.5) / 24) * 2 * Math.PI) / 3;
}

/**
 * The trades of one minute (minutes since 1970) and the state after it. A geometric random walk without drift, whose
 * volatility and activity are AR(1) in logs with a daily pattern: returns have fat tails that cluster and cannot be
 * predicted, their size can. Determined by seed, instrument, minute and the state before.
 */
export function simulateMinute(
  instrument: SimulatedInstrument,
  before: PathState,
  minute: number,
  seed: number,
): { trades: SimulatedTrade[]; after: PathState } {
  const { uniform, normal } = random(seed, instrument.index, minute);
  const volatility = 0.97 * before.volatility + 0.15 * normal();
  const activity = 0.95 * before.activity + 0.1 * normal() + 0.1 * (volatility - before.volatility);
  const pattern = intraday(minute);
  const count = Math.min(60, Math.max(20, Math.round(36 * Math.exp(0.5 * activity) * pattern + 4 * normal())));
  const step = (usualDeviation * Math.exp(volatility) * Math.sqrt(pattern)) / Math.sqrt(count);
  const size = instrument.typicalLots * Math.exp(activity);
  const floor = Math.log(fewestTicks) + instrument.tickPower * Math.LN10;
  const offsets = Array.from({ length: count }, () => Math.floor(uniform() * minuteMs)).sort((a, b) => a - b);
  let { logPrice } = before;
  const trades = offsets.map((offset, i): SimulatedTrade => {
    const move = normal();
    logPrice += step * move;
    if (logPrice < floor) logPrice = 2 * floor - logPrice;
    const ticks = Math.round(Math.exp(logPrice - instrument.tickPower * Math.LN10));
    const lots = Math.max(1, Math.round(size * Math.exp(normal() - 0.5)));
    const side = uniform() < 0.5 + 0.3 * Math.sign(move) ? 'buy' : 'sell';
    return { ts: minute * minuteMs + offset, id: String(minute * 1_000 + i), ticks, lots, side };
  });
  return { trades, after: { logPrice, volatility, activity } };
}
