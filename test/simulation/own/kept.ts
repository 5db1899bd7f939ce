/** Stores under faults, judged by what a store answers; a watch ends with what is there; statecharts and timers by their last arming alone. */

import type { Application } from "pigeonhole/simulation"
import { assign, setup } from "xstate"
import { child, isWatchNotice, type ServerSelf, StoreMailbox, server, store } from "../../../actors/index.ts"
import { statechart } from "../../../src/xstate.ts"
import { type OwnScenario, parts, type Self, Verdict } from "./scenario.ts"

const patient = { timeoutMs: Number.POSITIVE_INFINITY }
const KEYS: readonly string[] = ["a", "b"]

/** Writers under two keys, and one who watches: what it was told of last is what is there, where it was not told that it has missed something. */
const watched = (): Application => {
  const verdict = new Verdict()
  return {
    tree: { "app:store": store<number>() },
    async run(runtime, world) {
      const told = new Map<string, number | undefined>()
      let [hasMissed, isOver] = [false, false]
      const watch = async (self: Self): Promise<void> => {
        const box = await self.acquire<StoreMailbox<number>>("app:store")
        for await (const event of box.watch({ prefix: "" })) {
          if (isWatchNotice(event)) hasMissed = true
          else if (event.key === "end") break
          else told.set(String(event.key), event.type === "set" ? event.value : undefined)
        }
        isOver = true
      }
      const write = async (self: Self): Promise<void> => {
        const box = await self.acquire<StoreMailbox<number>>("app:store")
        for (let step = 1; step <= 3; step += 1) {
          const key = KEYS[Math.floor(world.random() * 2)] ?? "a"
          if (world.random() < 0.3) await box.delete(key, patient)
          else await box.set(key, Math.floor(world.random() * 1000), undefined, patient)
        }
      }
      const watching = parts(runtime, watch)
      await parts(runtime, write, write)
      const box = await runtime.acquire("app:store", { as: StoreMailbox<number> })
      const there = new Map(await Promise.all(KEYS.map(async (key) => [key, await box.get(key, patient)] as const)))
      while (!isOver) {
        await box.set("end", 0, undefined, patient)
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      await watching
      for (const [key, value] of told)
        verdict.expect(hasMissed || there.get(key) === value, `${key} is ${there.get(key)}, and ${value} was told`)
    },
    check: verdict.look,
  }
}

/** Two write what they have read, by a transaction: nothing is lost. */
const transacted = (): Application => ({
  tree: { "app:store": child(store<number>(), { state: "retain" }) },
  async run(runtime) {
    const move = async (self: Self): Promise<void> => {
      const box = await self.acquire<StoreMailbox<number>>("app:store")
      for (let step = 0; step < 2; step += 1) {
        await box.transaction(
          KEYS,
          (tx) => {
            const [a, b] = [tx.get("a") ?? 0, tx.get("b") ?? 0]
            tx.set("a", a + 1)
            tx.set("b", b - 1)
          },
          patient,
        )
      }
    }
    await parts(runtime, move, move, move)
  },
  async check(runtime) {
    const box = await runtime.acquire("app:store", { as: StoreMailbox<number> })
    const [a, b] = [await box.get("a", patient), await box.get("b", patient)]
    return a === 6 && b === -6 ? undefined : `a is ${a}, and b ${b}`
  },
})

/** Timers with a key: each tick is of the last arming, and of this incarnation. */
const ticking = (): Application => {
  const verdict = new Verdict()
  let incarnations = 0
  const clock = server({
    init: (_none: undefined, self: ServerSelf) => {
      incarnations += 1
      const state = {
        arming: 0,
        incarnation: incarnations,
        arm: (delayMs: number) => {
          state.arming += 1
          self.after(delayMs, { arming: state.arming, incarnation: state.incarnation, due: self.now() + delayMs }, { key: "alarm" })
        },
      }
      return state
    },
    call: { arm: (state, delayMs: number) => state.arm(delayMs) },
    info: (state, message, self) => {
      const tick = message as { readonly arming: number; readonly incarnation: number; readonly due: number }
      verdict.expect(tick.incarnation === state.incarnation, "a tick of an earlier incarnation came")
      verdict.expect(tick.arming === state.arming, "a tick came whose timer had been armed anew")
      verdict.expect(self.now() >= tick.due, "a tick was early")
    },
  })
  return {
    tree: { "app:clock": child(clock, { backoff: { initialMs: 5 } }) },
    async run(runtime, world) {
      const arm = async (self: Self): Promise<void> => {
        const box = await self.acquire<{ readonly call: { arm(delayMs: number, options: object): Promise<unknown> } }>("app:clock")
        for (let step = 0; step < 3; step += 1) await box.call.arm(Math.ceil(world.random() * 20), { timeoutMs: 1000 }).catch(() => {})
        await new Promise((resolve) => setTimeout(resolve, 30))
      }
      await parts(runtime, arm, arm)
    },
    check: verdict.look,
  }
}

/** A door that closes by itself: never before its time, and never once it was closed by somebody. */
const door = setup({
  types: { context: {} as { opened: number; closedBy: string[] }, events: {} as { type: "OPEN" } | { type: "CLOSE" } },
}).createMachine({
  context: { opened: 0, closedBy: [] },
  initial: "closed",
  states: {
    closed: { on: { OPEN: { target: "open", actions: assign({ opened: ({ context }) => context.opened + 1 }) } } },
    open: {
      on: { CLOSE: { target: "closed", actions: assign({ closedBy: ({ context }) => [...context.closedBy, "hand"] }) } },
      after: { 50: { target: "closed", actions: assign({ closedBy: ({ context }) => [...context.closedBy, "time"] }) } },
    },
  },
})

const charted = (): Application => {
  const verdict = new Verdict()
  return {
    tree: {},
    async run(runtime) {
      const pid = runtime.spawn(statechart(door))
      const seen: { readonly opened: number; readonly closedBy: readonly string[]; readonly value: unknown }[] = []
      pid.subscribe((snapshot) => void seen.push({ ...snapshot.context, value: snapshot.value }))
      const use = async (): Promise<void> => {
        for (let step = 0; step < 2; step += 1) {
          pid.send({ type: "OPEN" })
          pid.send({ type: "CLOSE" })
          pid.send({ type: "OPEN" })
          await new Promise((resolve) => setTimeout(resolve, 20))
        }
      }
      await parts(runtime, use, use)
      await pid.waitFor((snapshot) => snapshot.matches("closed"), patient)
      for (const { opened, closedBy, value } of seen) {
        verdict.expect(opened - closedBy.length === (value === "open" ? 1 : 0), `${value} after ${opened} times opened, ${closedBy.join()}`)
      }
    },
    check: verdict.look,
  }
}

export const watches: OwnScenario = { promises: [35], make: watched, options: {} }
export const transactions: OwnScenario = { promises: [31, 9], make: transacted, options: { faults: { slowReply: 1 } } }
export const timers: OwnScenario = { promises: [18], make: ticking, options: { faults: { crash: 2, slowHandler: 1 } } }
export const statecharts: OwnScenario = { promises: [21], make: charted, options: {} }
