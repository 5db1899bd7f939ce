/**
 * Large batches that change something, one after the other. One that comes while none is under way begins at once.
 *
 * They are carried out in slices, and who comes after a batch has the last word on a key, though the batch's own slice comes later: what others decide is
 * noted as long as some batch is under way, by the number of their asking. What batches themselves change does not count: those before one have come before
 * it, and those behind it wait.
 */

import type { Decided } from "./key-line.ts"

/** What comes at once is outrun by nobody. */
export const AT_ONCE = Number.POSITIVE_INFINITY

export class BatchOrder {
  #last: Promise<unknown> | undefined = undefined
  #isInSlice = false
  /** By key, while some batch is under way: who had the last word on it. */
  readonly #words = new Map<string, number>()

  /** By what they were found by. */
  readonly #spared = new WeakMap<object, ReadonlySet<string>>()

  get isIdle(): boolean {
    return this.#last === undefined
  }

  inTurn<Result>(carryOut: () => Promise<Result>): Promise<Result> {
    const done = this.#last === undefined ? carryOut() : this.#last.then(carryOut)
    const last = done.then(ignore, ignore).then(() => {
      if (this.#last !== last) return
      this.#last = undefined
      this.#words.clear()
    })
    this.#last = last
    return done
  }

  /** Decides about a slice of a batch that was asked for as `asked`. */
  slice<Result>(asked: number, decide: () => Result): Result {
    this.#isInSlice = asked !== AT_ONCE
    try {
      return decide()
    } finally {
      this.#isInSlice = false
    }
  }

  /** What was found for a batch to come, which is asked for as of then, stays where somebody has outrun it. */
  spare(batch: object, asked: number, found: readonly string[]): void {
    this.#spared.set(batch, new Set(found.filter((key) => this.isOutrun(asked, key))))
  }

  isSpared(batch: object | undefined, key: string): boolean {
    return batch !== undefined && this.#spared.get(batch)?.has(key) === true
  }

  /** Whether somebody who came after that has changed the key, or wanted it to be gone. */
  isOutrun(asked: number, key: string): boolean {
    return (this.#words.get(key) ?? 0) > asked
  }

  /** What goes by itself, or lives on, is nobody's word on its key. */
  decided({ changes, removal = "delete" }: Decided, asked: number): void {
    if (this.isIdle || removal !== "delete") return
    for (const { key, type } of changes) if (type !== "touch") this.note(key, asked)
  }

  /** Somebody has changed the key, or wants nothing to be there. */
  note(key: string, asked: number): void {
    if (!this.isIdle && !this.#isInSlice && !this.isOutrun(asked, key)) this.#words.set(key, asked)
  }
}

function ignore(): void {}
