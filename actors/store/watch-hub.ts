/**
 * Those who watch a store, and what has happened lately: the part of a store that tells.
 *
 * Invariants
 * - While nobody watches, and no history is asked for, nobody is told of changes: they cost nothing more.
 * - Each watcher is told of each change of its keys once, in order. What is there when it begins is told some at a time, and what has changed by then is not
 *   told again.
 * - A change that was missed, as telling it was cut short, is a `gap` for all.
 *
 * Outlives an incarnation whose state is retained, with the history and all who watch.
 */

import { type Failure, failure, type Invalid, invalid, RateLimited, shown } from "../../src/index.ts"
import type { WatchedIncarnation } from "./incarnation.ts"
import { doLater } from "./own-work.ts"
import { parsedVersion } from "./store-version.ts"
import { type Change, notice } from "./watch-event.ts"
import { WatchHistory } from "./watch-history.ts"
import { WatchIndex } from "./watch-index.ts"
import type { ChangeTeller, Progress, WatchedEntries } from "./watched-entries.ts"
import { ALL_TOLD, type Teller, type Watcher } from "./watcher.ts"

/** Watches of one store. */
const MOST_WATCHES = 65_536

export class WatchHub implements ChangeTeller, Teller {
  readonly #history: WatchHistory
  readonly #watchers = new Map<number, Set<Watcher>>()
  readonly #index = new WatchIndex()
  #size = 0
  #incarnation: WatchedIncarnation | undefined = undefined
  #isTold = false
  /** Whether it will hear of the end of its incarnation. */
  #isHeard = false
  /** The version of the last change that it was told of. */
  #last = 0

  /** `history`: how many changes are kept. */
  constructor(history: number) {
    this.#history = new WatchHistory(history)
  }

  /** The incarnation it belongs to from now on. `isTold`: from the start on, though nobody watches yet. */
  adopt(incarnation: WatchedIncarnation, isTold: boolean): void {
    this.#incarnation = incarnation
    this.#isHeard = false
    if (!isTold && !this.#isTold) return
    this.#isTold = false
    this.#listen(incarnation)
    for (const watcher of this.#all()) {
      watcher.isTelling = false
      if (watcher.hasLeft) this.#remove(watcher)
      else if (watcher.cursor !== ALL_TOLD) this.goOn(watcher)
    }
  }

  get size(): number {
    return this.#size
  }

  // -- who watches ---------------------------------------------------------------------------------------------

  /** In the store's turn: from now on it is told. One that is known goes on. */
  join(watcher: Watcher): true | Failure {
    const incarnation = this.#incarnation
    if (watcher.hasLeft || incarnation === undefined) return true
    if (this.#watchers.get(watcher.attachment)?.has(watcher) === true) {
      watcher.tenure.begin()
      return true
    }
    if (this.#size >= MOST_WATCHES) return failure(fullError())
    this.#listen(incarnation)
    this.#look(incarnation.watched)
    const problem = this.#begin(watcher, incarnation)
    if (problem !== undefined) return failure(problem)
    watcher.hub = this
    watcher.tenure.begin()
    this.#add(watcher)
    return true
  }

  /** It is forgotten in the store's turn. May be called from outside. */
  leaveSoon(watcher: Watcher): void {
    const { self } = this.#incarnation ?? {}
    // Where its incarnation has ended, the next one is told by its mailbox, or knows it not.
    if (self === undefined || !doLater(self, () => this.#remove(watcher))) this.#remove(watcher)
  }

  /** A mailbox was given back, or its caller has died: what waits is told, and no more. */
  leaveAll(attachment: number): void {
    for (const watcher of [...(this.#watchers.get(attachment) ?? [])]) {
      watcher.leave(undefined, false)
      this.#remove(watcher)
    }
  }

  #all(): Watcher[] {
    return [...this.#watchers.values()].flatMap((watchers) => [...watchers])
  }

  /** What it is known by comes last: a join that is cut short is done again. */
  #add(watcher: Watcher): void {
    this.#index.add(watcher)
    const watchers = this.#watchers.get(watcher.attachment) ?? new Set()
    this.#watchers.set(watcher.attachment, watchers.add(watcher))
    this.#size += 1
  }

  #remove(watcher: Watcher): void {
    const watchers = this.#watchers.get(watcher.attachment)
    if (watchers?.delete(watcher) !== true) return
    if (watchers.size === 0) this.#watchers.delete(watcher.attachment)
    this.#index.remove(watcher)
    this.#size -= 1
    if (this.#size === 0 && !this.#history.isKept) this.#unlisten()
  }

  // -- where it begins -----------------------------------------------------------------------------------------

  #begin(watcher: Watcher, { watched, epoch }: WatchedIncarnation): Invalid | undefined {
    watcher.isTelling = false
    watched.begins?.(watcher)
    if (watcher.hub !== undefined) return this.#beginAnew(watcher, "reset", "restart")
    if (watcher.from === undefined) return this.#tellPresent(watcher)
    const [of, count] = parsedVersion(watcher.from)
    if (count === undefined || (of === epoch && count > watched.newestVersion)) return notOurs(watcher.from)
    if (of !== epoch) return this.#beginAnew(watcher, "reset", "restart")
    const since = this.#history.since(count)
    if (since === undefined) return this.#beginAnew(watcher, "gap", "history")
    watcher.queue.replay(since.filter(({ key }) => key !== undefined && watcher.wants(key)))
    this.#mark(watcher)
    return undefined
  }

  #beginAnew(watcher: Watcher, type: "reset" | "gap", cause: string): undefined {
    watcher.queue.begin(this.#notice(type, cause))
    this.#tellPresent(watcher)
  }

  /** What was left out is told in one word, and then what is there. May be called from outside of the store's turn. */
  recover(watcher: Watcher): void {
    this.#beginAnew(watcher, "gap", watcher.queue.lost ?? "")
  }

  /** What is there is told again. May be called from outside of the store's turn. */
  retell(watcher: Watcher): void {
    if (watcher.hasLeft) return
    this.#tellPresent(watcher)
    watcher.isRetelling = true
  }

  #tellPresent(watcher: Watcher): undefined {
    watcher.isRetelling = false
    if (!watcher.hasInitial) return this.#mark(watcher)
    watcher.beginRound(this.#last)
    this.goOn(watcher)
  }

  #mark(watcher: Watcher): undefined {
    watcher.queue.mark(this.#notice("mark", ""))
  }

  #notice(type: "reset" | "gap" | "mark", cause: string): Change {
    return notice(type, this.#incarnation?.epoch ?? "", this.#last, cause)
  }

  /** Tells more of what is there, in the store's turn. */
  goOn(watcher: Watcher): void {
    watcher.isPaused = false
    const { self } = this.#incarnation ?? {}
    if (self === undefined || watcher.isTelling) return
    watcher.isTelling = doLater(self, () => this.#tellSome(watcher))
  }

  #tellSome(watcher: Watcher): void {
    const incarnation = this.#incarnation
    watcher.isTelling = false
    if (incarnation === undefined || watcher.hasLeft || watcher.isPaused || watcher.cursor === ALL_TOLD) return
    const { round } = watcher
    const progress = incarnation.watched.tellSome(watcher)
    if (!(progress instanceof Promise)) return this.#told(watcher, round, progress)
    watcher.isTelling = true
    const ended = (told: Progress): void => {
      if (watcher.hub !== this) return
      watcher.isTelling = false
      if (!watcher.hasLeft) this.#told(watcher, round, told)
    }
    // What cannot be told now is told as missing, and then anew.
    progress.then(ended, () => {
      if (watcher.hub === this) watcher.queue.lose("missed")
      ended("done")
    })
  }

  #told(watcher: Watcher, round: number, progress: Progress): void {
    // It was begun anew meanwhile.
    if (watcher.round !== round) return this.goOn(watcher)
    // It may have been taken from meanwhile.
    if (progress === "paused" && watcher.queue.isHalfFull) watcher.isPaused = true
    else if (progress !== "done") this.goOn(watcher)
    else {
      watcher.cursor = ALL_TOLD
      this.#mark(watcher)
    }
  }

  // -- what is told --------------------------------------------------------------------------------------------

  get lastTold(): number {
    return this.#last
  }

  tell(change: Change, isFor: (watcher: Watcher) => boolean): void {
    this.#last = change.count
    this.#history.add(change)
    this.#index.forEach(change.key as string, (watcher) => {
      if (watcher.isRetelling || isFor(watcher)) watcher.queue.push(change)
    })
  }

  /** As a full stack has cut the telling short, or nobody knows what has become of a change. */
  missed(last: number, isUpToDate = true): void {
    this.#last = last
    this.#history.begin(last, isUpToDate)
    for (const { queue } of this.#all()) queue.lose("missed")
  }

  #look({ lastVersion, isUpToDate }: WatchedEntries): void {
    if (lastVersion !== this.#last || !isUpToDate) this.missed(lastVersion, isUpToDate)
  }

  // -- whether it is told ----------------------------------------------------------------------------------------

  #listen(incarnation: WatchedIncarnation): void {
    if (this.#isTold) return
    this.#isTold = true
    this.#look(incarnation.watched)
    incarnation.watched.follow(this)
    if (!this.#isHeard) incarnation.whenOver(() => this.#over(incarnation))
    this.#isHeard = true
  }

  #unlisten(): void {
    this.#isTold = false
    this.#incarnation?.watched.unfollow()
  }

  /** Who watches asks the next incarnation. */
  #over(incarnation: WatchedIncarnation): void {
    if (incarnation === this.#incarnation) for (const { tenure } of this.#all()) tenure.end()
  }
}

function notOurs(from: string): Invalid {
  return invalid("from", `must be a version that a store has told; got ${shown(from)}`)
}

function fullError(): RateLimited {
  return new RateLimited(`the store is watched as often as it can be (${MOST_WATCHES})`, { details: { capacity: MOST_WATCHES } })
}
