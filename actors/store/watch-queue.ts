/**
 * What waits to be told to one who watches: filled in the store's turn, emptied in its reader's time.
 *
 * Invariants
 * - It holds so many at most; what comes then is left out, and so is all that follows, until its reader has come to its end and is told of the
 *   gap: what is told is in order, and nothing is left out without a word. A reader that waits is not slow: what comes before it has had its turn, in
 *   one turn of the store and those behind it, has room of its own.
 * - Once it is finished it takes nothing more; what waited is told first.
 */

import type { Change } from "./watch-event.ts"

/** Slots that were emptied are given back when there are so many, and as many as are in use. */
const LEAST_EMPTIED = 64

/** Changes that may come before a reader that waited has had its turn: more than are made in what the runtime takes of the host at a time. */
const MOST_AT_ONCE = 65_536

export class WatchQueue {
  #changes: (Change | undefined)[] = []
  #head = 0
  /** Of what waits, so much takes room: marks take none. */
  #size = 0
  readonly #room: number
  /** What it holds beyond that: what came before its reader had its turn, until that was read. */
  #extra = 0
  /** Why something is left out. */
  #lost: string | undefined = undefined
  #end: { readonly error: unknown } | undefined = undefined
  #wake: (() => void) | undefined = undefined

  constructor(room: number) {
    this.#room = room
  }

  /** How much waits, marks not counted. */
  get size(): number {
    return this.#size
  }

  /** Whether half of it is in use. */
  get isHalfFull(): boolean {
    return this.#size * 2 >= this.#room
  }

  /** How many more there may be until it is. */
  get untilHalfFull(): number {
    return Math.max(0, Math.ceil(this.#room / 2) - this.#size)
  }

  /** Whether what is there now was told, and something after it was left out. */
  get isAtGap(): boolean {
    return this.#lost !== undefined && this.#head === this.#changes.length
  }

  /** Why something was left out; `undefined` where nothing was. */
  get lost(): string | undefined {
    return this.#lost
  }

  /** Whether there will be no more, and with which error. */
  get end(): { readonly error: unknown } | undefined {
    return this.#end
  }

  push(change: Change): void {
    if (this.#end !== undefined) return
    if (this.#isFull) this.#lost ??= "slow"
    if (this.#lost === undefined) this.#add(change)
    this.#arrived()
  }

  /** Says up to where all was told by then. One that follows another takes its place. */
  mark(change: Change): void {
    if (this.#end !== undefined || this.#lost !== undefined) return
    if (this.#changes.length > this.#head && this.#changes.at(-1)?.type === "mark") this.#changes.pop()
    this.#changes.push(change)
    this.#arrived()
  }

  /** What is known already when it begins: has room of its own. */
  replay(changes: readonly Change[]): void {
    this.#extra = changes.length
    for (const change of changes) this.push(change)
  }

  /** Something is missing from here on. */
  lose(why: string): void {
    if (this.#end === undefined) this.#lost ??= why
    this.#arrived()
  }

  /** What waits is missing, too. */
  discard(): void {
    this.#clear()
    this.lose("slow")
  }

  /** What follows does not go on from what was before, or stands for what was left out; what waits is left out where there is no room for both. */
  begin(first: Change): void {
    if (this.#isFull) this.#clear()
    this.#lost = undefined
    this.push(first)
  }

  /** The one that is next; it stays. */
  peek(): Change | undefined {
    return this.#changes[this.#head]
  }

  shift(): void {
    if (this.peek()?.type !== "mark") {
      this.#extra = this.#size > 1 ? Math.min(this.#extra, this.#size) : 0
      this.#size -= 1
    }
    this.#changes[this.#head] = undefined
    this.#head += 1
    const left = this.#changes.length - this.#head
    if (left > 0 && this.#head < Math.max(left, LEAST_EMPTIED)) return
    this.#changes = this.#changes.slice(this.#head)
    this.#head = 0
  }

  /** There will be no more. `isAtOnce`: nor is what waits told. */
  finish(error: unknown, isAtOnce: boolean): void {
    if (isAtOnce) this.#clear()
    this.#lost = undefined
    this.#end ??= { error }
    this.#arrived()
  }

  /** Its error was told. */
  conclude(): void {
    this.#end = { error: undefined }
  }

  /** Resolves when something comes, or is left out, or there will be no more. Of one who waits. */
  arrival(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  get #isFull(): boolean {
    return this.#size >= this.#room + this.#extra
  }

  #add(change: Change): void {
    this.#size += 1
    this.#changes.push(change)
  }

  #clear(): void {
    this.#changes = []
    this.#head = 0
    this.#size = 0
  }

  #arrived(): void {
    if (this.#wake === undefined) return
    this.#extra = MOST_AT_ONCE
    this.#wake()
    this.#wake = undefined
  }
}
