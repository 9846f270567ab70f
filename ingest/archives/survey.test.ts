import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mappedTicks } from './mapped_ticks.ts';
import { PartReader } from './part_reader.ts';
import { survey } from './survey.ts';
import type { TimeOptions } from './time_reading.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tickforest-survey-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const now = Date.UTC(2026, 6, 1) * 1_000;
const minute = Date.UTC(2026, 2, 1, 10) / 1_000;

/** Surveys a file of trades with these times in small parts, then reads it: microseconds since 10:00, null for refused rows. */
async function timesOf(times: string[], time: TimeOptions = {}) {
  const path = join(directory, 'A-USDT.csv');
  writeFileSync(path, ['ts,price,size,event_id', ...times.map((each, i) => `${each},1,1,${i}`)].join('\n'));
  const file = await mappedTicks(path, { venue: 'v', mapping: new Map(), time });
  const reader = await PartReader.open(directory);
  const found = new Map<string, number>();
  try {
    const surveyed = await survey(reader.database, file, directory, 60);
    const reading = { file, survey: surveyed, place: 0, began: now, touching: [] };
    await reader.begin(reading);
    let lines = 0;
    for await (const part of file.parts(directory, 0, 60)) {
      lines += (await reader.read(reading, part, lines)).rows;
      if ((await reader.days()).length === 0) continue;
      const written = join(directory, 'part.parquet');
      await reader.writeParquet(written);
      for (const [id, micros] of await idsAndTimes(written)) found.set(id, micros - minute * 1_000_000);
    }
    return { units: [...surveyed.units.keys()], times: times.map((_, i) => found.get(String(i)) ?? null) };
  } finally {
    await reader.close();
  }
}

async function idsAndTimes(file: string): Promise<[string, number][]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const result = await connection.runAndReadAll(`SELECT event_id, epoch_us(ts) FROM read_parquet('${file}')`);
  instance.closeSync();
  return result.getRows().map(([id, micros]) => [String(id), Number(micros)]);
}

describe('times keep every digit they have', () => {
  it('when the first is whole and the later ones have fractions', async () => {
    const cells = [`${minute}`, `${minute}.25`, `${minute + 59}.9999999`, `${minute + 60}.`, `${minute + 60}.000001`];
    expect(await timesOf(cells)).toEqual({ units: ['s'], times: [0, 250_000, 59_999_999, 60_000_000, 60_000_001] });
  });

  it('and what is finer than microseconds is cut off, in every unit', async () => {
    const ns = [`${minute}000000999`, `${minute}999999999`];
    expect(await timesOf(ns)).toEqual({ units: ['ns'], times: [0, 999_999] });
    expect(await timesOf(ns, { unit: 'ns' })).toEqual({ units: [], times: [0, 999_999] });
    expect(await timesOf([`${minute}999.9999`, `${minute}000.5`])).toEqual({ units: ['ms'], times: [999_999, 500] });
    expect(await timesOf([`${minute}999999.9`, `${minute}000000`])).toEqual({ units: ['us'], times: [999_999, 0] });
    const dates = ['2026-03-01 10:00:59.999999999', '2026-03-01T12:00:00.0000019+02:00'];
    expect(await timesOf(dates)).toEqual({ units: ['text'], times: [59_999_999, 1] });
    const format = '%d.%m.%Y %H:%M:%S.%n';
    expect(await timesOf(['01.03.2026 10:00:59.999999999'], { format })).toEqual({ units: [], times: [59_999_999] });
  });

  it('or are refused: nothing is made of a number that has lost digits', async () => {
    expect(await timesOf([`${minute}`, '1.7723592E+09', `${minute},5`, '0', `-${minute}`, 'soon', ''])).toEqual({
      ...{ units: ['s'], times: [0, null, null, null, null, null, null] },
    });
  });
});

describe('the unit of times', () => {
  it('may not change within a file, wherever it does', async () => {
    const seconds = Array.from({ length: 20 }, (_, i) => `${minute + i}`);
    const mixed = timesOf([...seconds, `${minute}000`, ...seconds]);
    await expect(mixed).rejects.toThrow(
      `A-USDT.csv are in two units: seconds (${minute},1,1,0) and milliseconds (${minute}000,1,1,20)`,
    );
    await expect(timesOf([...seconds, '2026-03-01 10:00:00'])).rejects.toThrow(
      /seconds .* and dates .*10:00:00,1,1,20/,
    );
  });

  it('can be given: then rows in another are refused', async () => {
    expect(await timesOf([`${minute}`, `${minute}000`, `${minute}.5`], { unit: 's' })).toEqual({
      ...{ units: [], times: [0, null, 500_000] },
    });
  });
});
