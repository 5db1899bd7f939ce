/**
 * Whose a place for snapshots is, and who is at work on it: one store, and one after the other. Outlives incarnations, of which a dead one may
 * still have something under way that cannot be taken back. What was so in a simulated world is over with it: a definition may outlive many of them.
 */

import { Conflict, type Self } from "../../src/index.ts"
import { snapshotWitness } from "./snapshot-witness.ts"

/** One for each place, whoever is told of it. */
const lines = new WeakMap<object, SnapshotLine>()

/** `identity`: of the place. `name`: for people. */
export function snapshotLineOf(identity: object, name: string): SnapshotLine {
  const line = lines.get(identity) ?? new SnapshotLine(name)
  lines.set(identity, line)
  return line
}

export class SnapshotLine {
  /** Aborted: it has ended, or is about to. */
  #owner: AbortSignal | undefined = undefined
  #last: Promise<void> = Promise.resolve()
  /** Of the world that it is of. */
  #witness: object | undefined = undefined

  readonly #name: string

  constructor(name: string) {
    this.#name = name
  }

  /** Throws `Conflict` where another process that runs has it: each would write over what the other has kept. */
  claim({ signal }: Pick<Self, "signal">): void {
    if (this.#witness !== snapshotWitness()) this.#beginAnew()
    if (this.#owner?.aborted === false && this.#owner !== signal) {
      throw new Conflict(`${this.#name} is another store's: each needs one of its own`, { details: { field: "snapshot.to" } })
    }
    this.#owner = signal
  }

  #beginAnew(): void {
    this.#witness = snapshotWitness()
    this.#owner = undefined
    this.#last = Promise.resolve()
  }

  /** Fulfilled once what was begun before is done with. Never, where the place never settles. */
  whenFree(): Promise<void> {
    return this.#last
  }

  /** Does it after what was begun before, whatever becomes of that. */
  run<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(work)
    this.#last = result.then(
      () => {},
      () => {},
    )
    return result
  }
}
