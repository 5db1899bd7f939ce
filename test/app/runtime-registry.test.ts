import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { AlreadyExists, actor, Conflict, child, isGroupChange, type Pid, registry, server, store, Unavailable } from "../../actors/index.ts"
import { bootApp } from "../support/app.ts"
import { fieldOf } from "../support/errors.ts"
import { refusalBy } from "../support/refusal.ts"
import { openStage, type Stage } from "../support/stage.ts"

const users = registry<string>({ keys: "unique" })
const idle = actor(async (self) => void (await self.receive()))

let stage: Stage

beforeEach(async () => {
  stage = await openStage()
})

afterEach(async () => {
  void stage.runtime.stop({ timeoutMs: 0 })
  await stage.time.settle()
})

async function gone(): Promise<Pid> {
  const pid = stage.runtime.spawn(idle)
  stage.runtime.exit(pid, "kill")
  await stage.time.settle()
  return pid
}

async function stranger(): Promise<Pid> {
  const other = await openStage()
  return other.runtime.spawn(idle)
}

describe("names", () => {
  it("are given to a process, and freed, by the runtime", () => {
    const { runtime } = stage
    const [one, other] = [runtime.spawn(idle), runtime.spawn(idle)]
    runtime.register("cache", one)
    expect([runtime.whereis("cache"), runtime.registered()]).toEqual([one, ["cache"]])
    expect(refusalBy(() => runtime.register("cache", other)).details).toEqual({ field: "name", name: "cache", pid: one })
    expect([runtime.unregister("cache"), runtime.unregister("cache"), runtime.whereis("cache")]).toEqual([true, false, undefined])
    runtime.register("cache", other)
    expect(runtime.whereis("cache")).toBe(other)
  })

  it("are refused to a process that has ended, to another runtime's, and to what is none", async () => {
    const { runtime } = stage
    const dead = await gone()
    expect(() => runtime.register("cache", dead)).toThrow(Unavailable)
    const foreign = await stranger()
    expect(fieldOf(() => runtime.register("cache", foreign))).toBe("pid")
    expect(fieldOf(() => runtime.register("cache", "<1>" as unknown as Pid))).toBe("pid")
    expect(fieldOf(() => runtime.register("", runtime.spawn(idle)))).toBe("name")
    expect(runtime.registered()).toEqual([])
  })

  it("that are ids of services stay theirs: nobody frees one, or takes it while the service is down", async () => {
    const { runtime, time } = await bootApp({ "app:cache": child(store(), { restart: "temporary" }) })
    const pid = runtime.whereis("app:cache") as Pid
    expect(runtime.registered()).toContain("app:cache")
    expect(() => runtime.unregister("app:cache")).toThrow(Conflict)
    runtime.exit(pid, "kill")
    await time.settle()
    expect([runtime.whereis("app:cache"), pid.isAlive]).toEqual([undefined, false])
    expect(() => runtime.register("app:cache", runtime.spawn(idle))).toThrow(AlreadyExists)
    expect(() => runtime.unregister("app:cache")).toThrow(Conflict)
    await runtime.stop()
  })
})

describe("groups", () => {
  it("may have a service for a member, and what is broadcast does not get past its mailboxes", async () => {
    const { runtime, events } = await bootApp({ "app:cache": store() })
    const pid = runtime.whereis("app:cache") as Pid
    runtime.groups.join("all", pid)
    expect([runtime.groups.members("all"), runtime.groups.broadcast("all", { op: "clear" })]).toEqual([[pid], 0])
    expect(events.filter(({ type }) => type === "dead_letter")).toMatchObject([{ cause: "denied", message: { sort: "an Object" } }])
    await runtime.stop()
  })

  it("tell the next incarnation of a service nothing that its predecessor had asked for", async () => {
    const heard: unknown[] = []
    let starts = 0
    const watching = server({
      init: (_none: undefined, self) => {
        starts += 1
        if (starts === 1) self.groups.monitor("chat")
        return {}
      },
      info: (_state, message) => void heard.push(isGroupChange(message) ? message.action : message),
    })
    const { runtime, time } = await bootApp({ "app:watcher": watching })
    const member = runtime.spawn(idle)
    await time.settle()
    runtime.exit(runtime.whereis("app:watcher") as Pid, { error: new Error("crashed on purpose") })
    runtime.groups.join("chat", member)
    await time.advance(10_000)
    runtime.groups.leave("chat", member)
    await time.settle()
    runtime.tell(runtime.whereis("app:watcher") as Pid, "hello")
    await time.settle()
    expect([starts, heard]).toEqual([2, ["hello"]])
    await runtime.stop()
  })
})

describe("registry", () => {
  it("registers a given process, until it is unregistered or ends", async () => {
    const { runtime, time } = stage
    const [one, other] = [runtime.spawn(idle), runtime.spawn(idle)]
    const entries = runtime.registry(users)
    entries.register(one, "alice", "A")
    entries.register(one, "bob", "B")
    expect(refusalBy(() => entries.register(other, "alice", "C")).details).toEqual({ field: "key", key: "alice", pid: one })
    expect([entries.keys(one), entries.keys(other), entries.count]).toEqual([["alice", "bob"], [], 2])
    expect([entries.unregister(other, "bob"), entries.unregister(one, "bob"), entries.count]).toEqual([false, true, 1])
    runtime.exit(one, "kill")
    await time.settle()
    expect([entries.lookup("alice"), entries.keys(one), entries.unregister(one, "alice"), entries.count]).toEqual([[], [], false, 0])
  })

  it("posts to the entries of a key, and counts what was accepted", async () => {
    const { runtime, time } = stage
    const heard: unknown[] = []
    const pid = runtime.spawn(actor(async (self) => void heard.push(await self.receive())))
    const full = runtime.spawn(idle, undefined, { inbox: { capacity: 1 } })
    runtime.tell(full, "first")
    const topics = runtime.registry(registry({ keys: "duplicate" }))
    for (const each of [pid, full]) topics.register(each, "news")
    expect([topics.dispatch("news", "hello"), topics.dispatch("sport", "goal")]).toEqual([1, 0])
    await time.settle()
    expect(heard).toEqual(["hello"])
  })

  it("refuses a process that has ended, another runtime's, and what is none", async () => {
    const entries = stage.runtime.registry(users)
    const [dead, foreign] = [await gone(), await stranger()]
    expect(() => entries.register(dead, "alice", "A")).toThrow(Unavailable)
    for (const pid of [foreign, "<1>" as unknown as Pid]) {
      expect(fieldOf(() => entries.register(pid, "alice", "A"))).toBe("pid")
      expect(fieldOf(() => entries.unregister(pid, "alice"))).toBe("pid")
      expect(fieldOf(() => entries.keys(pid))).toBe("pid")
    }
    expect(fieldOf(() => entries.unregister(dead, ""))).toBe("key")
    expect(entries.unregister(dead, "alice")).toBe(false)
    expect(entries.count).toBe(0)
  })

  it("is each runtime's own", async () => {
    const other = await openStage()
    stage.runtime.registry(users).register(stage.runtime.spawn(idle), "alice", "A")
    other.runtime.registry(users).register(other.runtime.spawn(idle), "alice", "B")
    expect(
      stage.runtime
        .registry(users)
        .lookup("alice")
        .map(({ value }) => value),
    ).toEqual(["A"])
    void other.runtime.stop({ timeoutMs: 0 })
    await other.time.settle()
  })
})
