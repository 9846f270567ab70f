import { Command } from 'commander';
import { withServices } from '#app/context.ts';
import { signed } from '#app/numbers.ts';
import { printJson, printTable, progress, say, short, thousands } from '#app/terminal.ts';
import { type RunScore, scoreRun } from '#jobs/runs/score.ts';
import type { ScoreRequest } from '#jobs/runs/scored_symbols.ts';
import { describeExclusions } from '#lib/frame.ts';
import type { Micros } from '#lib/time.ts';
import { isSimulated } from '#lib/venue.ts';
import { moment, symbolList } from './parse.ts';

interface Options extends ScoreRequest {
  json?: boolean;
}

export function scoreCommand(): Command {
  return new Command('score')
    .description('score a stored run, without fitting, on bars that are new to it')
    .argument('<run>', 'id of the run, as report shows it')
    .option('--venue <name>', 'venue of the market (default: that of the run)')
    .option('--symbols <list>', 'symbols, separated by commas (default: those of the run)', symbolList)
    .option(
      '--from <time>',
      'first time, UTC, like 2026-03-01 or 2026-03-01T12:00 (default: the first new bar)',
      moment,
    )
    .option('--to <time>', 'last time (default: the newest bar)', moment)
    .option('--json', 'print one JSON document')
    .addHelpText('after', help)
    .action(async (runId: string, { json, ...request }: Options) => {
      const outcome = await withServices({}, async ({ db, config }) => {
        const bar = progress('score', 1);
        try {
          return await scoreRun(db, config.dataDir, runId, request, (what, done, total) =>
            bar.update(done, total, what),
          );
        } finally {
          bar.end();
        }
      });
      if (json) printJson(documentOf(outcome));
      else print(outcome);
    });
}

const help = `
The model and the baselines are those of the run's artifact. Bars that open before the last label of the run's window was known
are left out and counted: they would flatter. Bars must have features and labels of all symbols; what is lacking is computed.`;

function documentOf({ run, window, score, seen, ...rest }: RunScore) {
  const { run_id, model, timeframe, horizon, metric, shuffled } = run;
  return {
    ...{ run_id, model, timeframe, horizon, shuffled, venue: window.venue, simulated: isSimulated(window.venue) },
    symbols: window.symbols,
    window: { from: isoTime(score.from), to: isoTime(score.until), bars: score.bars, rows: score.rows },
    ...{ metric, value: score.loss, baseline: score.baseline, baseline_name: score.baselineName },
    ...{ skill: score.skill, p_value: score.pValue, p_value_missing: score.pValueMissing, besides: score.besides },
    validation: { value: run.value, baseline: run.baseline, skill: run.skill, p_value: run.p_value },
    far_below: rest.farBelow,
    by_symbol: score.bySymbol.map(({ symbol, loss: value, ...each }) => ({ symbol, value, ...each })),
    by_day: score.byDay.map(({ day, loss: value, ...each }) => ({ day, value, ...each })),
    trained: { venue: run.venue, ...run.window },
    ...{ unseen_from: isoTime(rest.unseenFrom), seen, skipped: rest.skipped, not_finite: rest.excluded },
  };
}

function print({ run, window, score, skipped, seen, excluded, farBelow, unseenFrom }: RunScore): void {
  const { venue, symbols, timeframe, horizon } = window;
  if (isSimulated(venue)) say('SIMULATED MARKET: these figures say nothing about a real market.', false);
  if (run.shuffled) say('The run was trained on shuffled labels: it should show no skill.', false);
  say(`${run.model}, run ${run.run_id}, ${horizon} bars of ${timeframe} ahead; baseline ${score.baselineName}.`, false);
  printTable(
    ['', run.metric, 'baseline', 'skill', 'p', 'rows'],
    [
      ['these bars', short(score.loss), short(score.baseline), signed(score.skill), short(score.pValue), score.rows],
      ['the run’s validation', short(run.value), short(run.baseline), signed(run.skill), short(run.p_value), ''],
    ].map((row) => row.map((cell) => (typeof cell === 'number' ? thousands(cell) : cell))),
  );
  if (farBelow)
    say(
      `The skill is far below that of the run's validation: ${signed(score.skill)} is less than half of ${signed(run.skill)}.`,
      false,
    );
  if (score.pValueMissing) say(`There is no p-value: ${score.pValueMissing}`, false);
  for (const [what, slices] of [
    ['symbol', score.bySymbol.map(({ symbol, ...each }) => ({ name: symbol, ...each }))],
    ['day', score.byDay.map(({ day, ...each }) => ({ name: day, ...each }))],
  ] as const)
    printTable(
      [what, run.metric, 'baseline', 'skill', 'rows'],
      slices.map((each) => [
        ...[each.name, short(each.loss), short(each.baseline), signed(each.skill), thousands(each.rows)],
      ]),
    );
  const [from, to] = [score.from, score.until].map(minuteOf);
  say(`Scored on ${thousands(score.bars)} bars from ${from} to ${to} UTC of ${symbols.join(', ')} of ${venue}.`, false);
  if (seen.bars > 0)
    say(
      `Left out: ${thousands(seen.bars)} bars (${thousands(seen.rows)} rows) before ${minuteOf(unseenFrom)} UTC, when the run knew their labels.`,
      false,
    );
  if (excluded.length > 0) say(`Left out: ${describeExclusions(excluded)}.`, false);
  for (const { symbol, reason } of skipped) say(`Skipped ${symbol}: ${reason}.`, false);
}

function minuteOf(ts: Micros): string {
  return isoTime(ts).slice(0, 16).replace('T', ' ');
}

function isoTime(ts: Micros): string {
  return new Date(ts / 1000).toISOString();
}
