/** Messages of an application that are called as the runtime calls its own: they are ordinary messages, and come in any order. */

import { type Application, explore } from "pigeonhole/simulation"
import { describe, expect, it } from "vitest"
import { actor, type MailboxOf, type Runtime, server } from "../../../actors/index.ts"
import { parts, type Self } from "../own/scenario.ts"

const other = server({ init: () => 0, call: { look: () => 0 } })

/** One is told something at once, and, by another who has asked somebody else a few times before, that it is over. */
const ending = (name: string) => (): Application => {
  const heard: string[] = []
  return {
    tree: { "app:other": other },
    run: async (runtime: Runtime) => {
      const told = runtime.spawn(
        actor<undefined, { readonly type: string }>(async (self) => {
          while (heard.length < 2) heard.push((await self.receive()).type)
        }),
      )
      const begins = (self: Self): unknown => self.tell(told, { type: "begins" })
      const ends = async (self: Self): Promise<void> => {
        const { call } = await self.acquire<MailboxOf<typeof other>>("app:other")
        for (let left = 6; left > 0; left -= 1) await call.look()
        self.tell(told, { type: name })
      }
      await parts(runtime, ends, begins)
      await runtime.whenEnded(told)
    },
    check: () => heard[0] === "begins" || `${name} was heard first`,
  }
}

describe("a message that is called as one of the runtime's", () => {
  it.each(["left", "exit", "detach", "signal", "gone"])("is reversed as any other: %s", async (name) => {
    const report = await explore(ending(name), { schedules: 12, strategy: "reversals" })
    expect([report.failure?.kind, report.schedules]).toEqual(["check", 2])
  })
})
