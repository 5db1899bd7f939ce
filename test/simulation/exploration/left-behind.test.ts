/** What is left of a schedule when it is over: data, and nothing of its world or of the program's. */

import { createHook } from "node:async_hooks"
import { durableStore } from "pigeonhole/durable"
import { type Application, explore, simulatedDatabase, type World } from "pigeonhole/simulation"
import { afterEach, describe, expect, it, vi } from "vitest"
import { actor, type MailboxOf, type ProcessSelf, type Runtime, server, store } from "../../../actors/index.ts"
import { only } from "../../support/explored.ts"

const desk = server({
  init: () => ({ left: 1 }),
  call: {
    left: (state) => state.left,
    take: (state) => {
      state.left -= 1
    },
  },
})

/** Timers, a host's turn, messages, answers, a call outside: each sort of choice that there is. */
const everySort = () => ({
  tree: { "app:desk": desk, "app:store": store<number>() },
  async run(runtime: Runtime, world: World) {
    const worker = actor(async (self: ProcessSelf<unknown>) => {
      const box = await self.acquire<MailboxOf<typeof desk>>("app:desk")
      await world.external("bank", () => 1)
      await new Promise((resolve) => setTimeout(resolve, 5))
      await new Promise((resolve) => setImmediate(resolve))
      if ((await box.call.left()) > 0) await box.call.take()
    })
    await Promise.all([runtime.spawn(worker), runtime.spawn(worker)].map((pid) => runtime.whenEnded(pid)))
  },
  check: () => "as it is meant to",
})

describe("what is left of a schedule", () => {
  it("is data alone: each step, and whatever could have come in its place", async () => {
    const { failure } = await explore(everySort, { faults: { crash: 1 }, shrink: false, strategy: "random", seed: 3 })
    const steps = failure?.steps ?? []
    // What holds a process, a message or a callback cannot be copied so.
    expect(structuredClone(steps)).toEqual(steps)
    const kinds = new Set(steps.map(({ choice }) => choice?.kind))
    for (const kind of ["start", "message", "reply", "timer", "turn"] as const) expect(kinds).toContain(kind)
    for (const { choice } of steps) if (choice !== undefined) expect(Object.getPrototypeOf(choice)).toBe(Object.prototype)
  })

  it("says of a tick by which name it was sent when it is told as handled, too", async () => {
    const ticking = actor(async (self: ProcessSelf<unknown>) => {
      self.after(1, "ring")
      await self.receive()
    })
    const wrong = only(async (runtime) => void (await runtime.whenEnded(runtime.spawn(ticking))), { check: () => "as it is meant to" })
    const steps = (await explore(wrong, { schedules: 1 })).failure?.steps ?? []
    const sent = steps.flatMap(({ sent }) => sent)
    for (const { choice } of steps) {
      if (choice?.kind === "message") expect(choice.what).toBe(sent.find(({ id }) => id === choice.id)?.what ?? choice.what)
    }
    expect(steps.some(({ choice }) => choice?.kind === "message" && choice.what === "ring")).toBe(true)
  })
})

describe("what is left of an exploration", () => {
  afterEach(() => vi.restoreAllMocks())

  it("is no hook of the host's: one is there once, however many schedules there are, and is gone at its end", async () => {
    const hook: object = Object.getPrototypeOf(createHook({}))
    const enable = vi.spyOn(hook as { enable(): unknown }, "enable")
    const disable = vi.spyOn(hook as { disable(): unknown }, "disable")
    await explore(
      only(() => {}),
      { schedules: 20 },
    )
    const [on] = enable.mock.contexts
    expect(enable.mock.contexts.filter((each) => each === on)).toHaveLength(1)
    expect(disable.mock.contexts).toContain(on)
  })

  it("is no listener: those of the program hear again between two schedules, and afterwards", async () => {
    const events = ["unhandledRejection", "rejectionHandled", "uncaughtException", "uncaughtExceptionMonitor"] as const
    const listeners = () => events.map((event) => process.rawListeners(event))
    const before = listeners()
    await explore(
      only(() => {}),
      { schedules: 3, onProgress: () => expect(listeners()).toEqual(before) },
    )
    expect(listeners()).toEqual(before)
  })
})

describe("a world that is kept of an earlier schedule", () => {
  it("refuses a call of what is outside, as it would never be answered", async () => {
    let kept: World | undefined
    const keeping = (world: World): Application => {
      kept ??= world
      const bank = kept
      return { tree: {}, run: () => bank.external("bank", () => "paid") }
    }
    const { failure } = await explore(keeping, { schedules: 3 })
    expect(failure).toMatchObject({ kind: "run", message: expect.stringContaining("bank was called in a world whose schedule is over") })
    await expect(kept?.external("bank", () => "paid")).rejects.toMatchObject({
      kind: "CONFLICT",
      details: { target: "bank", operation: "call" },
    })
  })

  it("has no database for a store of another", async () => {
    let database: ReturnType<typeof simulatedDatabase> | undefined
    const keeping = (world: World): Application => {
      database ??= simulatedDatabase(world, { name: "orders" })
      return { tree: { "app:store": durableStore({ database }) }, run: () => {} }
    }
    const { failure } = await explore(keeping, { schedules: 3 })
    expect(failure).toMatchObject({
      kind: "start",
      message: expect.stringContaining("orders was called in a world whose schedule is over"),
    })
  })
})
