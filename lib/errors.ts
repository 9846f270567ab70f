/**
 * An error that a person can act on. `message` says what is wrong in one plain sentence and `remedy` which command or
 * setting mends it. The command line prints both and exits 1; a stack trace is kept for the log at level debug.
 */
export class UserError extends Error {
  readonly remedy: string | undefined;
  /** A server that is away may come back by itself: worth another try without a person. */
  readonly transient: boolean;

  constructor(message: string, remedy?: string, options?: ErrorOptions & { transient?: boolean }) {
    super(message, options);
    this.name = 'UserError';
    this.remedy = remedy;
    this.transient = options?.transient ?? false;
  }

  /** Message and remedy as one line. */
  get sentence(): string {
    return this.remedy ? `${this.message} ${this.remedy}` : this.message;
  }
}

/** The text of anything that was thrown. */
export function reasonOf(error: unknown): string {
  if (error instanceof UserError) return error.sentence;
  if (error instanceof AggregateError && !error.message) return error.errors.map(reasonOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
