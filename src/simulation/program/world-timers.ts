/**
 * The functions that arm timers and turns, answered by the world that has the globals: those of the program's global object and of
 * `node:timers`, those that give promises (`world-promises.ts`), and `AbortSignal.timeout`. `queueMicrotask` and `process.nextTick` are the
 * host's own, also where fake timers had their places: what they are given runs in the same step.
 *
 * What was armed before the run is the host's, and is cleared there. A callback that is none is refused by the host, in its own words.
 * A timer function that was taken hold of before is the host's, too: what it arms is foreign work (`foreign-work.ts`).
 */

import type { Patches } from "./patches.ts"
import { presentWorld } from "./world-clock.ts"
import { hostPromises, promised, replacePromises } from "./world-promises.ts"
import { type Callback, timerOf, WorldTimer, WorldTurn } from "./world-timer.ts"

/** Taken hold of when this module is loaded, before anything is replaced. */
const { setTimeout: hostSetTimeout, setInterval: hostSetInterval, clearTimeout: hostClearTimeout } = globalThis
const { clearInterval: hostClearInterval, setImmediate: hostSetImmediate, clearImmediate: hostClearImmediate } = globalThis
const { queueMicrotask: hostQueueMicrotask, process: hostProcess } = globalThis
const hostNextTick = hostProcess?.nextTick
const { AbortController: HostController, AbortSignal: HostSignal, DOMException: HostException } = globalThis
const hostSignalAfter = HostSignal.timeout?.bind(HostSignal)
const nodeTimers = hostProcess?.getBuiltinModule?.("node:timers")

/** By which `util.promisify` finds the form that gives a promise. */
const PROMISED = Symbol.for("nodejs.util.promisify.custom")

/** The longest that a signal's time may be. */
const LONGEST_SIGNAL_MS = 2 ** 32 - 1

/** Whether the host's timers are numbers: a web page's. Asked for when they are replaced: some hosts arm none while a program is loaded. */
let isNumbered = false

/** Puts the world's in the place of the host's. */
export function replaceTimers(patches: Patches): void {
  isNumbered = hasNumbers()
  for (const holder of [globalThis, nodeTimers]) {
    for (const [name, value] of Object.entries(timerFunctions)) patches.replace(holder, name, { value })
  }
  patches.replace(globalThis, "queueMicrotask", { value: hostQueueMicrotask })
  patches.replace(hostProcess, "nextTick", { value: hostNextTick })
  patches.replace(HostSignal, "timeout", { value: signalAfter })
  replacePromises(patches)
}

function hasNumbers(): boolean {
  const timer: unknown = hostSetTimeout(() => undefined, 0)
  hostClearTimeout(timer as number)
  return typeof timer === "number"
}

const timerFunctions = {
  setTimeout: withPromise(function setTimeout(callback: unknown, delay?: unknown, ...rest: unknown[]): unknown {
    return arm("setTimeout", false, callback, delay, rest) ?? Reflect.apply(hostSetTimeout, globalThis, [callback, delay, ...rest])
  }, "setTimeout"),
  setInterval(callback: unknown, delay?: unknown, ...rest: unknown[]): unknown {
    return arm("setInterval", true, callback, delay, rest) ?? Reflect.apply(hostSetInterval, globalThis, [callback, delay, ...rest])
  },
  setImmediate: withPromise(function setImmediate(callback: unknown, ...rest: unknown[]): unknown {
    const clock = presentWorld()
    if (clock !== undefined && isFunction(callback)) return new WorldTurn(clock, callback, rest)
    return Reflect.apply(hostSetImmediate, globalThis, [callback, ...rest])
  }, "setImmediate"),
  clearTimeout(timer?: unknown): void {
    if (!clear(timer)) hostClearTimeout(timer as number)
  },
  clearInterval(timer?: unknown): void {
    if (!clear(timer)) hostClearInterval(timer as number)
  },
  clearImmediate(turn?: unknown): void {
    if (turn instanceof WorldTurn) turn.close()
    else hostClearImmediate(turn as NodeJS.Immediate)
  },
}

/** Those of them that stand in no place of theirs now, as somebody has put others there while the world has the program. */
export function displacedTimers(): readonly string[] {
  return Object.entries(timerFunctions).flatMap(([name, own]) => (Reflect.get(globalThis, name) === own ? [] : [name]))
}

function withPromise<Armed extends (...given: never) => unknown>(armed: Armed, name: "setTimeout" | "setImmediate"): Armed {
  if (hostPromises === undefined) return armed
  return Object.defineProperty(armed, PROMISED, { value: promised[name], enumerable: true, configurable: true })
}

/** Nothing, where it is the host's affair. */
function arm(what: string, repeats: boolean, callback: unknown, delay: unknown, rest: readonly unknown[]): unknown {
  const clock = presentWorld()
  if (clock === undefined || !isFunction(callback)) return undefined
  const timer = new WorldTimer(clock, what, callback, { delay, repeats, rest })
  return isNumbered ? Number(timer) : timer
}

/** Whether it was the world's to clear. */
function clear(given: unknown): boolean {
  return timerOf(given)?.close() !== undefined
}

function isFunction(callback: unknown): callback is Callback {
  return typeof callback === "function"
}

/** What is no delay is refused by the host, in its own words. */
function signalAfter(delay: number): AbortSignal {
  const clock = presentWorld()
  if (clock === undefined || !(Number.isInteger(delay) && delay >= 0 && delay <= LONGEST_SIGNAL_MS)) return hostSignalAfter(delay)
  const controller = new HostController()
  const expired = (): void => controller.abort(new HostException("The operation was aborted due to timeout", "TimeoutError"))
  new WorldTimer(clock, "AbortSignal.timeout", expired, { delay }).unref()
  return controller.signal
}
