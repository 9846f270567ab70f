/** A push that has taken harm on its way, or is not what it should be. */
export const manglings = {
  /** Cut off in the middle. */
  cut: (text: string) => text.slice(0, Math.floor(text.length / 2)),
  /** Numbers as numbers instead of as decimal strings: sound, though no document says so. */
  numbers: (text: string) => text.replace(/"(-?(?:0|[1-9]\d*)(?:\.\d+)?)"(?=[,}\]])/g, '$1'),
  /** Every price is none. */
  nan: (text: string) => text.replace(/"(price|last|askPrice|bidPrice|p|b|a)":"[^"]*"/g, '"$1":"NaN"'),
  /** No row. */
  empty: (text: string) => text.replace(/"data":\[.*\]/, '"data":[]'),
  /** What a gateway says in the exchange's place. */
  html: () => '<!doctype html><title>502 Bad Gateway</title>',
} satisfies { [name: string]: (text: string) => string };

/** The same push with its event times this much later, as of an exchange whose clock is wrong. */
export function shifted(text: string, ms: number): string {
  return text.replace(/("(?:ts|T|E)":"?)(\d{13})(?=\D)/g, (_, field: string, at: string) => field + (Number(at) + ms));
}

export type Mangling = keyof typeof manglings;

export const manglingNames = Object.keys(manglings) as Mangling[];
