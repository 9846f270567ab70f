/** The rows that reach each node of a growing tree. Those of a node lie side by side, and are parted in place. */
export class RowsByNode {
  /** Those of node i at `start[i] … end[i] − 1`. */
  readonly rows: Uint32Array;
  readonly start: Uint32Array;
  readonly end: Uint32Array;
  readonly #spare: Uint32Array;

  /** @param rows at most so many, in at most so many nodes */
  constructor(rows: number, nodes: number) {
    this.rows = new Uint32Array(rows);
    this.#spare = new Uint32Array(rows);
    this.start = new Uint32Array(nodes);
    this.end = new Uint32Array(nodes);
  }

  /** Begins anew: the first so many of `rows` reach the root. */
  begin(count: number): void {
    this.start[0] = 0;
    this.end[0] = count;
  }

  /**
   * Sends the rows of `node` with codes ≤ cut to the node `left` and the others to the one after it; both keep their
   * (ascending) order.
   * @param codes those of the feature that is split on begin at `offset`
   */
  part(node: number, left: number, codes: Uint8Array, offset: number, cut: number): void {
    const rows = this.rows;
    const spare = this.#spare;
    const start = this.start[node];
    const end = this.end[node];
    let middle = start;
    let right = 0;
    for (let i = start; i < end; i++) {
      const row = rows[i];
      if (codes[offset + row] <= cut) rows[middle++] = row;
      else spare[right++] = row;
    }
    rows.set(spare.subarray(0, right), middle);
    this.start[left] = start;
    this.end[left] = middle;
    this.start[left + 1] = middle;
    this.end[left + 1] = end;
  }
}
