import { signed } from '#app/numbers.ts';
import { html, type Markup } from './html.ts';
import { linearScale } from './scale.ts';

export interface Bar {
  name: string;
  value: number;
  /** Half the length of the line across the bar's end. */
  deviation?: number;
  /** A second value, shown as a mark. */
  mark?: number | null;
  /** Shown where a pointer rests on the bar, and to who cannot see it. */
  title: string;
  /** Whether it is to stand back: a value that says nothing. */
  faint?: boolean;
}

const width = 400;
const rowHeight = 20;
const axisHeight = 22;
const valueWidth = 78;
/** Room for the text at a tick. */
const tickWidth = 56;
/** Of a letter of the labels, a generous guess. */
const letterWidth = 7;

/** Horizontal bars from a common zero line, one a row, with their values at the right. */
export function barChart(bars: readonly Bar[], label: string): Markup {
  const longest = Math.max(...bars.map(({ name }) => name.length));
  const left = Math.min(215, Math.ceil(longest * letterWidth) + 8);
  const ends = bars.flatMap(({ value, deviation = 0, mark }) => [value - deviation, value + deviation, mark ?? value]);
  const domain = [Math.min(0, ...ends), Math.max(0, ...ends)] as const;
  const right = width - valueWidth;
  const { at, ticks } = linearScale(domain, [left, right], Math.max(2, Math.floor((right - left) / tickWidth)));
  const bottom = bars.length * rowHeight + 4;
  return html`<svg viewBox="0 0 ${width} ${bottom + axisHeight}" role="img" aria-label="${label}">
${ticks.map(
  (tick) => html`<line class="grid" x1="${at(tick)}" x2="${at(tick)}" y1="0" y2="${bottom}"/>
<text class="tick" x="${at(tick)}" y="${bottom + 15}" text-anchor="middle">${signedTick(tick)}</text>
`,
)}${bars.map((bar, row) => barOf(bar, row * rowHeight + 2, left, at))}<line class="zero" x1="${at(0)}" x2="${at(0)}" y1="0" y2="${bottom}"/>
</svg>`;
}

function barOf(
  { name, value, deviation, mark, title, faint }: Bar,
  top: number,
  left: number,
  at: (v: number) => number,
) {
  const [from, to] = [Math.min(at(0), at(value)), Math.max(at(0), at(value))];
  const middle = top + rowHeight / 2;
  const kind = faint ? 'faint' : value > 0 ? 'gain' : 'loss';
  return html`<g><title>${title}</title>
<text class="label" x="${left - 6}" y="${middle + 4}" text-anchor="end">${name}</text>
<rect class="${kind}" x="${from}" y="${top + 3}" width="${Math.max(0.5, to - from).toFixed(1)}" height="${rowHeight - 6}"/>
${deviation === undefined ? '' : html`<line class="deviation" x1="${at(value - deviation)}" x2="${at(value + deviation)}" y1="${middle}" y2="${middle}"/>`}
${mark === undefined || mark === null ? '' : html`<line class="mark" x1="${at(mark)}" x2="${at(mark)}" y1="${top + 1}" y2="${top + rowHeight - 1}"/>`}
<text class="value" x="${width}" y="${middle + 4}" text-anchor="end">${signed(value)}</text></g>
`;
}

function signedTick(tick: number): string {
  return tick === 0 ? '0' : signed(tick);
}
