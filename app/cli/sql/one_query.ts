import { UserError } from '#lib/errors.ts';

/** The first word of a statement that changes something, of the server or of the session. */
const changing = new Set(
  `ALTER BACKUP BEGIN CANCEL CHECKPOINT COMMIT COMPILE COPY CREATE DELETE DISCARD DROP GRANT INSERT MERGE REFRESH REINDEX
   RENAME RESET RESUME REVOKE ROLLBACK SET SNAPSHOT TRUNCATE UPDATE VACUUM`.split(/\s+/),
);

/** These may stand before a change as well as before a query. */
const leading = new Set(['WITH', 'DECLARE']);

// Strings, quoted names and comments are passed over as a whole; what remains is words, brackets and semicolons.
const token = /'(?:[^']|'')*'|"[^"]*"|--[^\n]*|\/\*[\s\S]*?\*\/|[A-Za-z_]\w*|[();]/g;

/**
 * The one query that a text holds, without the semicolon at its end. That a query can only read is seen to by
 * `onlyReading`; this says so in plain words, before any server is started.
 * @throws UserError when the text holds none, several, or a statement that changes something
 */
export function oneQuery(text: string): string {
  const tokens = [...text.matchAll(token)].filter(([each]) => !/^(--|\/\*)/.test(each));
  const end = tokens.find(([each]) => each === ';')?.index ?? text.length;
  if (/[^\s;]/.test(withoutComments(text.slice(end))))
    throw new UserError('These are several statements, and sql runs one.', 'Give one at a time.');
  if (!/\S/.test(withoutComments(text.slice(0, end))))
    throw new UserError('There is no statement.', 'For example: ./tickforest sql "SHOW TABLES"');
  const change = changeIn(tokens.map(([each]) => each.toUpperCase()));
  if (change)
    throw new UserError(
      `sql only reads, and does not run ${change}.`,
      "Use QuestDB's console or psql for that; docs/operating.md says how.",
    );
  return text.slice(0, end);
}

function changeIn(tokens: readonly string[]): string | undefined {
  const first = tokens.find((each) => each !== '(');
  if (first === undefined) return undefined;
  if (changing.has(first)) return first;
  if (!leading.has(first)) return undefined;
  let depth = 0;
  return tokens.find((each) => {
    if (each === '(') depth++;
    if (each === ')') depth--;
    return depth === 0 && (each === 'INSERT' || each === 'UPDATE');
  });
}

function withoutComments(text: string): string {
  return text.replace(token, (each) => (/^(--|\/\*)/.test(each) ? ' ' : each));
}
