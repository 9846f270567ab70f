import { describe, expect, it } from 'vitest';
import { AnswerLooks, type AnswerRow } from './account.ts';

const minute = 60_000;
const start = Date.UTC(2026, 2, 2, 12);
const bars = [0, 1, 2].map((i) => start + i * minute);
const questions = ['A-USDT', 'B-USDT'].flatMap((symbol) => [
  { model: 'risk_scorer', horizon: 5, symbol },
  { model: 'risk_scorer', horizon: 15, symbol },
]);

function row(i: number, more: Partial<AnswerRow> = {}): AnswerRow {
  const plain = { symbol: 'A-USDT', model: 'risk_scorer', horizon: 5, run_id: 'r', absent: false, bars: null };
  return { ts: new Date(start + i * minute), ...plain, prediction: 1, ...more };
}
const whole = () => bars.flatMap((_, i) => questions.map((question) => row(i, question)));

const accountOf = (...looks: AnswerRow[][]) => {
  const seen = new AnswerLooks();
  for (const rows of looks) seen.look(rows, start);
  return seen.account(bars, questions);
};

describe('the account of answers', () => {
  it('finds nothing where each question has one row, whatever else stands there', () => {
    const rows = [...whole(), row(-1), row(3)];
    expect(accountOf(rows, rows)).toEqual({ signals: 12, absent: 0, missing: 0, doubled: 0, rewritten: 0 });
  });

  it('counts what has no row, and what has a second one by another run', () => {
    const rows = whole().slice(1);
    expect(accountOf([...rows, row(1, { run_id: 'other' })])).toMatchObject({ signals: 12, missing: 1, doubled: 1 });
    expect(accountOf([...whole(), row(1, { run_id: 'other', absent: true })])).toMatchObject({ absent: 1, doubled: 1 });
  });

  it('takes a row of several bars as an answer about each', () => {
    const outages = questions.map((question) => row(0, { ...question, absent: true, bars: 3 }));
    expect(accountOf(outages)).toMatchObject({ signals: 0, absent: 12, missing: 0, doubled: 0 });
    expect(accountOf([...outages, row(2)])).toMatchObject({ doubled: 1 });
  });

  it('counts once what changed or went between two looks, and not what a look leaves out', () => {
    const changed = [row(0, { ...questions[0], prediction: 2 }), ...whole().slice(1)];
    expect(accountOf(whole(), changed, whole())).toMatchObject({ rewritten: 1 });
    expect(accountOf(whole(), whole().slice(2))).toMatchObject({ rewritten: 2, missing: 2 });
    const seen = new AnswerLooks();
    seen.look(whole(), start);
    seen.look(whole().slice(4), bars[1]);
    expect(seen.account(bars.slice(1), questions)).toMatchObject({ missing: 0, rewritten: 0 });
  });
});
