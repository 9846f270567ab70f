import { short, thousands } from '#app/numbers.ts';
import { html, type Markup } from './html.ts';
import type { CalibrationBucket } from './run_report.ts';
import { linearScale } from './scale.ts';

const [width, height] = [400, 340];
const margin = { left: 66, right: 10, top: 8, bottom: 40 };
/** Radius of the dot of the largest bucket; areas go with the rows. */
const largest = 5;

/**
 * What came on average, over what was predicted: on the diagonal predictions mean what they say. One dot a bucket, both
 * axes with the same span.
 */
export function calibrationPlot(buckets: readonly CalibrationBucket[], label: string): Markup {
  const values = buckets.flatMap(({ predicted, observed }) => [predicted, observed]);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const edge = 0.06 * (high - low);
  const domain = [low - edge, high + edge] as const;
  const [left, right] = [margin.left, width - margin.right];
  const [top, bottom] = [margin.top, height - margin.bottom];
  const x = linearScale(domain, [left, right]);
  const y = linearScale(domain, [bottom, top]);
  const most = Math.max(...buckets.map(({ rows }) => rows));
  const path = buckets.map(({ predicted, observed }) => `${x.at(predicted)},${y.at(observed)}`).join(' ');
  return html`<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">
${x.ticks.map(
  (tick) => html`<line class="grid" x1="${x.at(tick)}" x2="${x.at(tick)}" y1="${top}" y2="${bottom}"/>
<line class="grid" x1="${left}" x2="${right}" y1="${y.at(tick)}" y2="${y.at(tick)}"/>
<text class="tick" x="${x.at(tick)}" y="${bottom + 15}" text-anchor="middle">${short(tick)}</text>
<text class="tick" x="${left - 6}" y="${y.at(tick) + 4}" text-anchor="end">${short(tick)}</text>
`,
)}<line class="diagonal" x1="${left}" y1="${bottom}" x2="${right}" y2="${top}"/>
<polyline class="course" points="${path}"/>
${buckets.map(
  ({
    predicted,
    observed,
    rows,
  }) => html`<circle class="dot" cx="${x.at(predicted)}" cy="${y.at(observed)}" r="${(largest * Math.sqrt(rows / most)).toFixed(1)}"><title>predicted ${short(predicted)}, came ${short(observed)}, ${thousands(rows)} rows</title></circle>
`,
)}<text class="axis" x="${(left + right) / 2}" y="${height - 6}" text-anchor="middle">predicted</text>
<text class="axis" x="12" y="${(top + bottom) / 2}" text-anchor="middle" transform="rotate(-90 12 ${(top + bottom) / 2})">came</text>
</svg>`;
}
