import type { Refused, RejectReason } from './feed.ts';

/** What a refusal means for what is known of the market, and what to do about many of them. */
export interface Refusal {
  /** Whether data is missing now, so that bars cannot be whole. */
  missing: boolean;
  /** Whether it is a fault at all: many of them are a problem. */
  fault: boolean;
  remedy: string;
}

const format = 'The exchange may have changed its format: see table rejected_ticks for the frames, and update.';
const clock = 'Set the clock of this machine (NTP). If it is right, the exchange is wrong, and it passes.';
const lost = { missing: true, fault: true };
/** The row is of nothing that was asked for, so that nothing is missing. */
const foreign = { missing: false, fault: true };

/**
 * What each reason means. Data is missing where a row was, or may have been, a trade that happened and that we do not have.
 */
export const refusals: { readonly [reason in RejectReason]: Refusal } = {
  // What cannot be read may have been anything.
  'malformed frame': { ...lost, remedy: format },
  'trade without an id': { ...lost, remedy: format },
  'price is not a number': { ...lost, remedy: format },
  'price is not positive': { ...lost, remedy: format },
  'size is not a number': { ...lost, remedy: format },
  'size is not positive': { ...lost, remedy: format },
  'side is neither buy nor sell': { ...lost, remedy: format },
  'time is not a number': { ...lost, remedy: format },
  'time is out of range': { ...lost, remedy: format },
  'time is too far ahead': { ...lost, remedy: clock },
  'time is too far behind': { ...lost, remedy: clock },
  // A slip of the feed or a crash: REST says which of them.
  'price is too far from the last': {
    ...lost,
    remedy: 'Where the market really moves so far, raise ingest.maxPriceMultiple.',
  },
  'unknown channel': { ...foreign, remedy: format },
  'unknown instrument': { ...foreign, remedy: format },
  // The trades that it would bring are known to be missing by the quotes, or by the want of any event.
  'subscription refused': { ...foreign, remedy: 'See the log for what the exchange says of the subscription.' },
  // Bars are made of trades; what a quote says of the book cannot be fetched again.
  'bid above ask': {
    ...foreign,
    remedy: 'The book of the exchange is crossed; bars are made of trades, and are whole.',
  },
  // Insurance fund and deleveraging: the exchange leaves them out of its own bars.
  'not a market trade': { missing: false, fault: false, remedy: 'Nothing is to be done.' },
};

/** Whether a trade may be missing. A quote alone leaves bars whole: prices and volumes are those of trades. */
export function missesTrades(reason: RejectReason, { kind }: Refused): boolean {
  return refusals[reason].missing && kind !== 'quote';
}

/** Whether the time that the row states is what it was refused for. */
export function isOfClock(reason: RejectReason): boolean {
  return reason === 'time is too far ahead' || reason === 'time is too far behind';
}
