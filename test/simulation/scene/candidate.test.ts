/** What could happen next, as strategies see it. */

import { type MailboxOf, type Runtime, type StoreMailbox, server, store } from "pigeonhole"
import { explore } from "pigeonhole/simulation"
import { statechart } from "pigeonhole/xstate"
import { expect, it } from "vitest"
import { createMachine } from "xstate"

const desk = server({
  init: () => ({}),
  call: { take: (_state, seat: unknown) => void seat },
  cast: { note: (_state, text: string) => void text },
})

it("says of a message what it names: a text alone, or its key", async () => {
  const application = () => ({
    tree: { "app:desk": desk, "app:store": store<number>() },
    async run(untyped: Runtime) {
      const runtime = untyped as Runtime<{ "app:desk": MailboxOf<typeof desk>; "app:store": StoreMailbox<number> }>
      const { call, cast } = await runtime.acquire("app:desk")
      cast.note("seat 5")
      for (const taken of ["seat 1", { key: "seat 2" }, { key: 3 }, 4]) await call.take(taken)
      const entries = await runtime.acquire("app:store")
      await entries.set("a", 1)
      await entries.increment("b")
      await entries.get("c")
      await entries.getMany(["d"])
      throw new Error("seen enough")
    },
  })
  const { failure } = await explore(application, { schedules: 1 })
  const about = (name: string) =>
    failure?.steps.flatMap(({ choice }) => (choice?.kind === "message" && choice.what === name ? [choice.about] : []))
  expect(about("take")).toEqual(["seat 1", "seat 2", undefined, undefined])
  expect(about("note")).toEqual(["seat 5"])
  expect(["set", "increment", "get", "getMany"].map(about)).toEqual([["a"], ["b"], ["c"], [undefined]])
  expect(failure?.steps.filter(({ choice }) => choice?.kind !== "message" && choice?.about !== undefined)).toEqual([])
})

const lamp = statechart(
  createMachine({
    types: {} as { events: { type: "PRESS" } | { type: "BREAK" } },
    initial: "off",
    states: { off: { on: { PRESS: "on" } }, on: { after: { 50: "off" }, on: { BREAK: "broken" } }, broken: {} },
  }),
)

it("calls an event of a statechart by its type, however it is sent, and what a machine does later by what that brings", async () => {
  const application = () => ({
    tree: { "app:desk": desk, "app:lamp": lamp },
    async run(untyped: Runtime) {
      const runtime = untyped as Runtime<{ "app:desk": MailboxOf<typeof desk>; "app:lamp": MailboxOf<typeof lamp> }>
      const light = await runtime.acquire("app:lamp")
      light.send({ type: "PRESS" })
      await light.waitFor("off")
      await light.transition({ type: "PRESS" })
      runtime.spawn(lamp).send({ type: "BREAK" })
      await (await runtime.acquire("app:desk")).call.take({ type: "window" })
      throw new Error("seen enough")
    },
  })
  const { failure } = await explore(application, { schedules: 1 })
  const named = (kind: string) => failure?.steps.flatMap(({ choice }) => (choice?.kind === kind ? [choice.what] : []))
  expect(named("message")).toEqual(expect.arrayContaining(["PRESS", "waitFor", "xstate.after.50.(machine).on", "PRESS", "BREAK", "take"]))
  expect(named("message")).not.toEqual(expect.arrayContaining(["send"]))
  expect(named("timer")).toEqual(["xstate.after.50.(machine).on"])
  expect(named("reply")).toEqual(["waitFor", "PRESS", "take"])
})

it("calls a timer by its key, else by what its message says of itself", async () => {
  const clerk = server({
    init: (_none: undefined, self) => {
      self.after(1, { type: "close" })
      self.after(2, { type: "open" }, { key: "door" })
      self.after(3, "lunch")
      self.after(4, { nth: 4 })
      return {}
    },
    info: () => {},
  })
  const application = () => ({
    tree: { "app:clerk": clerk },
    async run() {
      await new Promise((resolve) => setTimeout(resolve, 10))
      throw new Error("seen enough")
    },
  })
  const { failure } = await explore(application, { schedules: 1 })
  const timers = failure?.steps.flatMap(({ choice }) => (choice?.kind === "timer" && choice.actor === "app:clerk" ? [choice.what] : []))
  expect(timers).toEqual(["close", "door", "lunch", "timer"])
})
