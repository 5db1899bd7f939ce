/** Large batches that change something, one after the other. One that comes while none is under way begins at once. */

export class BatchOrder {
  #last: Promise<unknown> | undefined = undefined

  get isIdle(): boolean {
    return this.#last === undefined
  }

  inTurn<Result>(carryOut: () => Promise<Result>): Promise<Result> {
    const done = this.#last === undefined ? carryOut() : this.#last.then(carryOut)
    const last = done.then(ignore, ignore).then(() => {
      if (this.#last === last) this.#last = undefined
    })
    this.#last = last
    return done
  }
}

function ignore(): void {}
