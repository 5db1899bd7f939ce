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

import { invalid, shown } from "./kernel/errors.ts"
import type { Host } from "./kernel/host.ts"

/** A host that the test moves on. Turns are real; clock, timers and chance are its own. */
export interface VirtualTime extends Host {
  /** Moves the clock by `ms`, firing every timer on the way at its moment, and lets all that follows from each settle. */
  advance(ms: number): Promise<void>
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
  /** Seeds `random`. Default 1. */
  readonly seed?: number
}

/** Taken hold of when this module is loaded: a test may put a fake in its place. */
const { setImmediate: setHostImmediate } = globalThis

interface VirtualTimer {
  readonly at: number
  readonly callback: () => void
}

/** Host turns given to what a timer has set off. */
const SETTLING_TURNS = 4

/** Makes a host for `start(tree, { host })`; nothing in it happens before `advance` says so. */
export function virtualTime({ startMs = 0, seed = 1 }: VirtualTimeOptions = {}): VirtualTime {
  let now = startMs
  const timers = new Set<VirtualTimer>()
  const held = new Set<VirtualTimer>()
  const random = seededRandom(seed)

  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < SETTLING_TURNS; turn += 1) await new Promise<void>((resolve) => setHostImmediate(resolve))
  }
  const earliest = (until: number): VirtualTimer | undefined => {
    const due = [...timers].filter(({ at }) => at <= until)
    return due.sort((one, other) => one.at - other.at)[0]
  }

  return {
    now: () => now,
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
    yield: (callback) => void setHostImmediate(callback),
    random,
    settle,
    async advance(ms) {
      if (typeof ms !== "number" || !(ms >= 0) || !Number.isFinite(ms)) throw invalid("ms", `must be a number from 0; got ${shown(ms)}`)
      const until = now + ms
      await settle()
      for (let timer = earliest(until); timer !== undefined; timer = earliest(until)) {
        timers.delete(timer)
        held.delete(timer)
        now = Math.max(now, timer.at)
        timer.callback()
        await settle()
      }
      now = until
      await settle()
    },
    get armedTimers() {
      return timers.size
    },
    get heldTimers() {
      return held.size
    },
  }
}

/** Numbers in [0, 1) that repeat with the seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
