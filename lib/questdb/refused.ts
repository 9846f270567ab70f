import { UserError } from '#lib/errors.ts';

/** A statement that QuestDB does not take, and where in it, from 0, if it says so. */
export class Refused extends UserError {
  readonly reason: string;
  readonly position: number | undefined;

  constructor(reason: string, position: number | undefined) {
    super(`QuestDB refuses the statement: ${reason}.`);
    this.name = 'Refused';
    this.reason = reason;
    this.position = position;
  }
}
