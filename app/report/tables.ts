import { type Content, html, type Markup } from './html.ts';

/** A table whose first column names the row; the others are figures, aligned to the right. */
export function table(head: readonly string[], rows: readonly (readonly Content[])[]): Markup {
  return html`<div class="scroll"><table>
<thead><tr>${head.map((each) => html`<th scope="col">${each}</th>`)}</tr></thead>
<tbody>
${rows.map(
  ([name, ...cells]) => html`<tr><th scope="row">${name}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>
`,
)}</tbody>
</table></div>`;
}

/** Names and what they stand for. */
export function facts(entries: readonly (readonly [string, Content])[]): Markup {
  return html`<dl>${entries.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/** What is shown only when asked for. */
export function folded(summary: string, content: Markup): Markup {
  return html`<details><summary>${summary}</summary>
${content}
</details>`;
}
