import type { Frame } from '#lib/frame.ts';
import { createRandom } from './forest/random.ts';
import { labelsOf } from './frame_rows.ts';

/**
 * The same frame with its label columns permuted across the rows of each symbol, all alike: inputs and labels no longer
 * belong together, while each baseline still finds its own columns beside the target. A validation that finds skill
 * in such a frame leaks.
 *
 * The permutation is a rotation by a quarter to three quarters of the window, the same for all symbols. Dealing the
 * rows out at random would spread the window's drift and its quiet and busy hours evenly over training and test, and
 * so hand each fold the average of its own future (measured: "skill" against zero return with p = 0.008 on real bars);
 * it would also break up the overlap of labels, and with it the very leak that purging is there to stop.
 */
export function shuffleLabels(frame: Frame, seed: number): Frame {
  const share = 0.25 + 0.5 * (createRandom(seed, 0).next() / 2 ** 32);
  const source = rotation(frame, share);
  const columns = new Map(frame.columns);
  for (const name of labelsOf(frame)) {
    const values = frame.columns.get(name)!;
    columns.set(
      name,
      Float64Array.from(source, (row) => values[row]),
    );
  }
  return { ...frame, columns };
}

/** For each row the row of the same symbol that lies this share of its rows further on, around the end. */
function rotation(frame: Frame, share: number): Uint32Array {
  const rowsOf: number[][] = frame.symbols.map(() => []);
  frame.symbolOf.forEach((symbol, row) => {
    rowsOf[symbol].push(row);
  });
  const source = new Uint32Array(frame.rows);
  for (const rows of rowsOf) {
    const distance = Math.round(share * rows.length);
    rows.forEach((row, i) => {
      source[row] = rows[(i + distance) % rows.length];
    });
  }
  return source;
}
