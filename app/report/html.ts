/** Text that is HTML already. Only `html` makes it, from templates in the code. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What may stand in a template: text and numbers are escaped, nothing is left out, lists follow on. */
export type Content = string | number | Markup | null | undefined | readonly Content[];

/** `` html`<td>${name}</td>` ``: whatever is put in is text, unless it is markup itself. Attributes need their quotes. */
export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Markup {
  return new Markup(parts.reduce((text, part, i) => `${text}${shown(values[i - 1])}${part}`));
}

function shown(value: Content): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Markup) return value.text;
  if (typeof value === 'string' || typeof value === 'number') return escaped(String(value));
  return value.map(shown).join('');
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escaped(text: string): string {
  // Control characters have no meaning in HTML and no form that would be allowed there.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[&<>"']/g, (character) => entities[character]).replace(/[\0-\x08\x0b-\x1f\x7f]/g, '�');
}
