/** What a durable store sends to itself. */

/** The message of the timer of commits. */
export const COMMIT = Symbol("commit")

/** The database serves nobody any more: another incarnation opens it anew. */
export class Lost {
  readonly error: unknown
  constructor(error: unknown) {
    this.error = error
  }
}

/** Done when others have been served, in a turn of the store's own. */
export class Turn {
  readonly work: () => void
  constructor(work: () => void) {
    this.work = work
  }
}
