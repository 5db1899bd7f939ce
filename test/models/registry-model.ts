/** A registry as a list of entries: every question is answered by looking at all of it. Processes are numbers. */

export type Refusal = "taken" | "ended"

/** A notice: of which entry, and whether it came or went. */
export type Told = readonly [action: "register" | "unregister", key: string, value: number, who: number]

export interface Listening {
  readonly listener: number
  isActive: boolean
  readonly told: Told[]
}

interface Entry {
  readonly who: number
  readonly key: string
  readonly value: number
}

export class RegistryModel {
  readonly dead = new Set<number>()
  readonly listenings: Listening[] = []
  readonly #isUnique: boolean
  #entries: readonly Entry[] = []
  #waiting: { readonly listening: Listening; readonly told: Told }[] = []

  constructor(isUnique: boolean) {
    this.#isUnique = isUnique
  }

  get count(): number {
    return this.#entries.length
  }

  register(who: number, key: string, value: number): Refusal | undefined {
    if (this.dead.has(who)) return "ended"
    if (this.#isUnique && this.lookup(key).length > 0) return "taken"
    const entry = { who, key, value }
    this.#entries = [...this.#entries, entry]
    this.#tell("register", entry)
    return undefined
  }

  unregister(who: number, key: string): boolean {
    return this.#remove((entry) => entry.who === who && entry.key === key)
  }

  lookup(key: string): [who: number, value: number][] {
    return this.#entries.filter((entry) => entry.key === key).map(({ who, value }) => [who, value])
  }

  keys(who: number): string[] {
    return this.#entries.filter((entry) => entry.who === who).map(({ key }) => key)
  }

  /** Adds one to the value. */
  increase(who: number, key: string): number | undefined {
    const own = this.#entries.find((entry) => entry.who === who && entry.key === key)
    if (own === undefined) return undefined
    this.#entries = this.#entries.map((entry) => (entry === own ? { ...own, value: own.value + 1 } : entry))
    return own.value + 1
  }

  listen(listener: number): void {
    this.listenings.push({ listener, isActive: !this.dead.has(listener), told: [] })
  }

  unlisten(listening: Listening): boolean {
    const wasActive = listening.isActive
    listening.isActive = false
    return wasActive
  }

  die(who: number): void {
    this.dead.add(who)
    for (const listening of this.listenings) if (listening.listener === who) listening.isActive = false
    this.#remove((entry) => entry.who === who)
  }

  /** What waits is heard, unless it was called off. */
  settle(): void {
    for (const { listening, told } of this.#waiting) if (listening.isActive) listening.told.push(told)
    this.#waiting = []
  }

  #remove(isGone: (entry: Entry) => boolean): boolean {
    const gone = this.#entries.filter(isGone)
    this.#entries = this.#entries.filter((entry) => !isGone(entry))
    for (const entry of gone) this.#tell("unregister", entry)
    return gone.length > 0
  }

  #tell(action: Told[0], { key, value, who }: Entry): void {
    for (const listening of this.listenings) if (listening.isActive) this.#waiting.push({ listening, told: [action, key, value, who] })
  }
}
