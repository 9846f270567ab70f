import { DuckDBInstance } from '@duckdb/node-api';
import { reasonOf, UserError } from '#lib/errors.ts';
import type { Table } from './table.ts';
import { sqlName, sqlText } from './tick_columns.ts';
import { timeOfColumn } from './time_reading.ts';

/** Rows in one part. */
const partRows = 500_000;

/**
 * A Parquet file. Its numbers are numbers, where NaN means absent, or text.
 * @throws UserError when it is no Parquet
 */
export async function parquetTable(path: string): Promise<Table> {
  const { rows, types } = await schemaOf(path);
  return {
    path,
    columns: [...types.keys()],
    text: (column) => `trimmed(${sqlName(column)}::VARCHAR)`,
    number(column) {
      const name = sqlName(column);
      if (types.get(column) === 'VARCHAR') return `number_of(${name})`;
      // The double that the shortest text of a float states: its binary value has digits that nobody wrote.
      const value = types.get(column) === 'FLOAT' ? `${name}::VARCHAR::DOUBLE` : `${name}::DOUBLE`;
      return `CASE WHEN NOT isnan(${name}::DOUBLE) THEN ${value} END`;
    },
    time: (column, options) => timeOfColumn(sqlName(column), types.get(column)!, options),
    identity: null,
    async *parts(used, _scratch, from) {
      const fields = used.map((name) => `${sqlName(name)} := ${sqlName(name)}`);
      for (let start = from; start < rows; start += partRows) {
        const end = Math.min(start + partRows, rows);
        yield {
          end,
          share: end / rows,
          rows: end - start,
          relation: {
            from: `(SELECT * FROM read_parquet(${sqlText(path)}, file_row_number = true)
              WHERE file_row_number >= ${start} AND file_row_number < ${end})`,
            rowNumber: 'file_row_number',
            raw: `to_json(struct_pack(${fields.join(', ')}))::VARCHAR`,
          },
        };
      }
    },
  };
}

async function schemaOf(path: string): Promise<{ rows: number; types: Map<string, string> }> {
  const instance = await DuckDBInstance.create(':memory:');
  try {
    const connection = await instance.connect();
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
