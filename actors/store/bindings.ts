/**
 * Which entries go with which mailboxes: an entry may have several holders, and goes with the last. Knows entries by slot.
 *
 * Invariants
 * - An entry all of whose holders have left is an orphan at once, whether it was removed or not.
 * - `holders` says what is so; by `#slots` it is found, and made anew from it.
 * - What it counts may not go for others: what is held, and whatever else its table says stays.
 */

/** Stands for "nobody" among holders, which are numbered from 1. */
export const NOBODY = 0

/** Stands for whoever holds an entry already. */
export const AS_IS = -1

/** Of one entry: nobody, one, or several. */
type Holders = number | readonly number[]

export class Bindings {
  /** By slot; shorter than the table where the last ones are held by nobody. Written where the entry is, and after `file`. */
  readonly holders: Holders[] = []
  /** By holder; absent for holders of none. */
  #slots = new Map<number, Set<number>>()
  /** Entries that stay. */
  entries = 0
  /** What they weigh. */
  weight = 0
  /** Holders that have left and whose entries have not all been seen to yet. */
  readonly #left = new Set<number>()
  readonly #mostOfOne: number

  /** `mostOfOne`: entries that one holder may have. */
  constructor(mostOfOne: number) {
    this.#mostOfOne = mostOfOne
  }

  /** Whether there may be orphans. */
  get hasLeft(): boolean {
    return this.#left.size > 0
  }

  isBound(slot: number): boolean {
    return (this.holders[slot] ?? NOBODY) !== NOBODY
  }

  isOrphan(slot: number): boolean {
    if (this.#left.size === 0) return false
    const holders = this.holders[slot] ?? NOBODY
    return typeof holders === "number" ? this.#left.has(holders) : holders.every((holder) => this.#left.has(holder))
  }

  /** Whether it may hold one more. */
  hasRoom(holder: number): boolean {
    return holder === NOBODY || (this.#slots.get(holder)?.size ?? 0) < this.#mostOfOne
  }

  /** Who holds the entry once `holder` has written it: where it is one, beside those that hold it already. */
  with(slot: number, holder: number): Holders {
    const present = this.holders[slot] ?? NOBODY
    if (holder === AS_IS) return present
    if (holder === NOBODY || present === NOBODY) return holder
    const others = listed(present).filter((other) => other !== holder && !this.#left.has(other))
    return others.length === 0 ? holder : [...others, holder]
  }

  /** Has the entry found by these, and by no others. `before`, `after`: what it weighs. */
  file(slot: number, holders: Holders, before: number, after: number): void {
    const present = this.holders[slot] ?? NOBODY
    for (const holder of listed(present)) this.#unfile(slot, holder)
    for (const holder of listed(holders)) this.#slotsOf(holder).add(slot)
    this.count(
      Number(holders !== NOBODY) - Number(present !== NOBODY),
      (holders === NOBODY ? 0 : after) - (present === NOBODY ? 0 : before),
    )
  }

  /** It has left: what nobody else holds are orphans from now on. */
  leave(holder: number): void {
    if (this.#slots.has(holder)) this.#left.add(holder)
  }

  /** An entry of one that has left, which others may hold, too; `undefined` where there is none. */
  nextLeft(): { readonly slot: number; readonly holder: number } | undefined {
    for (const holder of this.#left) {
      for (const slot of this.#slots.get(holder) ?? []) return { slot, holder }
      this.#left.delete(holder)
    }
    return undefined
  }

  /** The entry stays with its other holders. */
  drop(slot: number, holder: number): void {
    const others = listed(this.holders[slot] ?? NOBODY).filter((other) => other !== holder)
    const [first] = others
    const remaining = others.length > 1 ? others : (first ?? NOBODY)
    this.file(slot, remaining, 0, 0)
    this.holders[slot] = remaining
  }

  /** Holders that have left and hold nothing any more are forgotten. Not while an entry is changed: by what is in `#left` its others are dead. */
  forget(): void {
    for (const holder of this.#left) if (!this.#slots.has(holder)) this.#left.delete(holder)
  }

  /** Makes anew how entries are found by their holders, and how many those are. */
  restore(weightOf: (slot: number) => number): void {
    this.#slots = new Map()
    this.entries = 0
    this.weight = 0
    for (const [slot, holders] of this.holders.entries()) {
      for (const holder of listed(holders ?? NOBODY)) this.#slotsOf(holder).add(slot)
      if (this.isBound(slot)) this.count(1, weightOf(slot))
    }
    this.forget()
  }

  /** So many more stay, which weigh so much. */
  count(entries: number, weight: number): void {
    this.entries += entries
    // What parts of numbers leave over is gone with the last of them.
    this.weight = this.entries === 0 ? 0 : this.weight + weight
  }

  #slotsOf(holder: number): Set<number> {
    const known = this.#slots.get(holder)
    if (known !== undefined) return known
    const slots = new Set<number>()
    this.#slots.set(holder, slots)
    return slots
  }

  #unfile(slot: number, holder: number): void {
    const slots = this.#slots.get(holder)
    slots?.delete(slot)
    if (slots?.size === 0) this.#slots.delete(holder)
  }
}

const NONE: readonly number[] = []

function listed(holders: Holders): readonly number[] {
  if (typeof holders !== "number") return holders
  return holders === NOBODY ? NONE : [holders]
}
