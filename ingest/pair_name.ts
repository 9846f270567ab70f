import { coinOf } from './listing.ts';

/** A pair under our name for it. */
export interface Pair {
  /** `PEPE-USDT`. */
  symbol: string;
  /** Its prices are of 10^`power` coins: 3 for `1000PEPEUSDT`. */
  power: number;
}

/** Currencies that others are priced in, as names in one word end with them. */
const quotes = [
  ...['USDT', 'USDC', 'FDUSD', 'BUSD', 'TUSD', 'USD1', 'USDE', 'USDP', 'DAI', 'USD', 'EUR', 'EURI', 'GBP', 'TRY'],
  ...['BRL', 'JPY', 'AUD', 'CAD', 'CHF', 'KRW', 'ZAR', 'MXN', 'PLN', 'BTC', 'XBT', 'ETH', 'BNB'],
].sort((a, b) => b.length - a.length);

/** Coins whose last letter makes the dollar after it look like TUSD or BUSD: DOTUSD is no DO in TUSD. */
const beforeUsd = new Set([
  ...['ACT', 'ANT', 'APT', 'BAT', 'BNT', 'BTT', 'DENT', 'DOT', 'FTT', 'GMT', 'GRT', 'HFT', 'HNT', 'HOT', 'LIT', 'LPT'],
  ...['MNT', 'NFT', 'NOT', 'OXT', 'PNUT', 'QNT', 'SNT', 'USDT', 'WCT', 'XAUT', 'XBT'],
  ...['AMB', 'BNB', 'CKB', 'DGB', 'KUB', 'MOB', 'SHIB', 'TRB'],
]);

/** Words that are a coin and no pair, or that are two pairs: AR in BUSD or ARB in USD. */
const unsplit = new Set([
  ...['WBTC', 'CBBTC', 'TBTC', 'RENBTC', 'HBTC', 'BTCB', 'WETH', 'STETH', 'WSTETH', 'CBETH', 'RETH', 'WBETH', 'BETH'],
  ...['WBNB', 'SDAI', 'GUSD', 'HUSD', 'LUSD', 'SUSD', 'PYUSD', 'RLUSD', 'ARBUSD'],
]);

const otherNames: { [coin: string]: string } = { XBT: 'BTC', XDG: 'DOGE' };

/**
 * The pair that a name means: `BTC-USDT`, `btc/usdt`, `BTC_USDT`, `BTCUSDT`, `XBTUSD`, `BTC/USDT:USDT`, `BTC-USDT-SWAP`,
 * `BTCUSD_PERP`, `XXBTZUSD`, `1000PEPEUSDT`.
 * @returns null for a name that is none of a pair, or of a contract that expires: no coin is made up
 */
export function pairOf(name: string): Pair | null {
  const word = name.trim().toUpperCase();
  const [, pair] = /^(.+?)(?:[-_/](?:SWAP|PERP|PERPETUAL|SPOT))?$/.exec(word) ?? [];
  // ccxt names what a contract is settled in after a colon.
  const parts = (pair ?? '').replace(/:(USDT|USDC|USD|BTC|ETH)$/, '').split(/[-_/]/);
  const [base, quote] = parts.length === 1 ? split(parts[0]) : parts.length === 2 ? parts : [];
  if (!base || !quote || !/^[A-Z0-9]*[A-Z][A-Z0-9]*$/.test(base) || !isQuote(quote)) return null;
  const { coin, power } = coinOf(base);
  return { symbol: `${otherNames[coin] ?? coin}-${otherNames[quote] ?? quote}`, power };
}

/** What stands after a separator may be money that this list does not have. */
function isQuote(word: string): boolean {
  return quotes.includes(word) || (/^[A-Z]{1,10}$/.test(word) && split(word).length === 0);
}

/** Base and quote of a name in one word: the longest quote that it ends with, unless the rest would be no coin. */
function split(word: string): [string, string] | [] {
  if (quotes.includes(word) || unsplit.has(word)) return [];
  // Kraken puts X before a coin and Z before money.
  const [, coin, money] = /^X([A-Z]{3})[XZ]([A-Z]{3})$/.exec(word) ?? [];
  if (coin && quotes.includes(money)) return [coin, money];
  const dollars = word.endsWith('USD') ? word.slice(0, -3) : '';
  if (beforeUsd.has(dollars)) return [dollars, 'USD'];
  const quote = quotes.find((each) => word.endsWith(each));
  return quote ? [word.slice(0, -quote.length), quote] : [];
}

/** The pair that a file is named after: `BTC-USDT.csv.gz`, `XBTUSD.csv`, `binance-um-BTC-USDT.parquet`; capitals only. */
export function pairOfFileName(name: string): Pair | null {
  const stem = name.replace(/(?:\.[a-z]+[0-9]?)+$/, '');
  const [whole, last] = [/(?:^|[^A-Za-z0-9])([A-Z0-9]+[-_][A-Z0-9]+)$/, /(?:^|[^A-Za-z0-9])([A-Z0-9]+)$/].map(
    (pattern) => pattern.exec(stem)?.[1],
  );
  return (whole && pairOf(whole)) || (last && pairOf(last)) || null;
}
