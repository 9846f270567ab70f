/** Microseconds since 1970-01-01 UTC. Exact in a double until the year 2255. */
export type Micros = number;

/** A minute, in microseconds. */
export const minute = 60_000_000;

/** Whole minutes, `to` exclusive. */
export interface MinuteRange {
  from: Micros;
  to: Micros;
}

export function floorMinute(ts: Micros): Micros {
  return Math.floor(ts / minute) * minute;
}
