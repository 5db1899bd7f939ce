/**
 * `pigeonhole/testing`: a host whose time stands still until told, for tests that never sleep.
 *
 * @example
 * const time = virtualTime()
 * await using runtime = await start({ "app:cache": store() }, { host: time })
 * const cache = await runtime.acquire("app:cache")
 * await cache.set("token", "abc", 60)
 * await time.advance(60_000)
 * await cache.get("token") // => undefined
 */

import { invalid, shown, Timeout } from "./kernel/errors.ts"
import { defaultHost, type Host, type WorkUnderWay } from "./kernel/host.ts"
import { hostAsyncContexts } from "./kernel/host-contexts.ts"
import { field, milliseconds, optional, otherwise } from "./kernel/option-fields.ts"
import { readOptions } from "./kernel/options.ts"
import { seededRandom, wholeSeed } from "./kernel/seeded-random.ts"
import { cut } from "./kernel/sort.ts"

export { seededRandom } from "./kernel/seeded-random.ts"

/** A host that the test moves on. Turns are real; clock, timers and chance are its own. */
export interface VirtualTime extends Host {
  /**
   * Moves the clock by `ms`, firing every timer on the way at its moment, and lets all that follows from each settle: real input and output
   * too, which a callback of a process, an actor that a statechart invokes or the source of a stream waits for, or which is to answer what
   * a server has deferred (a file, a request, a timer of Node's), while the clock stands.
   *
   * Errors  Timeout, naming the process, where that takes longer than `realTimeMs`; Invalid.
   */
  advance(ms: number): Promise<void>
  /** What the calendar says, in ms since 1970. */
  systemTime(): number
  /** Sets the calendar, back too, as whoever runs the machine may; the clock stays. */
  setSystemTime(ms: number): void
  /** Lets everything settle that can without time passing. */
  settle(): Promise<void>
  /** Host timers armed now. */
  readonly armedTimers: number
  /** Those of them that a real host would stay alive for. */
  readonly heldTimers: number
}

/** Where a virtual host begins. */
export interface VirtualTimeOptions {
  /** Where the clock starts, in ms. Default 0. */
  readonly startMs?: number
  /** What the calendar says then, in ms since 1970; it moves on with the clock. Default 0, which is the first of January 1970. */
  readonly systemTimeMs?: number
  /** Seeds `random`. Default 1. */
  readonly seed?: number
  /**
   * Milliseconds of real time that `advance` waits for callbacks which wait for nothing of the runtime. Default 5000, and then only while
   * the host is seen to have something under way that could wake them (Node's active resources, which do not show hashes, compressions and
   * what was unref'd); given, whatever they wait for. An answer that is owed may wait for a message: it counts only while the host is at work.
   */
  readonly realTimeMs?: number
  /**
   * Milliseconds of real time for what the host does not show, each time that a callback begins to wait or an answer is owed. Default 100; 0
   * for a test that holds many of them itself.
   */
  readonly unseenMs?: number
}

/** Taken hold of when this module is loaded: a test may put a fake in its place. */
const { setTimeout: setHostTimeout } = globalThis
const readRealClock = performance.now.bind(performance)

interface VirtualTimer {
  readonly at: number
  readonly callback: () => void
}

/** Host turns given to what a timer has set off. */
const SETTLING_TURNS = 4

/** For what the host does not show. */
const DEFAULT_UNSEEN_MS = 100

const finite = field<number>(Number.isFinite, "a number of ms")

const OPTIONS = {
  startMs: otherwise(finite, 0),
  systemTimeMs: otherwise(finite, 0),
  seed: otherwise(wholeSeed, 1),
  realTimeMs: optional(milliseconds),
  unseenMs: otherwise(milliseconds, DEFAULT_UNSEEN_MS),
}

/** Makes a host for `start(tree, { host })`; nothing in it happens before `advance` says so. */
export function virtualTime(options?: VirtualTimeOptions): VirtualTime {
  const { startMs, systemTimeMs, seed, realTimeMs, unseenMs } = readOptions(options, OPTIONS)
  let now = startMs
  /** By how much the calendar is ahead of the clock. */
  let ahead = systemTimeMs - startMs
  const realWork = new RealWork(realTimeMs, unseenMs)
  const timers = new Set<VirtualTimer>()
  const held = new Set<VirtualTimer>()
  const random = seededRandom(seed)

  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < SETTLING_TURNS; turn += 1) await new Promise<void>(defaultHost.yield)
  }
  /** As `settle`, and waits in real time for what waits for nothing of the runtime. */
  const quiet = async (): Promise<void> => {
    const begun = readRealClock()
    do await settle()
    while (await realWork.goesOn(begun))
  }
  const earliest = (until: number): VirtualTimer | undefined => {
    const due = [...timers].filter(({ at }) => at <= until)
    return due.sort((one, other) => one.at - other.at)[0]
  }

  return {
    now: () => now,
    systemTime: () => now + ahead,
    setSystemTime(ms) {
      ahead = finite(ms, "ms") - now
    },
    setTimer: (callback, delayMs) => {
      const timer = { at: now + Math.max(delayMs, 0), callback }
      timers.add(timer)
      return timer
    },
    clearTimer: (timer) => {
      timers.delete(timer as VirtualTimer)
      held.delete(timer as VirtualTimer)
    },
    holdTimer: (timer, isHeld) => {
      if (isHeld) held.add(timer as VirtualTimer)
      else held.delete(timer as VirtualTimer)
    },
    microtask: (callback) => void Promise.resolve().then(callback),
    yield: defaultHost.yield,
    random,
    asyncContexts: hostAsyncContexts,
    settle,
    async advance(ms) {
      if (typeof ms !== "number" || !(ms >= 0) || !Number.isFinite(ms)) throw invalid("ms", `must be a number from 0; got ${shown(ms)}`)
      const until = now + ms
      await quiet()
      for (let timer = earliest(until); timer !== undefined; timer = earliest(until)) {
        timers.delete(timer)
        held.delete(timer)
        now = Math.max(now, timer.at)
        timer.callback()
        await quiet()
      }
      now = Math.max(now, until)
      await quiet()
    },
    attach: (workload) => realWork.attach(workload),
    isVirtual: true,
    get armedTimers() {
      return timers.size
    },
    get heldTimers() {
      return held.size
    },
  }
}

/** Turns of the host given to real work before it is looked at once a millisecond. */
const QUICK_LOOKS = 64
const DEFAULT_REAL_TIME_MS = 5000

/** What goes on in real time while the virtual clock stands. */
class RealWork {
  readonly #limitMs: number
  readonly #unseenMs: number
  /** Whether work counts that nothing of the host is seen for. */
  readonly #isStrict: boolean
  readonly #workloads: { underWay(): readonly WorkUnderWay[] }[] = []
  /** Resources of the host by kind, when no work was under way. */
  #idle = resourcesByKind()
  #looks = 0
  /** Since when work has been under way, by its token. */
  #since: ReadonlyMap<object, number> = new Map()

  constructor(realTimeMs: number | undefined, unseenMs: number) {
    this.#unseenMs = unseenMs
    this.#limitMs = realTimeMs ?? DEFAULT_REAL_TIME_MS
    this.#isStrict = realTimeMs !== undefined
  }

  attach(workload: { underWay(): readonly WorkUnderWay[] }): void {
    this.#workloads.push(workload)
  }

  /** Waits a little, and says whether to look again. `begun`: since when is waited. */
  async goesOn(begun: number): Promise<boolean> {
    const work = this.#workloads.flatMap((workload) => workload.underWay())
    if (work.length === 0) {
      this.#idle = resourcesByKind()
      this.#looks = 0
      this.#since = new Map()
      return false
    }
    const now = readRealClock()
    const passedMs = now - begun
    const isNew = this.#isNew(work, now)
    const isCallback = work.some(({ kind }) => kind === "callback")
    const isPromised = this.#isHostAtWork(isCallback) || (isCallback && (this.#isStrict || isNew))
    if (!isPromised && !isNew) return false
    if (passedMs > this.#limitMs) {
      if (isPromised) throw workError(work, this.#limitMs)
      return false
    }
    this.#looks += 1
    if (this.#looks > QUICK_LOOKS) await new Promise((resolve) => setHostTimeout(resolve, 1))
    return true
  }

  /** Whether some of it may be at what the host does not show. */
  #isNew(work: readonly WorkUnderWay[], now: number): boolean {
    const since = new Map(work.map(({ token }) => [token, this.#since.get(token) ?? now]))
    this.#since = since
    return [...since.values()].some((at) => now - at < this.#unseenMs)
  }

  /** `isCallback`: a callback is under way, which may wait for a port; what is owed may be so for as long as a worker stands ready. */
  #isHostAtWork(isCallback: boolean): boolean {
    const present = resourcesByKind()
    const isAtWork = [...present].some(([kind, count]) => (isCallback || kind !== PORT) && count > (this.#idle.get(kind) ?? 0))
    // What others had under way may have come to its end meanwhile.
    this.#idle = new Map([...this.#idle].map(([kind, count]) => [kind, Math.min(count, present.get(kind) ?? 0)]))
    return isAtWork
  }
}

/** Kinds of what stands ready for somebody to come, and not for something to be done. */
const STANDING = new Set(["Immediate", "TCPServerWrap", "PipeServerWrap", "FSEventWrap", "StatWatcher", "SignalWrap"])
/** A worker thread's, or a channel's: what answers by it may be at work, or stand ready. */
const PORT = "MessagePort"

/** What keeps the host alive, counted; nothing where the host does not say. */
function resourcesByKind(): ReadonlyMap<string, number> {
  const kinds = new Map<string, number>()
  const { process } = globalThis as { readonly process?: { getActiveResourcesInfo?(): readonly string[] } }
  for (const kind of process?.getActiveResourcesInfo?.() ?? []) if (!STANDING.has(kind)) kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
  return kinds
}

function workError(work: readonly WorkUnderWay[], realTimeMs: number): Timeout {
  const target = cut([...new Set(work.map(({ label }) => label))].join(", "), 1000)
  const message = `${target} is still at work after ${realTimeMs} ms of real time, and waits for nothing of the runtime`
  return new Timeout(message, { details: { target, realTimeMs } })
}
