/**
 * `node:timers/promises`, answered by the world that has the globals, on a host that has it.
 *
 * What is refused (a delay that is none, a signal that is none) and what is aborted is refused by the host's own function, which looks at
 * the signal first and arms nothing for one that is aborted: so the errors are the host's.
 */

import type { Patches } from "./patches.ts"
import { presentWorld, type WorldClock } from "./world-clock.ts"
import { WorldTimer, WorldTurn } from "./world-timer.ts"

/** The module, whose functions are replaced; `undefined`: the host has none. */
export const hostPromises = globalThis.process?.getBuiltinModule?.("node:timers/promises")

/** Taken hold of when this module is loaded, before anything is replaced. */
const host = hostPromises as HostTimers
const { setTimeout: hostSetTimeout, setImmediate: hostSetImmediate, setInterval: hostSetInterval } = host ?? {}
const scheduler = host?.scheduler
const { wait: hostWait, yield: hostYield } = scheduler ?? {}

/** As they are asked here: with whatever the program gives. */
interface HostTimers {
  setTimeout(delay?: unknown, value?: unknown, options?: unknown): Promise<unknown>
  setImmediate(value?: unknown, options?: unknown): Promise<unknown>
  setInterval(delay?: unknown, value?: unknown, options?: unknown): AsyncIterableIterator<unknown>
  readonly scheduler: { wait(delay: unknown, options?: unknown): Promise<unknown>; yield(): Promise<unknown> }
}

/** Puts the world's in the place of the host's. */
export function replacePromises(patches: Patches): void {
  for (const [name, value] of Object.entries(promised)) patches.replace(hostPromises, name, { value })
  patches.replace(scheduler, "wait", { value: wait })
  patches.replace(scheduler, "yield", { value: yieldTurn })
}

/** Those of the module, by name. */
export const promised = {
  setTimeout(delay?: unknown, value?: unknown, options?: unknown): Promise<unknown> {
    const clock = presentWorld()
    const said = clock === undefined ? undefined : read(delay, options)
    if (clock === undefined || said === undefined) return hostSetTimeout(delay, value, options)
    return new Promise((resolve) => {
      const timer = new WorldTimer(clock, "timers/promises setTimeout", () => settle(value), { delay })
      const settle = untilAborted(said.signal, resolve, (signal) => {
        timer.close()
        return hostSetTimeout(delay, value, { signal })
      })
    })
  },

  setImmediate(value?: unknown, options?: unknown): Promise<unknown> {
    const clock = presentWorld()
    const said = clock === undefined ? undefined : read(undefined, options)
    if (clock === undefined || said === undefined) return hostSetImmediate(value, options)
    return new Promise((resolve) => {
      const turn = new WorldTurn(clock, () => settle(value), [])
      const settle = untilAborted(said.signal, resolve, (signal) => {
        turn.close()
        return hostSetImmediate(value, { signal })
      })
    })
  },

  setInterval(delay?: unknown, value?: unknown, options?: unknown): AsyncIterableIterator<unknown> {
    const clock = presentWorld()
    const said = clock === undefined ? undefined : read(delay, options)
    if (clock === undefined || said === undefined) return hostSetInterval(delay, value, options)
    return ticks(clock, delay, value, said.signal)
  },
}

/** The host looks whether it is its own scheduler that is asked. */
function wait(delay: unknown, options?: unknown): Promise<unknown> {
  if (presentWorld() === undefined) return Reflect.apply(hostWait, scheduler, [delay, options])
  return promised.setTimeout(delay, undefined, options)
}

function yieldTurn(): Promise<unknown> {
  return presentWorld() === undefined ? Reflect.apply(hostYield, scheduler, []) : promised.setImmediate()
}

/** What is said, read once; nothing, where the host would refuse it, or reject at once: a signal that is aborted before it begins. */
function read(delay: unknown, options: unknown): { readonly signal: AbortSignal | undefined } | undefined {
  if (delay !== undefined && typeof delay !== "number") return undefined
  if (options === undefined) return NOTHING_SAID
  if (typeof options !== "object" || options === null || Array.isArray(options)) return undefined
  const { signal, ref } = options as { readonly signal?: AbortSignal; readonly ref?: unknown }
  if (ref !== undefined && typeof ref !== "boolean") return undefined
  if (signal === undefined) return NOTHING_SAID
  return typeof signal === "object" && signal !== null && signal.aborted === false ? { signal } : undefined
}

const NOTHING_SAID = { signal: undefined }

/** Gives what settles the promise; an abort that comes first settles it with what `aborted` gives, which rejects. */
function untilAborted(
  signal: AbortSignal | undefined,
  resolve: (value: unknown) => void,
  aborted: (signal: AbortSignal) => Promise<unknown>,
): (value: unknown) => void {
  if (signal === undefined) return resolve
  const abort = (): void => resolve(aborted(signal))
  signal.addEventListener("abort", abort, { once: true })
  return (value) => {
    signal.removeEventListener("abort", abort)
    resolve(value)
  }
}

/** Each tick once, also those that came while the last was looked at. */
async function* ticks(clock: WorldClock, delay: unknown, value: unknown, signal: AbortSignal | undefined): AsyncGenerator<unknown, void> {
  let due = 0
  let wake = (): void => undefined
  const tick = (): void => {
    due += 1
    wake()
  }
  const timer = new WorldTimer(clock, "timers/promises setInterval", tick, { delay, repeats: true })
  const abort = (): void => wake()
  signal?.addEventListener("abort", abort, { once: true })
  try {
    while (signal?.aborted !== true) {
      if (due === 0) await new Promise<void>((resolve) => (wake = resolve))
      for (; due > 0; due -= 1) yield value
    }
    yield* hostSetInterval(delay, value, { signal })
  } finally {
    timer.close()
    signal?.removeEventListener("abort", abort)
  }
}
