/** Who holds which lease, kept naively: a list of wishes for each key, of which the first one holds. */

export interface ModelWish {
  readonly name: string
  readonly key: string
  readonly client: number
  readonly ttlMs: number
  readonly waits: boolean
  /** How long it waits at most. */
  readonly patienceMs: number
}

interface Wish extends ModelWish {
  readonly givesUpAt: number
  deadline: number | undefined
}

export class LeaseModel {
  /** By name: `waiting`, `held`, `over`, or the error that the request has ended with. */
  readonly outcomes: Record<string, string> = {}
  readonly #lists = new Map<string, Wish[]>()
  #now = 0

  ask(wish: ModelWish): void {
    const list = this.#list(wish.key)
    if (list.length > 0 && !wish.waits) {
      this.outcomes[wish.name] = "Conflict"
      return
    }
    list.push({ ...wish, givesUpAt: this.#now + wish.patienceMs, deadline: undefined })
    this.outcomes[wish.name] = "waiting"
    this.#give(list)
  }

  end(name: string): boolean {
    return this.#drop((wish) => wish.name === name && wish.deadline !== undefined, "over")
  }

  break(key: string): boolean {
    return this.#drop((wish) => wish.key === key && wish.deadline !== undefined, "over")
  }

  renew(name: string, ttlMs: number): boolean {
    const wish = [...this.#lists.values()].flat().find((one) => one.name === name)
    if (wish?.deadline === undefined) return false
    wish.deadline = this.#now + ttlMs
    return true
  }

  /** Who waits for it wants it no more; who has it keeps it. */
  cancel(name: string): void {
    this.#drop((wish) => wish.name === name && wish.deadline === undefined, "Canceled")
  }

  leave(client: number): void {
    this.#drop((wish) => wish.client === client && wish.deadline === undefined, "Canceled")
    this.#drop((wish) => wish.client === client, "over")
  }

  crash(isRetained: boolean): void {
    this.#drop((wish) => wish.deadline === undefined, "Unavailable")
    if (!isRetained) this.#drop(() => true, "over")
  }

  /** Nothing happens twice in the same step. */
  pass(ms: number): void {
    this.#now += ms
    this.#drop(({ deadline }) => deadline !== undefined && deadline <= this.#now, "over")
    this.#drop(({ deadline, givesUpAt }) => deadline === undefined && givesUpAt <= this.#now, "Timeout")
  }

  holder(key: string): string | undefined {
    return this.#list(key)[0]?.name
  }

  #list(key: string): Wish[] {
    const list = this.#lists.get(key) ?? []
    this.#lists.set(key, list)
    return list
  }

  #drop(isMeant: (wish: Wish) => boolean, outcome: string): boolean {
    let hasDropped = false
    for (const [key, list] of this.#lists) {
      const meant = list.filter(isMeant)
      for (const { name } of meant) this.outcomes[name] = outcome
      hasDropped ||= meant.length > 0
      this.#lists.set(
        key,
        list.filter((wish) => !meant.includes(wish)),
      )
      this.#give(this.#list(key))
    }
    return hasDropped
  }

  #give([first]: Wish[]): void {
    if (first === undefined || first.deadline !== undefined) return
    first.deadline = this.#now + first.ttlMs
    this.outcomes[first.name] = "held"
  }
}
