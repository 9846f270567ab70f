import { short, signed, thousands } from '#app/numbers.ts';
import { modelNamed } from '#models/catalogue.ts';
import { attemptsText } from './attempts.ts';
import { chartsOf } from './charts.ts';
import { html, type Markup } from './html.ts';
import type { RunReport } from './run_report.ts';
import { facts, folded, table } from './tables.ts';
import { verdictOf } from './verdict.ts';

/** The name of a section, by which the page refers to it. */
export function sectionOf({ name, horizon }: { name: string; horizon: number }): string {
  return `${name}-${horizon}`;
}

/** All that the page says of one model at one horizon. */
export function runSection(run: RunReport): Markup {
  const { summary, pooled, candidates } = run;
  const { name, skill, p_value, metric, value, baseline } = summary;
  const { kind, finding, consequence } = verdictOf(summary);
  return html`<section id="${sectionOf(summary)}">
<h2>${name}, ${summary.horizon} bars ahead <span class="verdict ${kind}">${finding}</span></h2>
<p class="lead">What it foretells: ${modelNamed(name).summary}, ${summary.horizon} bars ahead.</p>
<div class="headline">
<div class="${kind}"><b>${signed(skill)}</b><span>skill: 1 − loss / baseline’s loss</span></div>
<div><b>${short(p_value)}</b><span>p-value, corrected for ${candidates.length} candidates</span></div>
<div><b>${short(value)}</b><span>${metric.replace('_', ' ')}; naive baseline ${short(baseline)}</span></div>
${headlineOf(run)}
${practiceOf(run)}
</div>
<p>${consequence}${summary.warning ? ` ${summary.warning}` : ''}</p>
<p>${attemptsText(summary.attempts)}; the p-value is corrected for the candidates of this run alone.</p>
${chartsOf(run)}
<h3>Candidates</h3>
${candidateTable(run)}
${folded(
  'Every figure, all folds together',
  table(
    ['figure', 'model', 'baseline'],
    pooled.map((each) => [each.metric, short(each.value), short(each.baseline)]),
  ),
)}
${folded('Skill by fold, symbol and regime', skillTable(run))}
${folded('What was fitted, and on what', runFacts(run))}
</section>`;
}

/** The figure that people know better than the loss, and what plain rules reach. */
function headlineOf({ summary: { headline, rules } }: RunReport): Markup {
  const others = Object.entries(rules).map(([rule, accuracy]) => `, ${rule.replaceAll('_', ' ')} ${short(accuracy)}`);
  const baseline = `naive baseline ${short(headline.baseline)}${others.join('')}`;
  return html`<div><b>${short(headline.value)}</b><span>${headline.metric.replaceAll('_', ' ')}; ${baseline}</span></div>`;
}

/** How well it orders the symbols of a bar, and what trading that order would leave. */
function practiceOf({ summary: { ic, tradability } }: RunReport): Markup {
  return html`${
    ic ? html`<div><b>${signed(ic.mean)}</b><span>information coefficient; t ${short(ic.t)}</span></div>` : ''
  }${
    tradability
      ? html`<div><b>${short(tradability.break_even_bp)}</b><span>break-even cost, basis points a side; a side costs ${short(tradability.cost_bp)}</span></div>`
      : ''
  }`;
}

/** What was tried, and how each did fold by fold: an advantage in one fold alone is luck. */
function candidateTable({ folds, candidates }: RunReport): Markup {
  return table(
    ['candidate', 'loss', 'skill', 'p', 'p uncorrected', ...folds.map(({ name }) => `skill, ${name}`), ''],
    candidates.map((each) => [
      each.engine,
      short(each.loss),
      signed(each.skill),
      short(each.p_value),
      short(each.p_value_uncorrected),
      ...each.folds.map(signed),
      each.winner ? 'lowest loss' : '',
    ]),
  );
}

function skillTable({ folds, symbols, regimes }: RunReport): Markup {
  return table(
    ['rows not seen', 'skill', 'rows', 'skill on the rows fitted on'],
    [...folds, ...symbols, ...regimes].map((slice) => [
      slice.name,
      signed(slice.skill),
      thousands(slice.rows),
      slice.trained === null ? '' : signed(slice.trained),
    ]),
  );
}

function runFacts({ summary, facts: run }: RunReport): Markup {
  const { window, symbols, bars, rows, excluded_share } = summary;
  const excluded = `${short(100 * excluded_share)} %${run.excluded_why ? `: ${run.excluded_why}` : ''}`;
  return facts([
    ['run', summary.run_id],
    ['engine', `${summary.engine} ${run.parameters}`],
    ['window', `${minuteOf(window.from)} to ${minuteOf(window.to)} UTC`],
    ['rows', `${thousands(rows)} of ${thousands(bars)} bars in common of ${symbols.length} symbols`],
    ['symbols', symbols.join(', ')],
    ['left out', excluded],
    ['features', `${run.inputs} inputs of set ${run.set_hash}`],
    ['frame', run.frame_digest],
    ['artifact', `${summary.artifact}, ${run.artifact_digest}`],
    ['trained', `${minuteOf(summary.created_at)} UTC in ${run.seconds.toFixed(0)} s by version ${run.code_version}`],
    ['again', `./tickforest reproduce ${summary.run_id}`],
  ]);
}

function minuteOf(iso: string): string {
  return iso.slice(0, 16).replace('T', ' ');
}
