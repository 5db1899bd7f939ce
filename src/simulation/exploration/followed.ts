/** A promise of the application's, followed: what has become of it can be asked at any time, and its rejection is seen. */

/** What a promise came to. */
export type Outcome = { readonly value: unknown } | { readonly error: unknown }

export class Followed {
  /** `undefined`: none yet. */
  outcome: Outcome | undefined = undefined

  constructor(promise: Promise<unknown>) {
    promise.then(
      (value) => (this.outcome = { value }),
      (error) => (this.outcome = { error }),
    )
  }

  /** What it was fulfilled with; `undefined` before, and where it was rejected. */
  get value(): unknown {
    return this.outcome !== undefined && "value" in this.outcome ? this.outcome.value : undefined
  }
}
