/**
 * The port to the world: monotonic time, one-shot timers, turns, chance. The default stands beside it.
 *
 * This file is the only reader of the host's clock and the only caller of its timers and turn
 * functions; a test says so. `pigeonhole/testing` brings a host whose time stands still until told.
 */

import type { AsyncContexts } from "./async-context.ts"
import { hostAsyncContexts } from "./host-contexts.ts"

/** What the kernel needs of the machine it runs on. */
export interface Host {
  /** Milliseconds, monotonic, with a fraction; the origin is the host's own. */
  now(): number
  /**
   * Milliseconds since 1970, by the calendar, which may be set, back too: for what is told to others, never for what is waited for. Where it
   * is left out, the machine's own is read.
   */
  systemTime?(): number
  /** Calls back once, not before `delayMs` have passed. Must not keep the host alive, unless told to by `holdTimer`. */
  setTimer(callback: () => void, delayMs: number): unknown
  /** Whether the host is to stay alive for this timer: somebody waits for what it will bring. */
  holdTimer(timer: unknown, isHeld: boolean): void
  /** Forgets a timer, also one that is over. */
  clearTimer(timer: unknown): void
  /** Calls back before the host turns to anything else. */
  microtask(callback: () => void): void
  /** Calls back after the host has had a chance to serve its timers and its input and output. */
  yield(callback: () => void): void
  /** A number in [0, 1), for jitter. */
  random(): number
  /** Where contexts are kept apart that `AsyncLocalStorage` reads; left out where there are none. */
  readonly asyncContexts?: AsyncContexts | undefined
  /** Whether its time is a test's: then the log does not say that no policies are configured. Default `false`. */
  readonly isVirtual?: boolean
  /** Told of each kernel that runs on it, where it wants to know what is under way that waits for nothing of the runtime. */
  attach?(workload: { underWay(): readonly WorkUnderWay[] }): void
}

/** Something that is under way and waits for nothing of the runtime. */
export interface WorkUnderWay {
  /** The process. */
  readonly label: string
  /** Tells this work from others. */
  readonly token: object
  /** An answer that is owed may be given for any reason, also for a message that is still to come. */
  readonly kind: "callback" | "answer"
}

/** The longest delay a host timer takes; Node turns a longer one into 1 ms. */
const LONGEST_DELAY_MS = 2 ** 31 - 1

const resolved = Promise.resolve()

/**
 * Taken hold of when this module is loaded: what test libraries put in the place of the globals later (fake timers) must neither hang the
 * runtime nor drive it.
 */
const { setTimeout: setHostTimeout, clearTimeout: clearHostTimeout, MessageChannel: HostChannel } = globalThis
/** Node's, Deno's and Bun's; a web page has none. */
const setHostImmediate: typeof setImmediate | undefined = globalThis.setImmediate
const readClock = performance.now.bind(performance)
const { random } = Math
/** The machine's calendar, in ms since 1970. */
const readCalendar = Date.now

/** A timer that can be told whether it keeps the host alive: Node's. A browser's is a number, and keeps nothing alive. */
type Timer = Partial<Pick<ReturnType<typeof setTimeout>, "ref" | "unref">>

/** The default: Node's clock and turns, and what takes their place in a host that has less. */
export const defaultHost: Host = {
  now: readClock,
  systemTime: readCalendar,
  setTimer(callback, delayMs) {
    const timer = setHostTimeout(callback, Math.min(Math.max(Math.ceil(delayMs), 1), LONGEST_DELAY_MS))
    ;(timer as Timer).unref?.()
    return timer
  },
  holdTimer(timer, isHeld) {
    const held = timer as Timer
    if (isHeld) held.ref?.()
    else held.unref?.()
  },
  clearTimer(timer) {
    clearHostTimeout(timer as ReturnType<typeof setTimeout>)
  },
  // A settled promise's reaction is cheaper than queueMicrotask, which wraps each callback for async hooks.
  microtask(callback) {
    void resolved.then(callback)
  },
  yield: setHostImmediate === undefined ? yieldByMessage : (callback) => void setHostImmediate(callback),
  random,
  asyncContexts: hostAsyncContexts,
}

/**
 * A message to itself comes behind what the host has to do by then, and is not delayed, as a web page's timers are by some ms. Each has a
 * channel of its own: an isolate lets no request use what another one has opened.
 */
function yieldByMessage(callback: () => void): void {
  if (HostChannel === undefined) return void setHostTimeout(callback, 0)
  const { port1, port2 } = new HostChannel()
  const arrived = (): void => {
    port1.close()
    callback()
  }
  port1.addEventListener("message", arrived)
  port1.start()
  port2.postMessage(undefined)
}

/** The host's calendar, or the machine's where it has none. */
export function systemTimeOf(host: Host): number {
  return host.systemTime === undefined ? readCalendar() : host.systemTime()
}
