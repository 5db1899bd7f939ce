/** What a handler returns in place of a reply (`failure`, a Deferred, what `stash` gives) is refused wherever nobody has asked, be it ours or another copy's. */

import { afterAll, describe, expect, it, vi } from "vitest"
import { createActor, setup } from "xstate"
import * as ours from "../../actors/index.ts"
import { fromProcess, statechart } from "../../src/xstate.ts"
import { bootApp } from "../support/app.ts"
import { refusalBy, refusalOf } from "../support/refusal.ts"

vi.resetModules()
const theirs = await import("../../actors/index.ts")

const ANOTHER_COPY = /of another copy of pigeonhole: npm ls pigeonhole shows both/

const OUTCOMES: readonly (readonly [name: string, make: () => object, said: RegExp])[] = [
  ["failure", () => ours.failure(new ours.NotFound("gone")), /got a failure$/],
  ["a Deferred", () => new ours.Deferred(undefined), /got a Deferred$/],
  ["a Stashed", () => new ours.Stashed(), /got what self\.stash\(\) gives$/],
  ["another copy's failure", () => theirs.failure(new theirs.NotFound("gone")), ANOTHER_COPY],
  ["another copy's Deferred", () => new theirs.Deferred(undefined), ANOTHER_COPY],
  ["another copy's Stashed", () => new theirs.Stashed(), ANOTHER_COPY],
]

const { runtime } = await bootApp({ "app:store": ours.store<unknown>(), "app:lock": ours.keyedLock() })
afterAll(() => runtime.stop({ timeoutMs: 0 }))

describe.each(OUTCOMES)("%s is no value", (_name, make, said) => {
  const wrong = (field: string): unknown =>
    expect.objectContaining({ _tag: "Invalid", message: expect.stringMatching(said), details: { field } })

  it.each([
    ["at once", () => make()],
    ["later", async () => make()],
  ])("of a task, %s: it crashes", async (_when, work) => {
    const task = runtime.async(work, { log: false })
    expect(await refusalOf(task.result())).toMatchObject({ _tag: "Internal", message: expect.stringMatching(said), cause: wrong("result") })
    expect(await task.yield()).toEqual({ exit: { error: wrong("result") } })
  })

  it("of a task of a stream", async () => {
    const outcomes: unknown[] = []
    const stream = runtime.asyncStream([1, 2], (item) => (item === 1 ? make() : item), { log: false })
    for await (const outcome of stream) outcomes.push(outcome)
    expect(outcomes).toEqual([
      { exit: { error: wrong("result") }, item: 1, index: 0 },
      { ok: 2, item: 2, index: 1 },
    ])
  })

  it("of a task that is a child or was spawned", async () => {
    expect(await runtime.whenEnded(runtime.spawn(ours.task(make, { log: false })))).toEqual({ error: wrong("work") })
    expect(await runtime.whenEnded(runtime.spawn(ours.task(async () => make())))).toEqual({ error: wrong("work") })
  })

  it("of a plain process", async () => {
    const body = make as () => never
    expect(await runtime.whenEnded(runtime.spawn(ours.actor(() => body())))).toEqual({ error: wrong("body") })
    expect(await runtime.whenEnded(runtime.spawn(ours.actor(async () => body())))).toEqual({ error: wrong("body") })
  })

  it("of a statechart: it crashes, and who asks for its output is told so", async () => {
    const machine = setup({ types: { output: {} as object } }).createMachine({
      initial: "on",
      states: { on: { on: { END: "off" } }, off: { type: "final" } },
      output: make,
    })
    const pid = runtime.spawn(statechart(machine))
    const ended = runtime.whenEnded(pid)
    const completed = vi.fn()
    const failed = vi.fn()
    await pid.snapshot()
    pid.subscribe({ complete: completed, error: failed })
    const waiting = pid.output()
    expect(await refusalOf(pid.transition({ type: "END" }))).toMatchObject({ _tag: "Internal", cause: wrong("output") })
    expect(await ended).toEqual({ error: wrong("output") })
    expect(await refusalOf(waiting)).toEqual(wrong("output"))
    expect(await refusalOf(pid.output())).toEqual(wrong("output"))
    expect(completed).not.toHaveBeenCalled()
    expect(failed).toHaveBeenCalledOnce()

    const invoked = createActor(fromProcess(statechart(machine), { runtime }))
    const seen = new Promise((resolve) => invoked.subscribe({ error: resolve, complete: () => resolve("done") }))
    invoked.start().send({ type: "END" })
    expect(await seen).toEqual(wrong("output"))
  })

  it("in a store", async () => {
    const cache = await runtime.acquire("app:store")
    for (const value of [make(), { deep: [make()] }]) {
      const error = await refusalOf(cache.set("key", value))
      expect(error).toMatchObject({ _tag: "Invalid", message: expect.stringMatching(/store plain data/) })
      expect(ANOTHER_COPY.test(error.message)).toBe(said === ANOTHER_COPY)
    }
    expect(await cache.has("key")).toBe(false)
  })

  it("as an exit reason, though a failure has an error", async () => {
    const pid = runtime.spawn(ours.server({ init: () => ({}) }))
    const reason = make() as ours.ExitReason
    expect(refusalBy(() => runtime.exit(pid, reason))).toMatchObject({ _tag: "Invalid", details: { field: "reason" } })
    expect(await refusalOf(runtime.stopProcess(pid, reason))).toMatchObject({ _tag: "Invalid", details: { field: "reason" } })
    expect(pid.isAlive).toBe(true)
  })

  it("as an error", async () => {
    const error = make() as ours.PigeonholeError
    expect(refusalBy(() => ours.failure(error))).toEqual(wrong("error"))
    const seen: unknown[] = []
    const act = (_state: object, _none: undefined, self: ours.ServerSelf): ours.Deferred<string> => {
      const deferred = self.defer<string>()
      seen.push(refusalBy(() => deferred.fail(error)))
      deferred.reply("answer")
      return deferred
    }
    expect(await runtime.spawn(ours.server({ init: () => ({}), call: { act } })).call.act()).toBe("answer")
    expect(seen).toEqual([wrong("error")])
  })

  it("but passes through a lock, to the handler that returns it", async () => {
    const lock = await runtime.acquire("app:lock")
    const outcome = make()
    expect(await lock.hold("key", () => outcome)).toBe(outcome)
  })
})
