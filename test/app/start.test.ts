import { describe, expect, it } from "vitest"
import {
  actor,
  child,
  formatTree,
  type InspectionEvent,
  Invalid,
  type Pid,
  server,
  start,
  store,
  supervisor,
  Unavailable,
} from "../../actors/index.ts"
import { virtualTime } from "../../src/testing.ts"
import { bootApp } from "../support/app.ts"
import { refusal } from "../support/errors.ts"
import { withEverywhere } from "../support/everywhere.ts"

const hanging = server({
  init: () => ({}),
  call: { hang: () => new Promise<void>(() => {}) },
  terminate: () => new Promise<void>(() => {}),
})

describe("start", () => {
  it.each([
    [undefined, "tree"],
    [{ "app:s": 1 }, 'children["app:s"]'],
  ])("refuses %o, naming the field, with nothing started", async (tree, field) => {
    const time = virtualTime()
    expect(await refusal(start(tree as never, { host: time }))).toMatchObject({ kind: "INVALID", details: { field } })
    expect(time.armedTimers).toBe(0)
  })

  it.each([
    ["for what will be no other the next time", new Invalid("no such table"), false],
    ["for what may come right", new Unavailable("the disk is full"), true],
    ["for whatever else its child has thrown, which says nothing of it", new Error("a bug"), true],
  ])("says whether to try again helps: %s", async (_what, cause, retryable) => {
    const broken = server({
      init: (): object => {
        throw cause
      },
    })
    const error = await refusal(start({ "app:s": broken }, { host: virtualTime(), log: () => {} }))
    expect(error).toMatchObject({ kind: "UNAVAILABLE", retryable, details: { child: "app:s" } })
    expect((error as Error).cause).toBe(cause)
  })

  it("starts what it is given and nothing that stands in the prototype of all objects", async () => {
    const said = ["name", "inbox", "restart", "shutdown", "state", "as", "key", "timeoutMs", "intensity", "periodMs"]
    const names = ["x", ...said, "ttl", "bound", "idle", "jitter", "keepTtl"]
    const heard = await withEverywhere(Object.fromEntries(names.map((name) => [name, -1])), async () => {
      const { runtime, time } = await bootApp({ cache: child(store(), { requires: [] }), below: supervisor({ children: {} }) })
      const cache = await runtime.acquire("cache")
      await cache.set("key", "value")
      await cache.setMany([["many", "values"]])
      await cache.transaction(["one"], (entries) => void entries.set("one", "step"))
      const echo = runtime.spawn(actor(async (self) => void self.reply(await self.receive())))
      await time.settle()
      const answers = [...(await cache.getMany(["key", "many", "one"])), await runtime.ask(echo, "heard")]
      await runtime.stop()
      return answers
    })
    expect(heard).toEqual(["value", "values", "step", "heard"])
  })

  it("refuses bad policies before anything is started", async () => {
    const events: InspectionEvent[] = []
    const options = {
      policies: [{ effect: "maybe", actions: "*", resources: "*" } as never],
      inspect: (event: InspectionEvent) => void events.push(event),
    }
    expect(await refusal(start({ "app:s": store() }, options))).toMatchObject({ kind: "INVALID", details: { field: "policies[0].effect" } })
    expect(events.filter(({ type }) => type === "spawned")).toEqual([])
  })

  it("leaves nothing running when a child cannot start", async () => {
    const time = virtualTime()
    const events: InspectionEvent[] = []
    const broken = server({ init: (): Promise<object> => Promise.reject(new Error("no disk")) })
    const boot = start(
      { "app:s": store(), "app:broken": broken },
      { host: time, log: () => {}, inspect: (event) => void events.push(event) },
    )
    expect(await refusal(boot)).toMatchObject({ kind: "UNAVAILABLE", cause: new Error("no disk") })
    const count = (wanted: string) => events.filter(({ type }) => type === wanted).length
    expect(count("exited")).toBe(count("spawned"))
    expect(time.armedTimers).toBe(0)
  })
})

describe("stop", () => {
  it("ends in bounded time, whatever user code does, and leaves nothing behind", async () => {
    const { runtime, time } = await bootApp({ "app:h": child(hanging, { shutdown: "infinity" }), "app:s": store() })
    runtime.spawn(hanging)
    runtime.spawn(actor(() => new Promise<void>(() => {})))
    void (await runtime.acquire("app:h")).call.hang().catch(() => {})
    let isStopped = false
    const stopped = runtime.stop({ timeoutMs: 1000 }).then(() => {
      isStopped = true
    })
    await time.advance(999)
    expect(isStopped).toBe(false)
    await time.advance(1)
    await stopped
    expect(runtime.statistics()).toMatchObject({ processes: 0, waiting: 0 })
    expect(time.armedTimers).toBe(0)
  })

  it("is the same stop when it is called again", async () => {
    const { runtime } = await bootApp({ "app:s": store() })
    await Promise.all([runtime.stop(), runtime.stop(), runtime[Symbol.asyncDispose]()])
    expect(await runtime.ended).toBe("shutdown")
  })

  it("refuses a limit that is none", async () => {
    const { runtime } = await bootApp({})
    expect(() => runtime.stop({ timeoutMs: -1 })).toThrow("timeoutMs")
    await runtime.stop()
  })

  it("lets nobody start anything afterwards", async () => {
    const { runtime } = await bootApp({ "app:s": store() })
    const box = await runtime.acquire("app:s")
    await runtime.stop()
    expect(() => runtime.spawn(hanging)).toThrow("stopping")
    expect(await refusal(runtime.acquire("app:s"))).toMatchObject({ kind: "UNAVAILABLE" })
    expect(await refusal(box.get("k"))).toMatchObject({ kind: "UNAVAILABLE" })
  })

  it("stops what was spawned outside the tree before the services it may use", async () => {
    const { runtime, time } = await bootApp({ "app:s": store<string>() })
    const story: string[] = []
    const user = actor(async (self) => {
      const box = (await self.acquire("app:s")) as { set(key: string, value: string): Promise<boolean> }
      try {
        await self.receive()
      } finally {
        story.push(`wrote on the way out: ${await box.set("last", "words")}`)
      }
    })
    runtime.spawn(user)
    await time.settle()
    await runtime.stop()
    expect(story).toEqual(["wrote on the way out: true"])
  })
})

describe("an idle runtime (promise 14)", () => {
  it("keeps no host timer", async () => {
    const { runtime, time } = await bootApp({ "app:s": store() })
    const box = await runtime.acquire("app:s")
    await box.set("k", 1, 1)
    await box.get("k")
    expect(time.armedTimers).toBe(1)
    await time.advance(60_000)
    expect(time.armedTimers).toBe(0)
    await runtime.stop()
  })
})

describe("spawn", () => {
  it("registers a name, refuses one that is taken, and frees it at the end", async () => {
    const { runtime } = await bootApp({})
    const pid = runtime.spawn(hanging, undefined, { name: "unique" })
    expect(runtime.whereis("unique")).toBe(pid)
    expect(() => runtime.spawn(hanging, undefined, { name: "unique" })).toThrow("taken")
    runtime.exit(pid, "kill")
    expect(await runtime.whenEnded(pid)).toBe("killed")
    expect(runtime.whereis("unique")).toBeUndefined()
    expect(await runtime.whenEnded(pid)).toBe("noproc")
    await runtime.stop()
  })

  it("logs the crash of a process that nobody supervises", async () => {
    const { runtime, log } = await bootApp({})
    await runtime.whenEnded(runtime.spawn(actor(() => Promise.reject(new Error("boom")))))
    expect(log.filter(({ level }) => level === "error")).toMatchObject([{ error: new Error("boom") }])
    await runtime.stop()
  })
})

describe("what can be seen (promise 14)", () => {
  it("says once that no policies are configured, however often the last one is removed", async () => {
    const rule = { id: "all", effect: "allow" as const, actions: "*", resources: "*" }
    for (const policies of [[], [rule]]) {
      const { runtime, log } = await bootApp({ "app:s": store() }, { policies, host: { ...virtualTime(), isVirtual: false } })
      await (await runtime.acquire("app:s")).set("k", 1)
      for (let round = 0; round < 3; round += 1) {
        runtime.security.setPolicies([rule])
        runtime.security.removePolicy("all")
      }
      expect(log.filter(({ message }) => message.includes("no policies"))).toMatchObject([{ level: "info" }])
      await runtime.stop()
    }
  })

  it("does not say so to a test, whose time is virtual", async () => {
    const { runtime, log, events } = await bootApp({ "app:s": store() })
    runtime.security.setPolicies([{ effect: "allow", actions: "*", resources: "*" }])
    runtime.security.setPolicies([])
    expect([log, events.filter(({ type }) => type === "policies_changed").length]).toEqual([[], 3])
    await runtime.stop()
  })

  it("reports spawn, exit, restart, attach, detach, denial, dead letter, overflow, timeout and late reply", async () => {
    const gate = Promise.withResolvers<string>()
    const slow = server({ init: () => ({}), call: { wait: () => gate.promise }, cast: { note: () => {} } })
    const policies = [
      { effect: "deny" as const, actions: "store.key.delete", resources: "*" },
      { effect: "allow" as const, actions: "*", resources: "*" },
    ]
    const { runtime, time, events } = await bootApp({ "app:s": store(), "app:slow": child(slow, { inbox: { capacity: 1 } }) }, { policies })
    const [box, slowBox] = [await runtime.acquire("app:s"), await runtime.acquire("app:slow")]
    await refusal(box.delete("k"))
    const late = refusal(slowBox.call.wait(undefined, { timeoutMs: 10 }))
    await time.settle()
    expect(slowBox.cast.note()).toBe(true)
    expect(slowBox.cast.note()).toBe(false)
    await time.advance(10)
    await late
    gate.resolve("too late")
    await time.settle()
    runtime.tell(runtime.whereis("app:s") as Pid, "a raw message")
    runtime.exit(runtime.whereis("app:s") as Pid, { error: new Error("boom") })
    await box.release()
    await runtime.stop()
    const seen = new Set(events.map(({ type }) => type))
    const wanted = [
      "spawned",
      "exited",
      "child_started",
      "restarting",
      "attached",
      "detached",
      "denied",
      "dead_letter",
      "overflow",
      "timed_out",
      "late_reply",
    ]
    expect(wanted.filter((type) => !seen.has(type as InspectionEvent["type"]))).toEqual([])
  })

  it("survives an inspector and a log that throw", async () => {
    const time = virtualTime()
    const thrower = () => {
      throw new Error("bug in the inspector")
    }
    const errors: unknown[] = []
    const runtime = await start({ "app:s": store() }, { host: time, inspect: thrower, log: ({ error }) => void errors.push(error) })
    await (await runtime.acquire("app:s")).set("k", 1)
    await runtime.stop()
    expect(errors.length).toBeGreaterThan(0)
  })

  it("costs nothing once the last inspector is removed", async () => {
    const time = virtualTime()
    const runtime = await start({ "app:s": store() }, { host: time, log: () => {} })
    const events: InspectionEvent[] = []
    const remove = runtime.inspect((event) => void events.push(event))
    await (await runtime.acquire("app:s")).release()
    remove()
    const { length } = events
    expect(length).toBeGreaterThan(0)
    await (await runtime.acquire("app:s")).release()
    expect(events).toHaveLength(length)
    await runtime.stop()
  })

  it("prints the tree", async () => {
    const inner = supervisor({ strategy: "rest_for_one", children: { "app:b": store() } })
    const { runtime } = await bootApp({ "app:a": store(), inner })
    await runtime.acquire("app:b")
    expect(formatTree(runtime.tree())).toBe(
      ["root <1> one_for_one", "├─ app:a <2> running", "└─ inner <3> rest_for_one", "   └─ app:b <4> running, 1 mailbox"].join("\n"),
    )
    await runtime.stop()
  })
})
