import { setImmediate as others } from 'node:timers/promises';
import { FileBytes } from './file_bytes.ts';
import { type Column, type Layout, layoutOf, physical } from './layout.ts';
import type { Head, Opened } from './opened.ts';
import { readNumbers, readWords } from './pages.ts';

/**
 * Opens a file whose columns lie there as they are: `ts` in microseconds, `symbol`, and numbers.
 * @returns undefined for any other file
 */
export function openPlain(path: string): (Opened & { close(): void }) | undefined {
  const file = new FileBytes(path);
  let read: ReturnType<typeof readHead>;
  try {
    const layout = layoutOf(file);
    read = layout && readHead(file, layout);
  } finally {
    if (!read) file.close();
  }
  if (!read) return undefined;
  const { head, rank, numbers } = read;
  return {
    ...{ head, atATime: 1, close: () => file.close() },
    columns: async (into, done = () => {}) => {
      for (const [i, column] of numbers.entries()) {
        const values = into(i);
        if (!readNumbers(file, column, values, rank))
          throw new RangeError(`its column ${column.name} is not plain, though the first ones are`);
        done(values);
        // Whatever else this process does goes on between two columns.
        await others();
      }
    },
  };
}

/**
 * Times and symbols in the order of a frame, the place in it of each row of the file where these are not in that order
 * already, and the other columns.
 */
function readHead(
  file: FileBytes,
  { rows, columns }: Layout,
): { head: Head; rank: Uint32Array | undefined; numbers: Column[] } | undefined {
  const named = (name: string, type: number) => columns.find((each) => each.name === name && each.type === type);
  const [time, symbol] = [named('ts', physical.int64), named('symbol', physical.bytes)];
  const numbers = columns.filter((column) => column !== time && column !== symbol);
  const areNumbers = numbers.every(
    ({ type }) => type !== physical.bytes && Object.values<number>(physical).includes(type),
  );
  if (!time || !symbol || !areNumbers) return undefined;
  const times = new Float64Array(rows);
  const words = readWords(file, symbol, rows);
  if (!words || !readNumbers(file, time, times, undefined)) return undefined;

  const order = inOrder(times, words.indexes, words.words);
  const [ts, rank, symbolOf] = [new Float64Array(rows), new Uint32Array(rows), new Uint16Array(rows)];
  const indexOf = new Map<number, number>();
  for (let place = 0; place < rows; place++) {
    const row = order[place];
    const word = words.indexes[row];
    if (!indexOf.has(word)) indexOf.set(word, indexOf.size);
    ts[place] = times[row];
    symbolOf[place] = indexOf.get(word)!;
    rank[row] = place;
  }
  const symbols = [...indexOf.keys()].map((word) => words.words[word]);
  const head = { rows, ts, symbols, symbolOf, names: numbers.map(({ name }) => name) };
  return { head, rank: order.every((row, place) => row === place) ? undefined : rank, numbers };
}

/** The rows by time, those of one time by symbol. Where they come by time, only those of one time have to be sorted. */
function inOrder(times: Float64Array, words: Uint16Array, names: readonly string[]): Uint32Array {
  const sorted = names.map((_, word) => word).sort((a, b) => (names[a] < names[b] ? -1 : 1));
  const place = new Uint16Array(names.length);
  for (const [i, word] of sorted.entries()) place[word] = i;
  const order = new Uint32Array(times.length);
  for (let row = 0; row < order.length; row++) order[row] = row;
  if (times.some((time, row) => row > 0 && time < times[row - 1]))
    return order.sort((a, b) => times[a] - times[b] || place[words[a]] - place[words[b]]);
  for (let row = 1; row < order.length; row++) {
    const own = place[words[row]];
    let at = row;
    for (; at > 0 && times[at - 1] === times[row] && place[words[order[at - 1]]] > own; at--) order[at] = order[at - 1];
    order[at] = row;
  }
  return order;
}
