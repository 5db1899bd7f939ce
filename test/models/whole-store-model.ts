/**
 * The naive store of all operations: a map of what was written, and a clock that is asked on every look. Nothing is swept, nothing is done in
 * slices, and a version is the number of the write.
 */

import type { WhenFull } from "../../actors/index.ts"

export interface Term {
  /** Seconds; 0: no end. */
  readonly ttl: number
  readonly idle: number
}

/** How a lifetime is said; `keep`: what is there keeps its own. */
export interface Terms extends Term {
  readonly keep: boolean
}

/** `stamp`: the version that is asked for. */
export type Condition =
  | { readonly type: "none" | "absent"; readonly stamp?: undefined }
  | { readonly type: "version"; readonly stamp: number }

/** What a function inside the store does with a key. */
export type Step =
  | { readonly type: "get" | "has" | "delete"; readonly key: string }
  | { readonly type: "set"; readonly key: string; readonly value: unknown; readonly term: Term; readonly bound: boolean }

export type Command =
  | { readonly type: "get" | "has" | "delete" | "entry" | "ttl" | "take" | "persist"; readonly key: string }
  | { readonly type: "set"; readonly key: string; readonly value: unknown; readonly term: Term; readonly bound: boolean }
  | {
      readonly type: "put"
      readonly key: string
      readonly value: unknown
      readonly terms: Terms
      readonly bound: boolean
      readonly condition: Condition
    }
  /** `undefined`: deletes; `"throw"`: throws. */
  | { readonly type: "update"; readonly key: string; readonly value: unknown; readonly terms: Terms | undefined }
  | { readonly type: "increment"; readonly key: string; readonly by: number; readonly terms: Terms | undefined }
  | { readonly type: "touch"; readonly key: string; readonly ttl: number | undefined; readonly when: "nx" | "xx" | "gt" | "lt" | undefined }
  | { readonly type: "getMany" | "deleteMany"; readonly keys: readonly string[] }
  | {
      readonly type: "setMany"
      readonly entries: readonly (readonly [key: string, value: unknown, ttl: number | undefined])[]
      readonly terms: Terms
      readonly bound: boolean
    }
  | { readonly type: "list"; readonly prefix: string; readonly after: string | undefined; readonly limit: number }
  | { readonly type: "keys" | "entries" | "count" | "clear"; readonly prefix: string }
  | { readonly type: "transaction"; readonly keys: readonly string[]; readonly steps: readonly Step[]; readonly fails: boolean }

/** An entry as it is shown; `stamp` stands for its version. */
export interface Shown {
  readonly key: string
  readonly value: unknown
  readonly stamp: number
  readonly endsAt: number
}

interface Held {
  readonly value: unknown
  readonly stamp: number
  readonly deadline: number
  readonly idleMs: number
  readonly limit: number
  readonly holders: ReadonlySet<number>
}

type Lifetime = Pick<Held, "deadline" | "idleMs" | "limit">

const NEVER = Number.POSITIVE_INFINITY
const NOBODY: ReadonlySet<number> = new Set()

/** Why it is refused: the kind of the error, or what the caller's own function has thrown. */
export class Refused {
  readonly kind: string
  constructor(kind: string) {
    this.kind = kind
  }
}

export class WholeStoreModel {
  #entries = new Map<string, Held>()
  #lastStamp = 0
  #stride = 1
  #now = 0
  readonly #maxEntries: number
  readonly #whenFull: WhenFull
  /** Before the last command: those that it has not written and that have an end, each with its deadline. */
  #couldGo: ReadonlyMap<string, number> = new Map()

  /** 0 is no limit; where there is one, a full store refuses what is new, or lets others go: who does is for its user to find out (`evict`). */
  constructor(maxEntries: number, whenFull: WhenFull = "reject") {
    this.#maxEntries = maxEntries
    this.#whenFull = whenFull
  }

  // -- what happens to it --------------------------------------------------------------------------------------------

  /** All that is past its deadline is gone. */
  at(now: number): void {
    this.#now = now
    for (const [key, { deadline }] of this.#entries) if (deadline <= now) this.#entries.delete(key)
  }

  crash(): void {
    this.#entries = new Map()
  }

  release(owner: number): void {
    for (const [key, held] of this.#entries) {
      if (!held.holders.has(owner)) continue
      const holders = new Set([...held.holders].filter((holder) => holder !== owner))
      if (holders.size === 0) this.#entries.delete(key)
      else this.#entries.set(key, { ...held, holders })
    }
  }

  /** Somebody has let it go. */
  evict(key: string): void {
    this.#entries.delete(key)
  }

  /** Of a `soonest` store: whether those, and no others, may have gone for the last command: what it has not written before what it has, what ends soonest first, and nothing without an end. */
  mayHaveGone(keys: readonly string[]): boolean {
    const left = [...this.#couldGo].filter(([key]) => !keys.includes(key)).map(([, deadline]) => deadline)
    return keys.every((key) => {
      const deadline = this.#couldGo.get(key)
      const held = this.#entries.get(key)
      if (deadline === undefined) return left.length === 0 && held !== undefined && !this.#stays(held)
      return left.every((other) => deadline <= other)
    })
  }

  keys(): readonly string[] {
    return [...this.#entries.keys()].sort((one, other) => (one < other ? -1 : 1))
  }

  isHeld(key: string): boolean {
    return (this.#entries.get(key)?.holders.size ?? 0) > 0
  }

  shown(key: string): Shown | undefined {
    const held = this.#entries.get(key)
    return held === undefined ? undefined : { key, value: held.value, stamp: held.stamp, endsAt: held.deadline }
  }

  // -- what is asked of it -------------------------------------------------------------------------------------------

  /** The answer; `Refused`, and then nothing has changed. */
  ask(command: Command, owner: number): unknown {
    const before = new Map(this.#entries)
    const stamp = this.#lastStamp
    const answer = this.#answer(command, owner)
    if (answer instanceof Refused || this.#isOver(command.type, before)) {
      this.#entries = before
      this.#lastStamp = stamp
      return answer instanceof Refused ? answer : new Refused("UNAVAILABLE")
    }
    const others = [...before].filter(([key, held]) => !this.#stays(held) && this.#entries.get(key)?.stamp === held.stamp)
    this.#couldGo = new Map(others.map(([key, { deadline }]) => [key, deadline]))
    return answer
  }

  #isOver(type: Command["type"], before: ReadonlyMap<string, Held>): boolean {
    if (this.#maxEntries === 0) return false
    if (this.#whenFull === "reject") return this.#entries.size > this.#maxEntries && this.#entries.size > before.size
    // Of many, one may go for the next.
    return type !== "setMany" && this.#staying(before) > this.#maxEntries
  }

  /** What may not go, and what was just written. */
  #staying(before: ReadonlyMap<string, Held>): number {
    return [...this.#entries].filter(([key, held]) => this.#stays(held) || before.get(key)?.stamp !== held.stamp).length
  }

  #stays({ deadline, holders }: Held): boolean {
    return holders.size > 0 || (this.#whenFull === "soonest" && deadline === NEVER)
  }

  #answer(command: Command, owner: number): unknown {
    switch (command.type) {
      case "get":
        return this.#read(command.key)?.value
      case "entry":
        return this.#read(command.key) === undefined ? undefined : this.shown(command.key)
      case "has":
        return this.#entries.has(command.key)
      case "ttl":
        return this.#left(command.key)
      case "delete":
        return this.#entries.delete(command.key)
      case "take": {
        const value = this.#entries.get(command.key)?.value
        this.#entries.delete(command.key)
        return value
      }
      case "persist":
        return this.#persist(command.key)
      case "set":
        this.#write(command.key, command.value, this.#lifetime(command.term), command.bound ? owner : undefined)
        return true
      case "put":
        return this.#put(command, owner)
      case "update":
        return this.#update(command.key, command.value, command.terms)
      case "increment":
        return this.#increment(command.key, command.by, command.terms)
      case "touch":
        return this.#touch(command.key, command.ttl, command.when)
      case "getMany":
        return command.keys.map((key) => this.#read(key)?.value)
      case "deleteMany":
        return command.keys.map((key) => this.#entries.delete(key))
      case "setMany":
        return this.#setMany(command, owner)
      case "list":
        return this.#list(command.prefix, command.after, command.limit)
      case "keys":
        return this.#matching(command.prefix)
      case "entries":
        return this.#matching(command.prefix).map((key) => this.#read(key) && this.shown(key))
      case "count":
        return this.#matching(command.prefix).length
      case "clear":
        return this.#matching(command.prefix).filter((key) => this.#entries.delete(key)).length
      case "transaction":
        return this.#transaction(command, owner)
    }
  }

  /** In which order it writes its keys is nobody's matter: its stamps are of one whole number, and each of its own. */
  #transaction({ steps, fails }: Command & { type: "transaction" }, owner: number): unknown {
    const stamp = this.#lastStamp + 1
    this.#lastStamp = stamp
    this.#stride = 1 / 1024
    const seen = steps.map((step) => this.#answer(step, owner))
    this.#stride = 1
    this.#lastStamp = stamp
    return fails ? new Refused("MINE") : seen
  }

  #put({ key, value, terms, bound, condition }: Command & { type: "put" }, owner: number): unknown {
    const present = this.#entries.get(key)
    if (condition.type === "absent" && present !== undefined) return new Refused("ALREADY_EXISTS")
    if (condition.type === "version" && present === undefined) return new Refused("NOT_FOUND")
    if (condition.type === "version" && present?.stamp !== condition.stamp) return new Refused("CONFLICT")
    this.#write(key, value, this.#terms(key, terms, false), bound ? owner : undefined)
    return this.shown(key)
  }

  #update(key: string, value: unknown, terms: Terms | undefined): unknown {
    if (value === "throw") return new Refused("MINE")
    if (value === undefined) {
      this.#entries.delete(key)
      return undefined
    }
    this.#rewrite(key, value, terms)
    return this.shown(key)
  }

  #increment(key: string, by: number, terms: Terms | undefined): unknown {
    const present = this.#entries.get(key)
    if (present !== undefined && typeof present.value !== "number") return new Refused("INVALID")
    this.#rewrite(key, ((present?.value as number | undefined) ?? 0) + by, terms)
    return this.shown(key)
  }

  #touch(key: string, ttl: number | undefined, when: string | undefined): boolean {
    const present = this.#entries.get(key)
    if (present === undefined) return false
    if (ttl === undefined) {
      this.#read(key)
      return true
    }
    const limit = this.#limit(ttl)
    const isMeant = { nx: present.limit === NEVER, xx: present.limit !== NEVER, gt: limit > present.limit, lt: limit < present.limit }
    if (when !== undefined && !isMeant[when as keyof typeof isMeant]) return false
    this.#entries.set(key, { ...present, ...this.#sliding(present.idleMs, limit) })
    return true
  }

  #persist(key: string): boolean {
    const present = this.#entries.get(key)
    if (present === undefined || present.deadline === NEVER) return false
    this.#entries.set(key, { ...present, deadline: NEVER, idleMs: 0, limit: NEVER })
    return true
  }

  /** One after the other: each has to find room beside those that stay, of the batch too. */
  #setMany({ entries, terms, bound }: Command & { type: "setMany" }, owner: number): readonly true[] | Refused {
    const last = new Map(entries.map((entry) => [entry[0], entry]))
    for (const [key, value, ttl = terms.ttl] of last.values()) {
      const staying = [...this.#entries].filter(([other, held]) => other !== key && this.#stays(held)).length
      if (this.#maxEntries > 0 && this.#whenFull !== "reject" && staying + 1 > this.#maxEntries) return new Refused("UNAVAILABLE")
      this.#write(key, value, this.#terms(key, { ...terms, ttl }, false), bound ? owner : undefined)
    }
    return entries.map(() => true)
  }

  #list(prefix: string, after: string | undefined, limit: number): unknown {
    const matching = this.#matching(prefix).filter((key) => after === undefined || key > after)
    const items = matching.slice(0, limit)
    return { items: items.map((key) => this.shown(key)), cursor: items.at(-1) ?? after, hasMore: matching.length > limit }
  }

  // -- entries -------------------------------------------------------------------------------------------------------

  #matching(prefix: string): string[] {
    return this.keys().filter((key) => key.startsWith(prefix))
  }

  #read(key: string): Held | undefined {
    const held = this.#entries.get(key)
    if (held !== undefined && held.idleMs > 0) this.#entries.set(key, { ...held, ...this.#sliding(held.idleMs, held.limit) })
    return held
  }

  #left(key: string): number | undefined {
    const held = this.#entries.get(key)
    return held === undefined ? undefined : (held.deadline - this.#now) / 1000
  }

  /** In the place of what was there, for whom it is. */
  #write(key: string, value: unknown, lifetime: Lifetime, owner: number | undefined): void {
    const others = owner === undefined ? NOBODY : (this.#entries.get(key)?.holders ?? NOBODY)
    this.#store(key, value, lifetime, owner === undefined ? NOBODY : new Set([...others, owner]))
  }

  /** For whom it was. */
  #rewrite(key: string, value: unknown, terms: Terms | undefined): void {
    const lifetime = this.#terms(key, terms ?? { ttl: 0, idle: 0, keep: true }, true)
    this.#store(key, value, lifetime, this.#entries.get(key)?.holders ?? NOBODY)
  }

  #store(key: string, value: unknown, lifetime: Lifetime, holders: ReadonlySet<number>): void {
    this.#lastStamp += this.#stride
    this.#entries.set(key, { value, stamp: this.#lastStamp, ...lifetime, holders })
  }

  // -- lifetimes -----------------------------------------------------------------------------------------------------

  /** `isReading`: what is kept of an idle time counts from now. */
  #terms(key: string, { ttl, idle, keep }: Terms, isReading: boolean): Lifetime {
    const present = this.#entries.get(key)
    if (!keep || present === undefined) return this.#lifetime({ ttl, idle })
    const { deadline, idleMs, limit } = present
    return isReading ? this.#sliding(idleMs, limit) : { deadline, idleMs, limit }
  }

  #lifetime({ ttl, idle }: Term): Lifetime {
    return this.#sliding(idle * 1000, this.#limit(ttl))
  }

  #limit(ttl: number): number {
    return ttl === 0 ? NEVER : this.#now + Math.max(1, Math.ceil(ttl * 1000))
  }

  #sliding(idleMs: number, limit: number): Lifetime {
    return { deadline: idleMs === 0 ? limit : Math.min(this.#now + idleMs, limit), idleMs, limit }
  }
}
