import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { reasonOf, UserError } from '#lib/errors.ts';
import { type Mapping, mappedColumns, resolveMapping } from './mapping.ts';
import { mustExist } from './text_file.ts';
import { sqlName, sqlText, type TickColumn } from './tick_columns.ts';
import type { TickFile } from './tick_file.ts';
import { type TimeOptions, timeOfColumn } from './time_reading.ts';

export interface ParquetOptions {
  venue: string;
  mapping: Mapping;
  time: TimeOptions;
}

/** Rows in one part. */
const partRows = 500_000;

/**
 * A Parquet file of trades or quotes. Columns that are named like those of `ticks` need no mapping. Its prices and sizes
 * are numbers, where NaN means absent, or text.
 * @throws UserError when the file is missing or no Parquet, or the mapping does not fit its columns
 */
export async function parquetTicks(path: string, { venue, mapping, time }: ParquetOptions): Promise<TickFile> {
  mustExist(path);
  const { rows, types } = await schemaOf(path);
  const header = [...types.keys()];
  const resolved = resolveMapping(path, header, mapping);
  const timeOf = (name: TickColumn) => {
    const source = resolved.get(name);
    if (!source || !('column' in source)) return undefined;
    return timeOfColumn(sqlName(source.column), types.get(source.column)!, time);
  };
  const at = timeOf('ts');
  const number = (column: string) => {
    const name = sqlName(column);
    if (types.get(column) === 'VARCHAR') return `number_of(${name})`;
    return `CASE WHEN NOT isnan(${name}::DOUBLE) THEN ${name}::DOUBLE END`;
  };
  const columns = {
    ...mappedColumns(resolved, (column) => `${sqlName(column)}::VARCHAR`, number),
    ts: at?.micros,
    received_at: timeOf('received_at')?.micros,
  };
  const used = [...resolved.values()].flatMap((source) => ('column' in source ? [sqlName(source.column)] : []));
  return {
    path,
    venue,
    source: 'archive',
    numbered: resolved.has('event_id'),
    identity: JSON.stringify([[...resolved], time]),
    async *parts(_scratch, from) {
      for (let start = from; start < rows; start += partRows) {
        const end = Math.min(start + partRows, rows);
        yield {
          end,
          share: end / rows,
          rows: end - start,
          reading: {
            from: `(SELECT * FROM read_parquet(${sqlText(path)}, file_row_number = true)
              WHERE file_row_number >= ${start} AND file_row_number < ${end})`,
            columns,
            timeUnit: at?.unit,
            rowNumber: 'file_row_number',
            raw: `to_json(struct_pack(${[...new Set(used)].map((name) => `${name} := ${name}`).join(', ')}))::VARCHAR`,
          },
        };
      }
    },
  };
}

async function schemaOf(path: string): Promise<{ rows: number; types: Map<string, string> }> {
  const instance = await DuckDBInstance.create(':memory:');
  try {
    const connection: DuckDBConnection = await instance.connect();
    const read = `read_parquet(${sqlText(path)})`;
    const described = await connection.runAndReadAll(`DESCRIBE SELECT * FROM ${read}`);
    const counted = await connection.runAndReadAll(`SELECT count(*) FROM ${read}`);
    const types = new Map(described.getRows().map(([name, type]) => [String(name), String(type)]));
    return { rows: Number(counted.getRows()[0][0]), types };
  } catch (cause) {
    throw new UserError(`${path} could not be read as Parquet: ${reasonOf(cause)}.`, 'Fetch or write it again.', {
      cause,
    });
  } finally {
    instance.closeSync();
  }
}
