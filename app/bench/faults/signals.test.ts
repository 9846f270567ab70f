import { expect, it } from 'vitest';
import { answersBetween, judgeAnswersUntil } from './signals.ts';

const minute = 60_000;
const start = Date.UTC(2026, 2, 2, 12);
const row = (i: number, more = {}) => ({
  ...{ ts: new Date(start + i * minute), symbol: 'A-USDT', model: 'risk_scorer', horizon: 5, run_id: 'r' },
  ...{ absent: false, bars: null, ...more },
});

it('a model owes an answer about each bar from its first one on, to the fault within whose time the bar closed', () => {
  const rows = [row(0), row(1), row(3), row(2, { horizon: 15 }), row(3, { horizon: 15 })];
  const answers = judgeAnswersUntil([...rows, row(3, { run_id: 'other' })], start + 5 * minute);
  expect([...answers].map(([bar, { missing, doubled }]) => [(bar - start) / minute, missing, doubled])).toEqual([
    ...[
      [0, 0, 0],
      [1, 0, 0],
      [2, 1, 0],
      [3, 0, 1],
      [4, 2, 0],
    ],
  ]);
  const between = (from: number, to: number) => answersBetween(answers, start + from * minute, start + to * minute);
  expect(between(1, 3)).toEqual({ signals_missing: 0, signals_doubled: 0 });
  expect(between(3, 4)).toEqual({ signals_missing: 1, signals_doubled: 0 });
  expect(between(4, Number.POSITIVE_INFINITY)).toEqual({ signals_missing: 2, signals_doubled: 1 });
});
