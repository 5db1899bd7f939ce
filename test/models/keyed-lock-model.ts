/** Who holds which key, kept naively: a list for each key, of which the first one holds. */

export interface ModelWork {
  readonly name: string
  readonly key: string
  readonly client: number
  readonly isPatient: boolean
}

export class KeyedLockModel {
  /** Works in the order in which they have begun. */
  readonly begun: string[] = []
  readonly outcomes: Record<string, string> = {}
  #works: readonly ModelWork[] = []
  readonly #capacity: number

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  ask(work: ModelWork): void {
    if (this.#works.length >= this.#capacity) this.outcomes[work.name] = "RateLimited"
    else this.#change([...this.#works, work])
  }

  end(name: string): void {
    this.outcomes[name] = "done"
    this.#change(this.#works.filter((work) => work.name !== name))
  }

  /** Those that wait, and not for long, give up. */
  wait(): void {
    const gone = this.#works.filter((work) => !work.isPatient && !this.#holds(work))
    for (const { name } of gone) this.outcomes[name] = "Timeout"
    this.#change(this.#works.filter((work) => !gone.includes(work)))
  }

  /** What the client held goes on without its key; what waited is called off. */
  leave(client: number): void {
    for (const work of this.#works) if (work.client === client && !this.#holds(work)) this.outcomes[work.name] = "Canceled"
    this.#change(this.#works.filter((work) => work.client !== client))
  }

  /** Who waits for it wants it no more; who holds it goes on. */
  cancel(name: string): void {
    const gone = this.#works.filter((work) => work.name === name && !this.#holds(work))
    for (const work of gone) this.outcomes[work.name] = "Canceled"
    this.#change(this.#works.filter((work) => !gone.includes(work)))
  }

  /** The lock is started anew, and knows who holds what, or forgets it: then what goes on does so without its key. */
  crash(isRetained: boolean): void {
    for (const work of this.#works) if (!this.#holds(work)) this.outcomes[work.name] = "Unavailable"
    this.#change(isRetained ? this.#works.filter((work) => this.#holds(work)) : [])
  }

  #holds(work: ModelWork): boolean {
    return this.#works.find(({ key }) => key === work.key) === work
  }

  #change(works: readonly ModelWork[]): void {
    this.#works = works
    for (const work of works) if (this.#holds(work) && !this.begun.includes(work.name)) this.begun.push(work.name)
  }
}
