/** The state that a server starts with in the place of what its definition makes of an argument. */

/** What a crashed incarnation has left, in the place of an argument. */
export class Inherited {
  readonly #state: unknown

  constructor(state: unknown) {
    this.#state = state
  }

  /** Of an argument, which may be anybody's, nothing is asked. */
  static in(seed: unknown): seed is Inherited {
    return typeof seed === "object" && seed !== null && #state in seed
  }

  get state(): unknown {
    return this.#state
  }
}
