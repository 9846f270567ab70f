import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { runCli, sharedServers } from '#app/testing/cli.ts';
import type { CandidateMetrics } from '#jobs/train/fit_run.ts';
import { recordRun } from '#jobs/train/record_run.ts';
import type { StoredRun } from '#jobs/train/run.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import type { Importance } from '#models/importance.ts';
import { attribute, cellsOf, type Element, elements, readPage, textOf, unbalanced } from './fixtures/read_page.ts';
import { reportPage } from './page.ts';
import { readRunReports } from './run_report.ts';

const id = randomUUID().slice(0, 8);
const venue = `page-${id}`;
const hostile = `"><script>alert('x')</script>&amp;<img src=x>`;
const symbols = ['AAA-USDT', hostile];
const pooled = { fold: -1, split: 'test', symbol: null, regime: null } as const;

/** Skill and rows of each slice, which a page has to show as they are. */
const slices = [
  { fold: 0, symbol: null, regime: null, name: 'fold 1', skill: -0.01234567, rows: 1_234, trained: 0.25 },
  { fold: 1, symbol: null, regime: null, name: 'fold 2', skill: 0.07, rows: 766, trained: 0.125 },
  { fold: -1, symbol: symbols[0], regime: null, name: symbols[0], skill: 0.5, rows: 1_500 },
  { fold: -1, symbol: symbols[1], regime: null, name: symbols[1], skill: -1.75, rows: 500 },
  { fold: -1, symbol: null, regime: 'trending_up', name: 'trending up', skill: 0.002, rows: 2_000 },
];

const winner: CandidateMetrics = {
  engine: 'forest',
  metrics: [
    { ...pooled, metric: 'loss', value: 0.24, baseline: 0.25 },
    { ...pooled, metric: 'skill', value: 0.04, baseline: null },
    { ...pooled, metric: 'p_value', value: 0.0125, baseline: null },
    { ...pooled, metric: 'p_value_uncorrected', value: 0.00625, baseline: null },
    { ...pooled, metric: 'accuracy', value: 0.5512345, baseline: 0.52 },
    { ...pooled, metric: 'accuracy_vs_majority', value: 0.5512345, baseline: 0.51 },
    { ...pooled, metric: 'ic', value: 0.02, baseline: null },
    { ...pooled, metric: 'ic_t', value: 2.5, baseline: null },
    { ...pooled, metric: 'break_even_bp', value: 9.25, baseline: null },
    { ...pooled, metric: 'cost_bp', value: 6.125, baseline: null },
    ...slices.flatMap(({ fold, symbol, regime, skill, rows, trained }) => {
      const slice = { fold, symbol, regime, baseline: null } as const;
      const test = { ...slice, split: 'test' } as const;
      const figures: CandidateMetrics['metrics'] = [
        { ...test, metric: 'skill', value: skill },
        { ...test, metric: 'rows', value: rows },
      ];
      if (trained !== undefined) figures.push({ ...slice, split: 'train', metric: 'skill', value: trained });
      return figures;
    }),
  ],
  calibration: {
    up: {
      error: 0.01,
      slope: 0.9,
      bins: [
        { rows: 1_100, predicted: 0.4, observed: 0.38 },
        { rows: 900, predicted: 0.6, observed: 0.65 },
      ],
    },
  },
};
const loser: CandidateMetrics = {
  engine: 'linear',
  metrics: [
    { ...pooled, metric: 'loss', value: 0.3, baseline: 0.25 },
    { ...pooled, metric: 'skill', value: -0.2, baseline: null },
    { ...pooled, metric: 'p_value', value: 1, baseline: null },
    { ...pooled, metric: 'p_value_uncorrected', value: 0.975, baseline: null },
    { ...pooled, fold: 0, metric: 'skill', value: -0.3, baseline: null },
    { ...pooled, fold: 1, metric: 'skill', value: -0.125, baseline: null },
  ],
  calibration: {},
};
const features = Array.from({ length: 23 }, (_, i) => `feature_${i}`);
const importance: Importance = {
  gain: Object.fromEntries(features.map((name) => [name, 1 / features.length])),
  permutation: Object.fromEntries(features.map((name, i) => [name, { mean: (23 - i) / 1000, deviation: 0.0105 }])),
  families: { [hostile]: { features, gain: 1, permutation: { mean: 0.2, deviation: 0.03 } } },
};

function runOf(of: { venue: string; simulated: boolean }): StoredRun {
  const window = { from: '2026-01-02T00:00:00.000Z', to: '2026-01-03T00:00:00.000Z', bars: 1_000, rows: 2_000 };
  return {
    ...{ ...of, run_id: randomUUID().slice(0, 16), model: 'direction_predictor', engine: 'forest' },
    ...{ parameters: { trees: 100, depth: 4 }, timeframe: '1m', horizon: 5, shuffled: false, constant: false },
    ...{ symbols, window, excluded_share: 0.0123, excluded_why: `${hostile} lacks 12`, folds: 2, walk: 'sliding' },
    ...{ embargo_bars: 5, initial_share: 0.4, seed: 1, fee_bp: 6, metric: 'brier', value: 0.24, baseline: 0.25 },
    ...{
      baseline_name: 'base rate',
      skill: 0.04,
      p_value: 0.0125,
      without_best: null,
      without_coarse: null,
      tradability: null,
      candidates: [],
      features: features.length,
    },
    ...{ feature_set: 'a-set', frame: { file: 'frames/x.parquet', digest: 'frame-digest', statement: 'SELECT 1' } },
    ...{ code_version: '0.1.0', fit_seconds: 1, seconds: 2, created_at: '2026-01-03T00:01:00.000Z' },
    ...{ artifact: 'artifacts/direction_predictor/x', fitted_on: 'the whole window', model_digest: 'model-digest' },
  };
}

describe('report --html', () => {
  const directory = mkdtempSync(join(tmpdir(), 'tickforest-page-'));
  const file = join(directory, 'page.html');
  const run = runOf({ venue, simulated: false });
  let db: QuestDb;
  let text: string;
  let section: Element;

  beforeAll(async () => {
    db = new QuestDb(inject('questdb'));
    await recordRun(db, run, [winner, loser], importance);
    const { code, stderr } = await cli('--html', file, '--venue', venue);
    if (code !== 0) throw new Error(stderr);
    text = readFileSync(file, 'utf8');
    [section] = elements(readPage(text).root, 'section');
  });
  afterAll(async () => {
    await db.close();
    rmSync(directory, { recursive: true, force: true });
  });

  function cli(...args: string[]) {
    const servers = { questdb: inject('questdb'), redis: inject('redis') };
    return runCli(['report', ...args], sharedServers(servers, directory));
  }
  const figure = (caption: RegExp) =>
    elements(section, 'figure').find((each) => caption.test(textOf(elements(each, 'figcaption')[0])))!;
  const folded = (summary: string) =>
    elements(section, 'details').find((each) => textOf(elements(each, 'summary')[0]) === summary)!;

  it('is one well-formed page', () => {
    expect(readPage(text).errors).toEqual([]);
    expect(unbalanced(text.replace(/^<!DOCTYPE html>/, '').replace(/<style>[^<]*<\/style>/, ''))).toEqual([]);
  });

  it('needs nothing but itself', () => {
    const { root } = readPage(text);
    expect(elements(root, 'script').length + elements(root, 'img').length + elements(root, 'link').length).toBe(0);
    const references = elements(root, '*').flatMap(({ attrs }) =>
      attrs.filter(({ name }) => /href|src|action|data|^on/.test(name)).map(({ value }) => value),
    );
    expect(references).toEqual(['#direction_predictor-5']);
    expect(elements(root, 'section').map((each) => attribute(each, 'id'))).toEqual(['direction_predictor-5']);
    expect(text).not.toMatch(/https?:|url\(|@import/);
  });

  it('shows names as they are, whatever they read like', () => {
    expect(text).not.toContain('<script>alert');
    expect(cellsOf(folded('Skill by fold, symbol and regime')).map(([name]) => name)).toContain(hostile);
    expect(textOf(folded('What was fitted, and on what'))).toContain(`1.23 %: ${hostile} lacks 12`);
    expect(elements(figure(/^Families/), 'text', 'label').map(textOf)).toEqual([hostile]);
  });

  it('has the figures of the tables', () => {
    const headline = elements(section, 'div', 'headline').map(textOf)[0].replace(/\s+/g, ' ');
    expect(headline).toContain('+0.04skill');
    expect(headline).toContain('0.0125p-value, corrected for 2 candidates');
    expect(headline).toContain('0.24brier; naive baseline 0.25');
    expect(headline).toContain('0.5512accuracy; naive baseline 0.52, majority 0.51');
    expect(headline).toContain('+0.02information coefficient; t 2.5');
    expect(headline).toContain('9.25break-even cost, basis points a side; a side costs 6.125');
    expect(cellsOf(folded('Skill by fold, symbol and regime'))).toEqual([
      ['fold 1', '−0.01235', '1,234', '+0.25'],
      ['fold 2', '+0.07', '766', '+0.125'],
      // Symbols in the order of their names.
      [hostile, '−1.75', '500', ''],
      ['AAA-USDT', '+0.5', '1,500', ''],
      ['trending up', '+0.002', '2,000', ''],
    ]);
    expect(cellsOf(figure(/^Calibration of “up”/))).toEqual([
      ['1', '0.4', '0.38', '1,100'],
      ['2', '0.6', '0.65', '900'],
    ]);
    expect(cellsOf(section)).toEqual(
      expect.arrayContaining([
        ['forest', '0.24', '+0.04', '0.0125', '0.00625', '−0.01235', '+0.07', 'lowest loss'],
        ['linear', '0.3', '−0.2', '1', '0.975', '−0.3', '−0.125', ''],
        ['accuracy', '0.5512', '0.52'],
      ]),
    );
    const described = textOf(folded('What was fitted, and on what'));
    for (const told of [
      run.run_id,
      '{"trees":100,"depth":4}',
      'a-set',
      'frame-digest',
      'model-digest',
      '2,000 of 1,000',
    ])
      expect(described).toContain(told);
  });

  it('draws skill from a zero line and points where they belong', () => {
    const chart = figure(/^Skill by fold/);
    const [zero] = elements(chart, 'line', 'zero').map((line) => Number(attribute(line, 'x1')));
    const [loss, gain] = elements(chart, 'rect').map((bar) => {
      const [x, width] = ['x', 'width'].map((name) => Number(attribute(bar, name)));
      return { kind: attribute(bar, 'class'), from: x - zero, to: x + width - zero };
    });
    expect([loss.kind, gain.kind]).toEqual(['loss', 'gain']);
    expect(loss.to).toBeCloseTo(0, 0);
    expect(gain.from).toBeCloseTo(0, 0);
    // To a tenth of a unit at each end.
    expect(Math.abs(gain.to / -loss.from - 0.07 / 0.01234567)).toBeLessThan(0.2);
    const marks = elements(chart, 'line', 'mark').map((line) => Number(attribute(line, 'x1')) - zero);
    expect(marks[0] / marks[1]).toBeCloseTo(2, 1);

    const plot = figure(/^Calibration/);
    const [diagonal] = elements(plot, 'line', 'diagonal');
    const [x1, y1, x2, y2] = ['x1', 'y1', 'x2', 'y2'].map((name) => Number(attribute(diagonal, name)));
    const onDiagonal = (x: number) => y1 + ((y2 - y1) * (x - x1)) / (x2 - x1);
    const dots = elements(plot, 'circle').map((dot) => ['cx', 'cy'].map((name) => Number(attribute(dot, name))));
    // Less came than was predicted in the first bucket, more in the second: below and above the diagonal.
    expect(dots[0][1]).toBeGreaterThan(onDiagonal(dots[0][0]));
    expect(dots[1][1]).toBeLessThan(onDiagonal(dots[1][0]));
  });

  it('shows the twenty features that matter most, and greys what is not above its deviation', () => {
    const chart = figure(/^The 20 most important features/);
    expect(elements(chart, 'text', 'label').map(textOf)).toEqual(features.slice(0, 20));
    // 0.023 down to 0.011 are above 0.0105.
    expect(elements(chart, 'rect', 'gain')).toHaveLength(13);
    expect(elements(chart, 'rect', 'faint')).toHaveLength(7);
    expect(elements(chart, 'line', 'deviation')).toHaveLength(20);
  });

  it('says in words what was found, and what follows', async () => {
    expect(textOf(elements(section, 'h2')[0])).toBe('direction_predictor, 5 bars ahead beats its baseline');
    expect(textOf(section)).toContain('May be promoted, unless the standing champion is better.');
    const [report] = await readRunReports(db, venue, '1m');
    const page = (change: object, of = venue) =>
      readPage(reportPage(of, '1m', [{ ...report, summary: { ...report.summary, ...change } }], new Date(0))).root;
    const without = textOf(page({ skill: -0.01, p_value: 0.9 }));
    expect(without).toContain('direction_predictor, 5 bars ahead no skill');
    expect(without).toContain(
      'Cannot be promoted: its skill is -0.01, not above 0; its p-value is 0.9, not below 0.05.',
    );
    const carried = textOf(page({ without_best: { skill: 0.01, p_value: 0.46 } }));
    expect(carried).toContain('direction_predictor, 5 bars ahead skill by one symbol alone');
    expect(carried).toContain('Cannot be promoted: without its best symbol its p-value is 0.46, not below 0.05.');
    const dear = textOf(page({ tradability: { break_even_bp: 0.81234, cost_bp: 6.5 } }));
    expect(dear).toContain('direction_predictor, 5 bars ahead significant, not tradable');
    expect(dear).toContain(
      'Cannot be promoted: its break-even cost is 0.8123 basis points a side, and a side costs 6.5.',
    );
    expect(textOf(page({ ic: { mean: 0.0123456, t: 2.71234 } }))).toContain('+0.01235information coefficient; t 2.712');
    expect(textOf(page({ constant: true }))).toMatch(
      /constant predictions.*Cannot be promoted: its predictions are con/s,
    );
    // Of the folds above the last is the better.
    expect(report.summary.warning).toBeNull();
    const warned = textOf(page({ warning: 'It may not last.' }));
    expect(warned).toContain('May be promoted, unless the standing champion is better. It may not last.');
    expect(textOf(section)).toContain(
      '1 run with 2 candidates and 0 trials of this model on overlapping windows; the p',
    );
    expect(elements(page({}), 'p', 'banner')).toEqual([]);
    expect(elements(page({ simulated: true }), 'p', 'banner')).toHaveLength(1);
    expect(elements(page({}, 'sim-x'), 'p', 'banner')).toHaveLength(1);
    const early = reportPage(venue, '1m', [{ ...report, importance: null }], new Date(0));
    expect(early).toContain('was not measured: it is of an older version');
  });

  it('is not written over a file, into no directory, or of nothing', async () => {
    writeFileSync(join(directory, 'mine.html'), 'mine');
    const attempts: [string[], RegExp][] = [
      [['--html', join(directory, 'mine.html'), '--venue', venue], /mine\.html exists\. Overwrite it with --force/],
      [['--html', join(directory, 'none', 'a.html'), '--venue', venue], /There is no directory .*none\. Make it/],
      [['--html', join(directory, 'b.html'), '--venue', `no-${venue}`], /No model has been trained .*tickforest train/],
    ];
    for (const [args, reason] of attempts) {
      const { code, stdout, stderr } = await cli(...args);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(reason);
    }
    expect(readFileSync(join(directory, 'mine.html'), 'utf8')).toBe('mine');
    const over = await cli('--html', join(directory, 'mine.html'), '--venue', venue, '--force', '--json');
    expect(JSON.parse(over.stdout)).toMatchObject({ venue, timeframe: '1m', runs: [run.run_id] });
    expect(readFileSync(join(directory, 'mine.html'), 'utf8')).toContain(run.run_id);
  });
});
