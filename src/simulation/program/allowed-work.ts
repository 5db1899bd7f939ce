/**
 * Work outside that is allowed, and whether something may still come of it: then a schedule waits, before time passes.
 *
 * There are three sorts, by the kinds that Node lists. What is answered *once*, as a file's read or a program's end, is owed an answer until it has
 * come. What *talks*, as a socket or a port, may bring something as long as it would keep a program alive: Node's `ref`, which pools of connections
 * take back themselves while nothing is asked. What only *listens*, as a server or a watcher, brings what others do: it is waited for where
 * nothing else can happen at all.
 *
 * Nobody is waited for without end: an answer for ten seconds, what is open for a second of silence, in the host's time. Where that was in vain the
 * next wait is half as long, and where something came it is long enough for that to come again: what is open for ever costs an exploration
 * some seconds, and no more than a moment each time from then on.
 */

import { isA, passes } from "../../kernel/instance.ts"
import { memberOf } from "../../kernel/option-fields.ts"

/** How long an answer may take, in ms. */
const LONGEST_ANSWER_MS = 10_000

/** How long what is open may be silent, in ms. */
const LONGEST_SILENCE_MS = 1000

/** … and what cannot say whether it is open, as it is until it is collected. */
const LONGEST_DOUBT_MS = 50

/** A wait is never less than that part of the longest. */
const LEAST_PART = 100

/** After what came, there is time for what takes so many times as long. */
const MARGIN = 4

/** A program and a worker end once, however much they say before. */
const ONCE =
  /REQ(?:UEST|CALLBACK|PROMISE|WRAP)?$|(?:CONNECT|WRITE|SHUTDOWN|SEND|QUERY|PROCESS)WRAP$|^HTTP2(?:PING|SETTINGS)$|^(?:ZLIB|WORKER|Timeout|Immediate)$/

/** What is encrypted talks by its socket; so do streams of HTTP. */
const TALKS = /^(?:TCP|PIPE|UDP)WRAP$|^MESSAGEPORT$/

/** Has no `ref`. */
const DOUBTFUL = /^(?:BLOBREADER|HEAPSNAPSHOT)$/

/** Of what is waited for: how long now. */
class Patience {
  readonly #most: number
  #ms: number

  constructor(most: number) {
    this.#most = most
    this.#ms = most
  }

  isOver(ms: number): boolean {
    return ms >= this.#ms
  }

  wasInVain(): void {
    this.#ms = Math.max(this.#most / LEAST_PART, this.#ms / 2)
  }

  wasAnswered(ms: number): void {
    this.#ms = Math.min(this.#most, Math.max(this.#ms, ms * MARGIN))
  }
}

/** What is open of one sort: waited for as long as it is not silent for too long. */
class Silence {
  readonly #patience: Patience
  #since: number | undefined
  #isTooLong = false

  constructor(longestMs: number) {
    this.#patience = new Patience(longestMs)
  }

  /** Something came of it. */
  broken(now: number): void {
    if (this.#since !== undefined) this.#patience.wasAnswered(now - this.#since)
    this.begin()
  }

  /** Whoever is there may have been asked something: it is listened for anew. */
  begin(): void {
    this.#since = undefined
    this.#isTooLong = false
  }

  isListenedTo(now: number): boolean {
    this.#since ??= now
    if (this.#isTooLong) return false
    if (!this.#patience.isOver(now - this.#since)) return true
    this.#isTooLong = true
    this.#patience.wasInVain()
    return false
  }
}

interface Owed {
  readonly kind: string
  readonly resource: WeakRef<object>
  readonly isDone: (work: object) => boolean
  since: number
  isGivenUp: boolean
}

interface Open {
  readonly kind: string
  readonly resource: WeakRef<object>
  readonly silence: Silence
}

/** What is known of some work beside its kind. */
interface Begun {
  /** Nobody of the program began it, as a connection that comes to a server. */
  readonly isAccepted: boolean
  /** Whether it was done at once: known when its function is through. */
  readonly isDone: (work: object) => boolean
}

/** What is allowed and under way in one schedule, by the number that Node gives it; patience is the exploration's. */
export class AllowedWork {
  readonly #now: () => number
  readonly #answers = new Patience(LONGEST_ANSWER_MS)
  readonly #talking = new Silence(LONGEST_SILENCE_MS)
  readonly #doubtful = new Silence(LONGEST_DOUBT_MS)
  readonly #listening = new Silence(LONGEST_SILENCE_MS)
  readonly #owed = new Map<number, Owed>()
  readonly #open = new Map<number, Open>()
  readonly #vain = new Set<string>()

  /** `now`: ms of the host's clock. */
  constructor(now: () => number) {
    this.#now = now
  }

  /** Another schedule: what is open from one before may be used in it, too. */
  begin(): void {
    // What is cleared is made anew.
    if (this.#owed.size > 0) this.#owed.clear()
    if (this.#vain.size > 0) this.#vain.clear()
    this.moved()
  }

  begun(id: number, kind: string, work: object, { isAccepted, isDone }: Begun): void {
    const resource = new WeakRef(work)
    if (ONCE.test(kind)) this.#owed.set(id, { kind, resource, isDone, since: this.#now(), isGivenUp: false })
    else if (DOUBTFUL.test(kind)) this.#open.set(id, { kind, resource, silence: this.#doubtful })
    else if (hasRef(work) !== undefined)
      this.#open.set(id, { kind, resource, silence: TALKS.test(kind) && !isAccepted ? this.#talking : this.#listening })
  }

  /** Its callback was called. */
  called(id: number): void {
    const owed = this.#owed.get(id)
    const open = this.#open.get(id)
    if (owed === undefined && open === undefined) return
    const now = this.#now()
    // A program's output, and a worker's message, are on the way to its end.
    this.#talking.broken(now)
    open?.silence.broken(now)
    if (owed === undefined) return
    this.#answers.wasAnswered(now - owed.since)
    if (owed.kind !== COMPRESSION) this.#owed.delete(id)
    owed.since = now
    owed.isGivenUp = false
  }

  /** There is no such thing any more. */
  destroyed(id: number): void {
    this.#owed.delete(id)
    this.#open.delete(id)
  }

  /** The schedule has gone on, and may have asked for something. */
  moved(): void {
    this.#talking.begin()
    this.#doubtful.begin()
    this.#listening.begin()
  }

  /** Whether something may come that the schedule is to wait for; `isLast`: nothing else can happen, even by time. */
  isAwaited(isLast: boolean): boolean {
    if (this.#owed.size === 0 && this.#open.size === 0) return false
    const now = this.#now()
    if (this.#isAnswerOwed(now) || this.#isOpen(this.#talking, now) || this.#isOpen(this.#doubtful, now)) return true
    return isLast && this.#isOpen(this.#listening, now)
  }

  /** Kinds that were waited for in vain. */
  get inVain(): readonly string[] {
    return [...this.#vain]
  }

  #isAnswerOwed(now: number): boolean {
    let isLate = false
    for (const owed of this.#owed.values()) {
      if (!isBusy(owed)) {
        owed.since = now
        continue
      }
      if (owed.isGivenUp) continue
      if (!this.#answers.isOver(now - owed.since)) return true
      owed.isGivenUp = true
      isLate = true
      this.#vain.add(owed.kind)
    }
    if (isLate) this.#answers.wasInVain()
    return false
  }

  #isOpen(silence: Silence, now: number): boolean {
    const kinds = [...this.#open.values()].filter((open) => open.silence === silence && keepsAlive(open)).map(({ kind }) => kind)
    if (kinds.length === 0) return false
    if (silence.isListenedTo(now)) return true
    for (const kind of kinds) this.#vain.add(kind)
    return false
  }
}

/** Its stream is answered as often as it is written to, without another word. */
const COMPRESSION = "ZLIB"

/** What is written is kept by Node until it is compressed. */
function isBusy({ kind, resource, isDone }: Owed): boolean {
  const work = resource.deref()
  if (kind === COMPRESSION) return isA(memberOf(work, "buffer"), Uint8Array)
  return work !== undefined && hasRef(work) !== false && !isDone(work)
}

/** What is closed does not; what cannot say does, as long as it is there. */
function keepsAlive({ resource }: Open): boolean {
  const work = resource.deref()
  return work !== undefined && hasRef(work) !== false
}

/** Whether it keeps a program alive; `undefined` where it cannot say. */
function hasRef(work: object): boolean | undefined {
  const look = memberOf(work, "hasRef")
  return typeof look === "function" ? passes(work, () => look.call(work) === true) : undefined
}
