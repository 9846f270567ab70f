import { readFileSync } from 'node:fs';
import { short, signed } from '#app/numbers.ts';
import { isSimulated } from '#lib/venue.ts';
import { html, Markup } from './html.ts';
import type { RunReport } from './run_report.ts';
import { runSection, sectionOf } from './run_section.ts';
import { verdictOf } from './verdict.ts';

const style = new Markup(readFileSync(new URL('./page.css', import.meta.url), 'utf8'));

/**
 * One page on the newest run of each model and horizon that needs nothing but itself: no network, no script. It is well-formed and
 * says in words what its charts show.
 * @param made when it was made
 */
export function reportPage(venue: string, timeframe: string, runs: readonly RunReport[], made: Date): string {
  const title = `Models on ${timeframe} bars of ${venue}`;
  const page = html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>
<meta name="color-scheme" content="light dark"/>
<meta name="generator" content="tickforest"/>
<title>${title}</title>
<style>
${style}</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p class="lead">The newest run of each model and horizon beside the naive forecast that it has to beat, on rows it had not seen: walk-forward
in time, purged of overlapping labels. Made ${made.toISOString().slice(0, 16).replace('T', ' ')} UTC.</p>
${isSimulated(venue) || runs.some(({ summary }) => summary.simulated) ? banner : ''}
${overview(runs)}
${runs.map(runSection)}
</main>
</body>
</html>
`;
  return page.text;
}

const banner = html`<p class="banner"><b>Simulated market.</b> These figures say nothing about any real one, and none of these runs can be promoted.</p>`;

function overview(runs: readonly RunReport[]): Markup {
  return html`<nav aria-label="Models"><ul class="cards">
${runs.map(({ summary }) => {
  const { kind, finding } = verdictOf(summary);
  const { name, horizon, skill, p_value } = summary;
  return html`<li><a href="#${sectionOf(summary)}"><b>${breakable(name)}</b><span>${horizon} bars ahead</span><span class="figure ${kind}">${signed(skill)}</span><span>skill, p ${short(p_value)}</span><span class="verdict ${kind}">${finding}</span></a></li>
`;
})}</ul></nav>`;
}

/** A name that may go on in the next line after each of its words. */
function breakable(name: string): Markup {
  return html`${name.split('_').map((word, i) => (i === 0 ? word : html`_<wbr/>${word}`))}`;
}
