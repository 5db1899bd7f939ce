/** Machines of XState under exploration: their clock is the world's, so when a state is over by its `after` is a decision like any other. */

import { type Application, explore, replay, type World } from "pigeonhole/simulation"
import { StatechartMailbox, statechart } from "pigeonhole/xstate"
import { describe, expect, it } from "vitest"
import { createMachine } from "xstate"

const HELD_MS = 1000

/** A seat is held for a second; who has paid by then has it. */
const seat = createMachine({
  initial: "held",
  states: { held: { on: { PAY: "paid" }, after: { [HELD_MS]: "free" } }, paid: {}, free: {} },
})

type Seat = StatechartMailbox<typeof seat>
type Pay = (seat: Seat) => Promise<boolean>

/** Somebody pays when a tenth of the time is left; `check` compares what was charged with what the seat says. */
const sells = (pay: Pay) => (): Application => {
  let isCharged = false
  return {
    tree: { "hall:seat": statechart(seat) },
    async run(runtime, world) {
      const box = (await runtime.acquire("hall:seat", { as: StatechartMailbox })) as Seat
      const lateMs = HELD_MS * 0.9 - world.now
      await new Promise((resolve) => setTimeout(resolve, lateMs))
      isCharged = await pay(box)
    },
    check(_runtime, world) {
      const value = valueIn(world)
      const isRight = isCharged === (value === "paid")
      return isRight ? undefined : `the customer ${isCharged ? "is" : "is not"} charged, the seat is ${value}`
    },
  }
}

const valueIn = (world: World): unknown => (world.stateOf("hall:seat") as { readonly value?: unknown } | undefined)?.value

/** Looks first, and charges by what it saw. */
const looking = sells(async (box) => {
  const { value } = await box.snapshot()
  if (value === "held") await box.transition({ type: "PAY" })
  return value === "held"
})

/** Charges by what became of it. */
const asking = sells(async (box) => (await box.transition({ type: "PAY" })).value === "paid")

const sometimes = { paid: (world: World) => valueIn(world) === "paid", free: (world: World) => valueIn(world) === "free" }

describe("a machine with a delay", () => {
  it("is over before what is sent a little earlier is handled, in some schedule, and after it in another", async () => {
    const { failure, neverSeen } = await explore(asking, { schedules: 200, sometimes })
    expect(failure?.message).toBeUndefined()
    expect(neverSeen).toEqual([])
  })

  it("is never over early", async () => {
    const notEarly = (world: World): boolean => valueIn(world) !== "free" || world.now >= HELD_MS
    const { failure } = await explore(asking, { schedules: 200, always: { notEarly } })
    expect(failure?.message).toBeUndefined()
  })
})

describe("a race in a machine", () => {
  it("is found, and its line repeats it", async () => {
    const { failure, schedule = "", text } = await explore(looking)
    expect(failure).toMatchObject({ kind: "check", message: "the customer is charged, the seat is free" })
    expect(text).toContain("hall:seat")
    const again = await replay(looking, schedule)
    expect(again.failure).toMatchObject({ kind: "check", message: failure?.message, step: failure?.step })
  })
})
