/** A child that somebody wakes, and that does not get to run: nobody has had anything of it, so it is no end of it. */

import { describe, expect, it, vi } from "vitest"
import { child, type Pid, SupervisorMailbox, server, supervisor } from "../../actors/index.ts"
import { Wakes } from "../../src/service/wakes.ts"
import { bootApp, bootTree } from "../support/app.ts"
import { refusal } from "../support/errors.ts"
import { latch } from "../support/latch.ts"

function tree(strategy: "one_for_all" | "rest_for_one", starts: (() => unknown)[], restart: "temporary" | "permanent", others = {}) {
  const told = (init: () => unknown = () => undefined) =>
    server({
      init: async () => {
        await init()
        return {}
      },
      call: { ping: () => "pong" },
      cast: { crash: () => Promise.reject(new Error("boom")) },
    })
  const lazy = { autoStart: false, restart } as const
  const children = {
    "a:a": told(),
    "a:b": child(
      told(() => starts.shift()?.()),
      lazy,
    ),
    "a:c": child(told(), { autoStart: false, requires: ["a:b"] }),
    ...others,
  }
  return supervisor({ strategy, children, intensity: 10 })
}

describe.each(["one_for_all", "rest_for_one"] as const)("a child that is woken while its group goes down (%s)", (strategy) => {
  it.each(["temporary", "permanent"] as const)("is started in its turn, and before what requires it: %s", async (restart) => {
    const gate = latch()
    const app = await bootTree(tree(strategy, [() => gate.promise], restart))
    const [box, direct] = [app.runtime.acquire("a:c"), app.runtime.acquire("a:b")]
    await app.time.settle()
    const crasher = await app.runtime.acquire("a:a")
    crasher.cast.crash()
    await app.time.advance(10_000)
    gate.open()
    await app.time.advance(10_000)
    expect(await (await direct).call.ping()).toBe("pong")
    expect(await (await box).call.ping()).toBe("pong")
    await app.runtime.stop()
  })

  it("is not tried again where its own start fails meanwhile, and may be woken again: temporary", async () => {
    const [start, stop] = [latch(), latch()]
    const slow = server({ init: () => ({}), terminate: () => stop.promise })
    const app = await bootTree(tree(strategy, [() => start.promise], "temporary", { "a:d": child(slow, { shutdown: "infinity" }) }))
    const first = refusal(app.runtime.acquire("a:b"))
    await app.time.settle()
    const crasher = await app.runtime.acquire("a:a")
    crasher.cast.crash()
    await app.time.settle()
    start.fail(new Error("no"))
    await app.time.settle()
    expect(await first).toMatchObject({ kind: "UNAVAILABLE", details: { id: "a:b" } })
    stop.open()
    await app.time.advance(10_000)
    expect(app.events.filter((event) => event.type === "child_started" && event.child === "a:b")).toEqual([])
    expect(await (await app.runtime.acquire("a:b")).call.ping()).toBe("pong")
    await app.runtime.stop()
  })
})

it.each(["temporary", "transient", "permanent"] as const)(
  "one whose only start has failed is tried anew by who acquires it: %s",
  async (restart) => {
    const starts = [() => Promise.reject(new Error("no"))]
    const lazy = server({ init: async () => (await starts.shift()?.()) ?? {}, call: { ping: () => "pong" } })
    const backoff = { initialMs: 0, maxAttempts: 1 }
    const app = await bootTree(supervisor({ children: { "a:b": child(lazy, { autoStart: false, restart, backoff }) } }))
    const first = await app.runtime.acquire("a:b").catch(() => undefined)
    expect(first === undefined).toBe(restart === "temporary")
    await app.time.advance(10_000)
    expect(await (await app.runtime.acquire("a:b")).call.ping()).toBe("pong")
    await app.runtime.stop()
  },
)

it("one whose restarts are used up by the time that the caller goes on is not tried again and again for that caller", async () => {
  let starts = 0
  const bad = server({
    init: () => {
      starts += 1
      throw new Error("no")
    },
  })
  const backoff = { initialMs: 0, maxAttempts: 1 }
  const app = await bootTree(supervisor({ children: { "a:b": child(bad, { autoStart: false, backoff }) } }))
  const { wake } = Wakes.prototype
  const slow = vi.spyOn(Wakes.prototype, "wake").mockImplementation(async function (this: Wakes, ...wish) {
    await wake.apply(this, wish)
    if (starts < 100) for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate)
  })
  expect(await refusal(app.runtime.acquire("a:b"))).toMatchObject({ kind: "UNAVAILABLE", details: { id: "a:b" } })
  slow.mockRestore()
  expect(starts).toBe(2)
  await app.runtime.stop()
})

it("who asks for what is down behind the word that ends its supervisor is told that it will not come: that may wait for the end of who asks", async () => {
  const outcomes: unknown[] = []
  const plain = server({ init: () => ({}) })
  const leaving = server({
    init: () => ({}),
    terminate: async (_state, _reason, self) => {
      app.runtime.exit(pid, "shutdown")
      outcomes.push(await self.acquire<object>("a:x").catch((error) => error))
    },
  })
  const children = { "a:x": child(plain, { autoStart: false }), "a:a": child(leaving, { shutdown: "infinity" }) }
  const app = await bootApp({ s: child(supervisor({ children }), { shutdown: "infinity", restart: "temporary" }) })
  const root = await app.runtime.acquire("root", { as: SupervisorMailbox })
  const pid = (await root.whichChildren()).find(({ id }) => id === "s")?.pid as Pid
  const s = await app.runtime.acquire("s", { as: SupervisorMailbox })
  const terminated = s.terminateChild("a:a", { timeoutMs: Number.POSITIVE_INFINITY }).catch((error) => error)
  await app.time.advance(10)
  expect(outcomes).toMatchObject([{ kind: "UNAVAILABLE", details: { id: "a:x" } }])
  await terminated
  expect((await root.whichChildren()).map(({ id }) => id)).not.toContain("s")
  await app.runtime.stop()
})
