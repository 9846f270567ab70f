import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDecimal } from '#ingest/decimal.ts';
import { pairOf } from '#ingest/pair_name.ts';
import { SqliteTicks, unitSeparator } from './sqlite_pages.ts';
import { mustExist } from './text_file.ts';
import { sqlText } from './tick_columns.ts';
import type { DayOfTicks, TickFile } from './tick_file.ts';

export interface SqliteOptions {
  venue: string;
  /** Base coin per contract by the venue's name of the instrument; without it sizes of the book stay null. */
  contractValue?: { [instId: string]: string };
}

const fields = ['last', 'bidPrice', 'askPrice', 'bidSize', 'askSize', 'volCurrency24h', 'high24h', 'low24h'];
const ticker = fields.map((name) => `"${name}":"VARCHAR"`).join(',');

/**
 * The older database, `ticks(id, ts_ms, ts_iso, symbol, price, source, raw_json)`: one ticker a row, either bare or as
 * `{arg, data: [ticker]}`. Its rows are quotes: it has no trades. `volCurrency24h` is a rolling sum in base coin and goes
 * to `volume_24h`; `vol24h` is the same in contracts and goes nowhere. Where a ticker cannot be read, the column `price`
 * stands for its last price.
 * @throws UserError when the file is missing or no such database
 */
export function sqliteTicks(path: string, { venue, contractValue }: SqliteOptions): TickFile {
  mustExist(path);
  // What is wrong with the file is told before anything is written.
  const looked = new SqliteTicks(path);
  const names = looked.symbols();
  looked.close();
  const field = (name: string) => `json.${name}`;
  const numeric = (name: string) => `number_of(${field(name)})`;
  const size = (name: string) =>
    `CASE WHEN contract.digits = 1 THEN shifted(${field(name)}, contract.exponent) ELSE ${numeric(name)} * contract.value END`;
  return {
    path,
    venue,
    source: 'archive',
    numbered: true,
    ordered: true,
    identity: JSON.stringify(['sqlite', contractValue ?? null]),
    names,
    remarks: ({ remarked, days }) => [
      'its rows are tickers: bars made of them have no volume',
      ...sizesLeftOut(contractValue, names, days),
      ...(remarked > 0 ? [`${remarked} rows have no readable ticker: of these only the price is known`] : []),
    ],
    async *parts(scratch, from, bytes) {
      const database = new SqliteTicks(path);
      let number = 0;
      try {
        for await (const { text, rows, end } of database.parts(from === 0 ? database.first - 1 : from, bytes)) {
          const file = join(scratch, `lines-${number++ % 2}`);
          await writeFile(file, text.join('\n'));
          yield {
            lines: { file, delimiter: unitSeparator },
            end,
            share: (end - database.first + 1) / (database.last - database.first + 1),
            rows,
            reading: {
              from: relation(contractValue ?? {}),
              columns: {
                ts: `micros_of(whole_of(cells[2]), '', 'ms')`,
                kind: `'quote'`,
                event_id: `nullif(cells[1], '')`,
                seq: 'cells[1]',
                price: `number_of(coalesce(${field('last')}, cells[4]))`,
                bid: numeric('bidPrice'),
                ask: numeric('askPrice'),
                bid_size: size('bidSize'),
                ask_size: size('askSize'),
                volume_24h: numeric('volCurrency24h'),
                high_24h: numeric('high24h'),
                low_24h: numeric('low24h'),
              },
              name: 'trimmed(cells[3])',
              raw: `replace(line, chr(${unitSeparator}), ',')`,
              refused: `CASE WHEN coalesce(${field('last')}, nullif(cells[4], '')) IS NULL THEN 'price is not a number' END`,
              remarked: `coalesce(${field('last')}, ${field('bidPrice')}) IS NULL`,
            },
          };
        }
      } finally {
        database.close();
      }
    },
  };
}

function sizesLeftOut(
  contractValue: SqliteOptions['contractValue'],
  names: readonly string[],
  days: readonly DayOfTicks[],
): string[] {
  if (!contractValue) return ['sizes of the book are left out: without --contracts nothing says what a contract holds'];
  const taken = new Set(days.map(({ symbol }) => symbol));
  const lacking = names.filter(
    (name) => !Object.hasOwn(contractValue, instrumentOf(name)) && taken.has(pairOf(name)?.symbol ?? ''),
  );
  if (lacking.length === 0) return [];
  return [`--contracts says nothing of ${lacking.join(', ')}: their sizes of the book are left out`];
}

/** As the venue writes it, which is how contract values are told. */
const instrumentOf = (name: string) => name.trim().toUpperCase();

/** The cells with the ticker taken apart, and what a contract of the instrument holds. */
function relation(contractValue: { [instId: string]: string }): string {
  const entries = Object.entries(contractValue).map(([name, value]) => {
    const { digits, exponent } = parseDecimal(value);
    return `${sqlText(name)}: {'value': ${value}::DOUBLE, 'digits': ${digits}, 'exponent': ${exponent}}`;
  });
  // Not a join, through which DuckDB does not keep the order of rows.
  const contract =
    entries.length === 0 ? 'NULL' : `map_extract_value(MAP {${entries.join(', ')}}, upper(trimmed(cells[3])))`;
  return `(
    SELECT
      line,
      cells,
      -- The wrapped form is read as such: taking both forms in at once costs half as much again.
      CASE
        WHEN contains(cells[5], '"data"') THEN TRY(from_json(cells[5], '{"data":[{${ticker}}]}')).data[1]
        ELSE TRY(from_json(nullif(cells[5], ''), '{${ticker}}'))
      END AS json,
      ${contract}::STRUCT("value" DOUBLE, digits BIGINT, exponent INTEGER) AS contract
    FROM cells
  )`;
}
