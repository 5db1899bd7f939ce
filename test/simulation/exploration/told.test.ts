/** What the story of a schedule says of calls outside, of crashes, and of what the runtime tells a process itself. */

import { type MailboxOf, type Runtime, server } from "pigeonhole"
import { type Application, explore, type World } from "pigeonhole/simulation"
import { expect, it } from "vitest"

/** The lines of what led to it. */
const story = (text: string): string => text.split("\n\n").find((section) => section.startsWith("What led to it")) ?? ""

it("has nothing on its way that was called outside, and has come there", async () => {
  const application = (): Application => ({
    tree: {},
    run: async (_runtime: Runtime, world: World) => void (await world.external("bank", () => "paid")),
    check: () => false,
  })
  const { failure, text } = await explore(application, { schedules: 1 })
  const sent = failure?.steps.flatMap((step) => step.sent) ?? []
  expect(sent.map(({ kind, to }) => `${kind} ${to}`)).toEqual(["request bank", "reply outside"])
  expect(failure?.steps.flatMap(({ took }) => took ?? [])).toEqual(sent.map(({ id }) => id))
  expect(sent[1]?.answers).toBe(sent[0]?.id)
  expect(story(text)).toContain("bank answers the scenario's `call`")
  expect(text).not.toContain("on its way")
})

/** Fails where it is started again. */
const lit = (look: () => Promise<void> | void) => (): Application => {
  let starts = 0
  const light = server({
    init: () => {
      starts += 1
      return {}
    },
    call: { look },
  })
  const run = async (untyped: Runtime): Promise<void> => {
    const { call } = await (untyped as Runtime<{ "app:light": MailboxOf<typeof light> }>).acquire("app:light")
    await call.look().catch(() => {})
  }
  return { tree: { "app:light": light }, run, check: () => starts === 1 }
}

it("says of a crash that it brought about that it came, and who was restarted; of one of the program's where that was, too", async () => {
  const simulated = story(
    (
      await explore(
        lit(() => {}),
        { faults: { crash: 1 } },
      )
    ).text,
  ).replaceAll(/\s+/g, " ")
  expect(simulated).toMatch(/app:light (crashes|is killed)/)
  expect(simulated).toContain("root restarts app:light at once")
  expect(simulated).not.toContain("error: app:light")
  const own = story(
    (
      await explore(
        lit(() => Promise.reject(new Error("no light"))),
        { schedules: 1 },
      )
    ).text,
  ).replaceAll(/\s+/g, " ")
  expect(own).toContain("error: app:light <2> crashed: Error: no light handling call.look")
})

it("is silent of what the runtime tells a process itself, where nothing comes of it", async () => {
  const watched = server({
    init: () => ({}),
    call: { look: () => {} },
    detached: () => {},
  })
  const application = (): Application => ({
    tree: { "app:watched": watched },
    run: async (untyped: Runtime) => {
      const runtime = untyped as Runtime<{ "app:watched": MailboxOf<typeof watched> }>
      const box = await runtime.acquire("app:watched")
      await box.call.look()
      await box.release()
      await (await runtime.acquire("app:watched")).call.look()
    },
    check: () => false,
  })
  const { failure, text } = await explore(application, { schedules: 1 })
  const notices = failure?.steps.filter(({ choice }) => choice?.from === "app:watched" && choice.actor === "app:watched") ?? []
  expect(notices.map(({ choice }) => choice?.what)).toEqual(["signal"])
  expect(story(text)).not.toContain("its own")
})
