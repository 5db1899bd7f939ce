/** What could happen next, as strategies see it. */

import { type MailboxOf, type Runtime, type StoreMailbox, server, store } from "pigeonhole"
import { explore } from "pigeonhole/simulation"
import { expect, it } from "vitest"

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
