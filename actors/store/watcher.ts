/** One who watches, as its mailbox has made it and its store knows it: what it wants to know, what waits to be told, how far it was told what is there. */

import { invalid } from "../../src/index.ts"
import { Tenure } from "./tenure.ts"
import type { WatchEvent } from "./watch-event.ts"
import { WatchQueue } from "./watch-queue.ts"

/** What somebody wants to be told of. */
export interface Wanted {
  /** A key, or what keys begin with. */
  readonly text: string
  readonly isPrefix: boolean
  /** Whether what is there is told first, also where what happened is not known. */
  readonly hasInitial: boolean
  /** The version up to which it knows already. */
  readonly from: string | undefined
  /** How many changes may wait. */
  readonly room: number
}

/** Who tells a watcher, as far as that asks for more. */
export interface Teller {
  goOn(watcher: Watcher): void
  recover(watcher: Watcher): void
  retell(watcher: Watcher): void
  leaveSoon(watcher: Watcher): void
}

/** Beyond every slot: nothing of what was there is left to be told. */
export const ALL_TOLD = Number.POSITIVE_INFINITY

/** Nobody but a mailbox of ours can make one that a store takes. */
export class Watcher implements Omit<Wanted, "room"> {
  readonly text: string
  readonly isPrefix: boolean
  readonly hasInitial: boolean
  readonly from: string | undefined
  /** The mailbox that watches. */
  readonly attachment: number
  readonly queue: WatchQueue
  readonly tenure = new Tenure()
  /** Where it is told; `undefined` until a store knows it. */
  hub: Teller | undefined = undefined
  /** It wants to be told nothing more. */
  hasLeft = false
  /** Told of all that its caller was told, where somebody judges it: a simulation. */
  witness: ((watch: object, event: WatchEvent) => void) | undefined = undefined
  /** The entries of all slots below are told. */
  cursor = ALL_TOLD
  /** The same, where what is there is told in the order of the keys: the last one that is told. */
  lastKey: string | undefined = undefined
  /** How often it was begun to tell what is there. */
  round = 0
  /** The version of the last change before that. */
  begun = 0
  /** What was asked for before this request is not told. */
  since = 0
  /** Whether all that happens is told as it is: something about entries that were not told anew yet may still wait to be told. */
  isRetelling = false
  /** Whether telling what is there waits until more of it was taken. */
  isPaused = false
  /** Whether more is told soon. */
  isTelling = false
  readonly #isOurs = true

  constructor({ text, isPrefix, hasInitial, from, room }: Wanted, attachment: number) {
    this.text = text
    this.isPrefix = isPrefix
    this.hasInitial = hasInitial
    this.from = from
    this.attachment = attachment
    this.queue = new WatchQueue(room)
  }

  wants(key: string): boolean {
    return this.isPrefix ? key.startsWith(this.text) : key === this.text
  }

  /** What is there is told from the start; `last`: the version of the last change. */
  beginRound(last: number): void {
    this.begun = last
    this.cursor = 0
    this.lastKey = undefined
    this.round += 1
  }

  /** As policies see it. */
  get attributes(): { readonly key: string } | { readonly prefix: string } {
    return this.isPrefix ? { prefix: this.text } : { key: this.text }
  }

  /** It was taken from: more of what is there may be told. */
  taken(): void {
    if (this.isPaused && !this.queue.isHalfFull) this.hub?.goOn(this)
  }

  /** All was taken, and what came then was left out. */
  recover(): void {
    this.hub?.recover(this)
  }

  /** What is there is told again, from the start. */
  retell(): void {
    this.hub?.retell(this)
  }

  /** Called by whoever watches. The store forgets it in its turn; nothing is told meanwhile. */
  leave(error: unknown, isAtOnce: boolean): void {
    this.queue.finish(error, isAtOnce)
    if (this.hasLeft) return
    this.hasLeft = true
    this.tenure.end()
    this.hub?.leaveSoon(this)
  }

  /** It holds nothing of its caller's but what was read. Throws `Invalid` for what is none. */
  static take(watcher: unknown): Watcher {
    if (typeof watcher === "object" && watcher !== null && #isOurs in watcher) return watcher
    throw invalid("watcher", "is not made by a store's mailbox")
  }
}
