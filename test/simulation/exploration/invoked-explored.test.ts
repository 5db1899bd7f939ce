/** Machines of XState that invoke promises, under exploration: what comes of one, and when, is the schedule's; one that was left is heard of no more. */

import { type Application, explore, replay, type World } from "pigeonhole/simulation"
import { type StatechartMailbox, statechart } from "pigeonhole/xstate"
import { describe, expect, it } from "vitest"
import { assign, fromPromise, setup } from "xstate"
import { nothingFailed, together } from "../../support/explored.ts"

/** An order is paid by what a bank says; it can be called off, and is given up after a second. `keeps`: what the bank says is minded all the same. */
const orderOf = (world: World, booked: string[]) =>
  setup({
    types: { context: {} as { receipt: string }, events: {} as { type: "PAY" } | { type: "CANCEL" } },
    actors: {
      bank: fromPromise(async () => {
        const receipt = await world.external("bank", () => "receipt")
        booked.push(receipt)
        return receipt
      }),
    },
  }).createMachine({
    initial: "open",
    context: { receipt: "" },
    states: {
      open: { on: { PAY: "paying", CANCEL: "gone" } },
      paying: {
        invoke: { src: "bank", onDone: { target: "paid", actions: assign({ receipt: ({ event }) => event.output }) }, onError: "gone" },
        on: { CANCEL: "gone" },
        after: { 1000: "late" },
      },
      paid: {},
      gone: {},
      late: {},
    },
  })
type Order = StatechartMailbox<ReturnType<typeof orderOf>>

const shownIn = (world: World) => world.stateOf("shop:order") as { readonly value: string; readonly context: { readonly receipt: string } }

const ordering =
  (check: (world: World, booked: readonly string[]) => unknown) =>
  (world: World): Application => {
    const booked: string[] = []
    return {
      tree: { "shop:order": statechart(orderOf(world, booked)) },
      run: (runtime) =>
        together(
          runtime,
          async (self) => void ((await self.acquire("shop:order")) as Order).send({ type: "PAY" }),
          async (self) => {
            const box = (await self.acquire("shop:order")) as Order
            await new Promise((resolve) => setTimeout(resolve, 900))
            box.send({ type: "CANCEL" })
          },
        ),
      check: (_runtime, at) => check(at, booked),
    }
  }

/** What the machine knows is what it has heard while it waited for it. */
const sound = ordering((world) => {
  const { value, context } = shownIn(world)
  return (value === "paid") === (context.receipt !== "")
})
/** Taken for granted is that nobody has paid where the order is gone. */
const wrong = ordering((world, booked) => shownIn(world).value === "paid" || booked.length === 0 || "paid, and gone")

describe("a promise that a machine invokes", () => {
  it("comes before, after, or never, as the schedule likes, and is minded while its state is", async () => {
    const is = (value: string) => (world: World) => world.stateOf("shop:order") !== undefined && shownIn(world).value === value
    const sometimes = { paid: is("paid"), gone: is("gone"), late: is("late") }
    const report = await explore(sound, { schedules: 300, sometimes, faults: { externalFails: 1, slowReply: 1 } })
    nothingFailed(report)
    expect(report.neverSeen).toEqual([])
  })

  it("has a race that is found, and its line repeats it", async () => {
    const { failure, schedule = "" } = await explore(wrong)
    expect(failure).toMatchObject({ kind: "check", message: "paid, and gone" })
    const again = await replay(wrong, schedule)
    expect(again.failure?.steps).toEqual(failure?.steps)
  })
})
