import { delimitedTable } from './delimited_table.ts';
import { parquetTable } from './parquet_table.ts';
import type { Table, TableOptions } from './table.ts';
import { mustExist } from './text_file.ts';

/**
 * The table in a file, which its name tells the format of: Parquet, Arrow or delimited text.
 * @throws UserError when the file is missing or cannot be read
 */
export async function openTable(path: string, options: TableOptions): Promise<Table> {
  mustExist(path);
  if (/\.(?:parquet|pq)$/i.test(path)) return parquetTable(path);
  // The library is large, and few need it.
  if (/\.(?:feather|arrow|ipc)$/i.test(path)) return (await import('./arrow_table.ts')).arrowTable(path);
  return delimitedTable(path, options);
}
