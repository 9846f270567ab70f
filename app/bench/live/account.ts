/** A row of `signals`, as far as it says what it is an answer to. */
export interface AnswerRow {
  [column: string]: unknown;
  /** Bar-open time. */
  ts: Date;
  symbol: string;
  model: string;
  horizon: number;
  run_id: string;
  absent: boolean;
  /** It speaks of so many bars from `ts` on; null: of one. */
  bars: number | null;
}

/** What is to be answered of each bar. */
export interface Question {
  model: string;
  horizon: number;
  symbol: string;
}

/** How the answers about a bar, or about several, stand. */
export interface AnswerAccount {
  signals: number;
  /** Rows that say why there is no signal. */
  absent: number;
  /** Questions without a row. */
  missing: number;
  /** Rows beyond the first one of a question. */
  doubled: number;
}

const minuteMs = 60_000;

/**
 * Compares rows with what had to be answered.
 * @param due the questions by bar (bar-open time in milliseconds)
 */
export function judgeAnswers(
  rows: readonly AnswerRow[],
  due: ReadonlyMap<number, readonly Question[]>,
): Map<number, AnswerAccount> {
  const accounts = new Map([...due.keys()].map((ts) => [ts, { signals: 0, absent: 0, missing: 0, doubled: 0 }]));
  const answered = new Set<string>();
  for (const row of rows)
    for (let i = 0; i < (row.bars ?? 1); i++) {
      const ts = row.ts.getTime() + i * minuteMs;
      const account = accounts.get(ts);
      if (!account) continue;
      const name = questionOf(row, ts);
      if (answered.has(name)) account.doubled += 1;
      answered.add(name);
      account[row.absent ? 'absent' : 'signals'] += 1;
    }
  for (const [ts, account] of accounts)
    account.missing = due.get(ts)!.filter((question) => !answered.has(questionOf(question, ts))).length;
  return accounts;
}

/** Compares looks at the table with each other, and the last one with what had to be answered. */
export class AnswerLooks {
  readonly #seen = new Map<string, string>();
  readonly #rewritten = new Set<string>();
  #rows: readonly AnswerRow[] = [];

  /** @param since the first bar that was looked at (milliseconds): what is older and was seen before may be left out */
  look(rows: readonly AnswerRow[], since: number): void {
    const now = new Map(rows.map((row) => [nameOf(row), JSON.stringify(row)]));
    for (const [name, before] of this.#seen)
      if (Number(name.split(' ')[0]) >= since && now.get(name) !== before) this.#rewritten.add(name);
    for (const [name, content] of now) this.#seen.set(name, content);
    this.#rows = rows;
  }

  /**
   * By the last look; `rewritten` are the rows whose content changed, or that went, between two looks.
   * @param bars bar-open times in milliseconds of the bars that have closed
   */
  account(bars: readonly number[], questions: readonly Question[]): AnswerAccount & { rewritten: number } {
    const total = { signals: 0, absent: 0, missing: 0, doubled: 0, rewritten: this.#rewritten.size };
    for (const each of judgeAnswers(this.#rows, new Map(bars.map((ts) => [ts, questions]))).values())
      for (const name of ['signals', 'absent', 'missing', 'doubled'] as const) total[name] += each[name];
    return total;
  }
}

function questionOf({ model, horizon, symbol }: Question, ts: number): string {
  return `${ts} ${symbol} ${model} ${horizon}`;
}

function nameOf(row: AnswerRow): string {
  return `${questionOf(row, row.ts.getTime())} ${row.run_id}`;
}
