/**
 * Runs what waits for the end of the host's present task, there and then: all promise reactions, `queueMicrotask`s and `process.nextTick`s,
 * those included that they bring about. So a schedule of a thousand steps fits into one turn of the host, nothing from outside can come
 * between two of them, and "is anything still under way?" has an answer.
 *
 * Invariants
 * - What is run is run in its own async context, and the caller's is as before.
 * - What nobody caught is reported as the host reports it (`uncaught.ts`), the rest runs on.
 * - It says whether it has: each time a reaction of its own is among them. Asked in a reaction, it has not: hosts run those one by one.
 *
 * By Node's own function for it, which is documented as deprecated and nothing else; where that does not do it (Bun's), by what the engine
 * offers. Elsewhere, as in Deno and in web pages, nothing does: the caller waits for a turn of the host.
 */

import { hostAsyncContexts } from "../../kernel/host-contexts.ts"

/** Runs what waits, or does not. */
export type Way = () => void

/**
 * Runs all that waits for the end of the present task. Gives whether it has; where it has not, a turn of the host does it.
 *
 * Order  as in the host: ticks, then reactions, until there are none; then rejections that nobody has handled are reported.
 * Cost   some 0.5 µs and what it runs; a turn of the host is some 2 µs.
 */
export function settleReactions(): boolean {
  known ??= findWays()
  return settleBy(known)
}

/**
 * As `settleReactions`, in a task in which that has run them before: it is not looked at again whether it has. Where a tick throws, its context is the caller's
 * until the end of the task: to be safe from that costs a scope each time.
 */
export function settleMore(): void {
  const [way] = known ?? []
  if (way !== undefined) runThrough(way)
}

/** Found when it is first asked for: who looks at Node's function is warned, where that was asked for. */
let known: Way[] | undefined

/**
 * By the first of these that does it, which is first from then on.
 *
 * A reaction that never ends to bring about others is the host's end, as it is without this.
 */
export function settleBy(ways: Way[]): boolean {
  const before = marks
  void settled.then(mark)
  for (let at = 0; at < ways.length; at += 1) {
    const way = ways[at] as Way
    runNeutrally(way)
    if (marks === before) continue
    if (at > 0) ways.unshift(...ways.splice(at, 1))
    return true
  }
  return false
}

const settled = Promise.resolve()

/** How many reactions of its own have run. One that is left from a call that could do nothing runs before that of the next call, and with it. */
let marks = 0

function mark(): void {
  marks += 1
}

/** Nobody's context, so that what a tick leaves behind by throwing is not the caller's from then on. */
function runNeutrally(way: Way): void {
  if (hostAsyncContexts === undefined) runThrough(way)
  else hostAsyncContexts.neutral.runInAsyncScope(runThrough, undefined, way)
}

/**
 * A tick that throws throws here. The host would report it, and clear what it keeps of asynchronous calls: thrown again where the host looks,
 * it does both. Were it not, the next scope that is left would end the program.
 */
function runThrough(way: Way): void {
  for (;;) {
    try {
      return way()
    } catch (error) {
      queueMicrotask(() => {
        throw error
      })
    }
  }
}

// -- the ways there are -----------------------------------------------------------------------------------------------------------

function findWays(): Way[] {
  return [ticksOfNode(), microtasksOfBun(), checkpointOfEngine()].filter((way) => way !== undefined)
}

/** Runs ticks and reactions, and reports rejections. */
function ticksOfNode(): Way | undefined {
  const { process } = globalThis as { readonly process?: { readonly _tickCallback?: unknown } }
  const run = process?._tickCallback
  return typeof run === "function" ? () => void Reflect.apply(run, process, []) : undefined
}

function microtasksOfBun(): Way | undefined {
  try {
    const { process } = globalThis as { readonly process?: { getBuiltinModule?(name: string): { drainMicrotasks?(): void } | undefined } }
    return process?.getBuiltinModule?.("bun:jsc")?.drainMicrotasks
  } catch {
    return undefined
  }
}

/** V8's own, for reactions alone: ticks, and reports of rejections, wait for the host. The flag is needed while it is compiled. */
export function checkpointOfEngine(): Way | undefined {
  try {
    const v8 = globalThis.process?.getBuiltinModule?.("node:v8")
    v8?.setFlagsFromString("--allow-natives-syntax")
    try {
      return new Function("%PerformMicrotaskCheckpoint()") as Way
    } finally {
      v8?.setFlagsFromString("--no-allow-natives-syntax")
    }
  } catch {
    return undefined
  }
}
