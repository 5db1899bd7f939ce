/** Significant children, by OTP's manual: supervisor(3), "Automatic Shutdown". */

import { describe, expect, it } from "vitest"
import { type AutoShutdown, actor, child, type Restart, server, store, supervisor } from "../../actors/index.ts"
import { autoShutdownOf, shutsDown } from "../../src/supervision/auto-shutdown.ts"
import { narrator } from "../support/actors.ts"
import { bootApp, bootTree } from "../support/app.ts"
import { fieldOf, refusal } from "../support/errors.ts"

/** Two significant children and one that is not. */
async function boot(autoShutdown: AutoShutdown, restart: Restart = "transient") {
  const story: string[] = []
  const actor = narrator(story)
  const tree = supervisor({
    autoShutdown,
    intensity: 10,
    children: {
      "n:a": child(actor, { argument: "a", restart, significant: autoShutdown !== "never" }),
      "n:b": child(actor, { argument: "b", restart, significant: autoShutdown !== "never" }),
      "n:c": child(actor, { argument: "c", restart: "transient" }),
    },
  })
  const app = await bootTree(tree)
  const { runtime } = app
  story.length = 0
  const boxes = { a: await runtime.acquire("n:a"), b: await runtime.acquire("n:b"), c: await runtime.acquire("n:c") }
  return { ...app, ...boxes, story, root: await runtime.acquire("root") }
}

const aEnded = { shutdown: "its significant child n:a has ended" }

describe("shutsDown", () => {
  it.each([
    ["never", 0, false],
    ["never", 1, false],
    ["any_significant", 0, true],
    ["any_significant", 1, true],
    ["all_significant", 0, true],
    ["all_significant", 1, false],
  ] as const)("%s with %i other significant children left: %s", (choice, others, expected) => {
    expect(shutsDown(choice, others)).toBe(expected)
  })

  it("knows no other choice", () => {
    expect(fieldOf(() => autoShutdownOf("sometimes" as never, ""))).toBe("autoShutdown")
  })
})

describe("a significant child", () => {
  it("that ends by itself shuts an any_significant supervisor down: the others stop in reverse order", async () => {
    const { runtime, time, a, story, events } = await boot("any_significant")
    await a.call.leave()
    await time.settle()
    expect(story).toEqual(["-a by itself", "-c", "-b"])
    expect(await runtime.ended).toEqual(aEnded)
    expect(events).toContainEqual({ type: "auto_shutdown", supervisor: "root", child: "n:a", reason: "normal" })
  })

  it("shuts an all_significant one down when it was the last", async () => {
    const { runtime, time, a, b, story } = await boot("all_significant")
    await b.call.leave()
    await time.settle()
    expect(story).toEqual(["-b by itself"])
    await a.call.leave()
    await time.settle()
    expect(story).toEqual(["-b by itself", "-a by itself", "-c"])
    expect(await runtime.ended).toEqual(aEnded)
  })

  it("counts while it waits for its restart", async () => {
    const { runtime, time, a, b, story } = await boot("all_significant")
    await refusal(b.call.crash())
    await time.settle()
    await refusal(b.call.crash())
    await a.call.leave()
    await time.advance(20)
    expect(story).toEqual(["-b by itself", "+b", "-b by itself", "-a by itself", "+b"])
    await b.call.leave()
    expect(await runtime.ended).toEqual({ shutdown: "its significant child n:b has ended" })
  })

  it("that crashes and is restarted shuts nothing down", async () => {
    const { runtime, time, a, story } = await boot("any_significant")
    await refusal(a.call.crash())
    await time.settle()
    expect(story).toEqual(["-a by itself", "+a"])
    await runtime.stop()
  })

  it("that is temporary shuts down with any end of its own, a crash too", async () => {
    const { runtime, time, a, story } = await boot("any_significant", "temporary")
    await refusal(a.call.crash())
    await time.settle()
    expect(story).toEqual(["-a by itself", "-c", "-b"])
    expect(await runtime.ended).toEqual(aEnded)
  })

  it("that is terminated by request shuts nothing down, as in OTP", async () => {
    const { runtime, time, root, b, c, story } = await boot("any_significant")
    await root.terminateChild("n:a")
    await time.settle()
    expect(story).toEqual(["-a"])
    expect(await b.call.name()).toBe("b")
    await c.call.leave()
    await time.settle()
    expect(await b.call.name()).toBe("b")
    await runtime.stop()
  })

  it("that is down by request is none of those left", async () => {
    const { runtime, root, a } = await boot("all_significant")
    await root.terminateChild("n:b")
    await a.call.leave()
    expect(await runtime.ended).toEqual(aEnded)
  })

  it("of a never supervisor does not exist: it is refused, as is a permanent one", () => {
    const significant = child(store(), { restart: "transient", significant: true })
    expect(fieldOf(() => supervisor({ children: { "n:a": significant } }))).toBe('children["n:a"].significant')
    expect(fieldOf(() => child(store(), { significant: true }))).toBe("child.significant")
    expect(fieldOf(() => child(store(), { restart: "transient", significant: "yes" as never }))).toBe("child.significant")
  })

  it("that is added while the supervisor runs is checked and counted, too", async () => {
    const { runtime, time, root } = await boot("any_significant")
    const job = actor(async (self) => void (await self.receive()))
    const plain = await bootApp({})
    const other = await plain.runtime.acquire("root")
    const significant = child(job, { restart: "temporary", significant: true })
    expect((await refusal(other.startChild("n:j", significant))).details.field).toBe("child.significant")
    await plain.runtime.stop()
    const pid = await root.startChild("n:j", child(job, { restart: "temporary", significant: true }))
    runtime.tell(pid, "finish")
    await time.settle()
    expect(await runtime.ended).toEqual({ shutdown: "its significant child n:j has ended" })
  })
})

describe("a supervisor that has shut itself down", () => {
  const quitter = server({ init: () => ({}), call: { leave: (_s, _a: undefined, self) => self.stop() } })
  it("ends with shutdown: a permanent one is started again, a transient one is not", async () => {
    const tree = () =>
      supervisor({ autoShutdown: "any_significant", children: { "i:a": child(quitter, { restart: "transient", significant: true }) } })
    for (const [restart, expected] of [
      ["permanent", "running"],
      ["transient", "stopped"],
    ] as const) {
      const { runtime, time } = await bootApp({ inner: child(tree(), { restart }) })
      await (await runtime.acquire("i:a")).call.leave()
      await time.settle()
      expect(runtime.tree().children[0]?.state).toBe(expected)
      await runtime.stop()
    }
  })

  it("may be significant itself, and take its own supervisor with it", async () => {
    const middle = supervisor({
      autoShutdown: "any_significant",
      children: { "i:a": child(quitter, { restart: "transient", significant: true }) },
    })
    const tree = supervisor({
      autoShutdown: "all_significant",
      children: { middle: child(middle, { restart: "transient", significant: true }), "n:other": store() },
    })
    const { runtime, time } = await bootTree(tree)
    await (await runtime.acquire("i:a")).call.leave()
    await time.settle()
    expect(await runtime.ended).toEqual({ shutdown: "its significant child middle has ended" })
  })
})

describe("a nested supervisor that gives up", () => {
  it.each([
    ["permanent", ["-a by itself", "+a"]],
    ["transient", ["-a by itself"]],
    ["temporary", ["-a by itself"]],
  ] as const)("is reported as shutdown: a %s one is restarted or not", async (restart, expected) => {
    const story: string[] = []
    const inner = supervisor({ intensity: 0, children: { "i:a": child(narrator(story), { argument: "a" }) } })
    const { runtime, time, events } = await bootApp({ inner: child(inner, { restart }) })
    story.length = 0
    await refusal((await runtime.acquire("i:a")).call.crash())
    await time.settle()
    expect(story).toEqual(expected)
    const reports = events.filter((event) => "child" in event && event.child === "inner" && "reason" in event)
    expect(reports.map((event) => ("reason" in event ? event.reason : undefined))).toEqual(["shutdown"])
    await runtime.stop()
  })
})
