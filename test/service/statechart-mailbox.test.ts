/** A statechart in the tree is a service: callers acquire a mailbox for its events. */

import { describe, expect, it } from "vitest"
import { createMachine } from "xstate"
import { child, Invalid, PermissionDenied, process, Unavailable } from "../../src/index.ts"
import { StatechartMailbox, statechart } from "../../src/xstate.ts"
import { bootApp } from "../support/app.ts"
import { refusalOf } from "../support/refusal.ts"

const boom = new Error("boom")

const door = createMachine({
  initial: "closed",
  states: { closed: { on: { OPEN: "open" } }, open: { on: { CLOSE: "closed" } } },
  on: {
    BREAK: {
      actions: () => {
        throw boom
      },
    },
  },
})

describe("the mailbox of a statechart", () => {
  it("sends events in order, and gives snapshots", async () => {
    const { runtime } = await bootApp({ "app:door": statechart(door) })
    const mailbox = await runtime.acquire("app:door")
    expect(mailbox).toBeInstanceOf(StatechartMailbox)
    expect(mailbox.send({ type: "OPEN" })).toBe(true)
    expect((await mailbox.snapshot()).value).toBe("open")
    expect((await mailbox.transition({ type: "CLOSE" })).value).toBe("closed")
    await runtime.stop()
    expect(mailbox.send({ type: "OPEN" })).toBe(false)
    expect(await refusalOf(mailbox.snapshot())).toBeInstanceOf(Unavailable)
  })

  it("outlives a restart: what it posted behind the event that crashed is handled by the next incarnation", async () => {
    const { runtime } = await bootApp({ "app:door": child(statechart(door), { state: "retain" }) })
    const mailbox = await runtime.acquire("app:door")
    mailbox.send({ type: "OPEN" })
    const broken = refusalOf(mailbox.transition({ type: "BREAK" }))
    const after = mailbox.transition({ type: "CLOSE" })
    expect(await broken).toMatchObject({ kind: "INTERNAL", cause: boom })
    expect((await after).value).toBe("closed")
    await runtime.stop()
  })

  it("answers with an error for what is no event of the machine's, and is told of a released one", async () => {
    const { runtime, events } = await bootApp({ "app:door": statechart(door) })
    const mailbox = await runtime.acquire("app:door")
    expect((await refusalOf(mailbox.transition({ type: "KNOCK" }))).details.field).toBe("message.type")
    mailbox.send(5 as never)
    await mailbox.snapshot()
    expect(events.filter(({ type }) => type === "dead_letter")).toMatchObject([
      { target: "app:door", message: { sort: "a number" }, cause: "unhandled" },
    ])
    expect(await mailbox.release()).toBe(true)
    expect(await refusalOf(mailbox.transition({ type: "OPEN" }))).toBeInstanceOf(Invalid)
    await runtime.stop()
  })

  it("is subject to policies: to acquire, and for each operation with the type of the event", async () => {
    const { runtime } = await bootApp(
      { "app:door": statechart(door) },
      {
        policies: [
          { effect: "allow", actions: ["statechart.acquire", "statechart.snapshot"], resources: "app:door" },
          {
            effect: "allow",
            actions: ["statechart.send", "statechart.transition"],
            resources: "app:door",
            conditions: [{ field: "attributes.event", operator: "eq", value: "OPEN" }],
          },
        ],
      },
    )
    const mailbox = await runtime.acquire("app:door")
    expect((await mailbox.transition({ type: "OPEN" })).value).toBe("open")
    expect(await refusalOf(mailbox.transition({ type: "CLOSE" }))).toBeInstanceOf(PermissionDenied)
    expect(mailbox.send({ type: "CLOSE" })).toBe(false)
    expect(mailbox.send("OPEN" as never)).toBe(false)
    expect((await mailbox.snapshot()).value).toBe("open")
    runtime.security.setPolicies([{ effect: "deny", actions: "statechart.acquire", resources: "*" }])
    expect(await refusalOf(runtime.acquire("app:door"))).toBeInstanceOf(PermissionDenied)
    await runtime.stop()
  })

  it("is given to processes of the tree too", async () => {
    const { runtime, time } = await bootApp({ "app:door": statechart(door) })
    const opener = process(async (self) => {
      const mailbox = await self.acquire("app:door", { as: StatechartMailbox<typeof door> })
      mailbox.send({ type: "OPEN" })
    })
    await runtime.whenEnded(runtime.spawn(opener))
    await time.settle()
    expect((await (await runtime.acquire("app:door")).snapshot()).value).toBe("open")
    await runtime.stop()
  })
})
