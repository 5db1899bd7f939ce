import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { AlreadyExists, actor, isRegistryChange, registry, server, Unavailable } from "../../src/index.ts"
import { latch } from "../support/latch.ts"
import { refusalBy } from "../support/refusal.ts"
import { openStage, type Stage } from "../support/stage.ts"
import { stagedServer } from "../support/staged-server.ts"

const users = registry<string>({ keys: "unique" })
const topics = registry({ keys: "duplicate" })

let stage: Stage

beforeEach(async () => {
  stage = await openStage()
})

afterEach(async () => {
  void stage.runtime.stop({ timeoutMs: 0 })
  await stage.time.settle()
  expect(stage.time.armedTimers).toBe(0)
})

describe("register and unregister", () => {
  it("are for the process itself, and seen by everybody", async () => {
    const [one, other] = [await stagedServer(stage), await stagedServer(stage)]
    one.self.registry(users).register("alice", "A")
    expect(other.self.registry(users).lookup("alice")).toEqual([{ pid: one.pid, value: "A" }])
    expect([other.self.registry(users).keys(one.pid), other.self.registry(users).keys(other.pid)]).toEqual([["alice"], []])
    expect([other.self.registry(users).unregister("alice"), other.self.registry(users).count]).toEqual([false, 1])
    expect([one.self.registry(users).unregister("alice"), other.self.registry(users).count]).toEqual([true, 0])
  })

  it("of a key that is held name the holder", async () => {
    const [one, other] = [await stagedServer(stage), await stagedServer(stage)]
    one.self.registry(users).register("alice", "A")
    for (const { self } of [one, other]) {
      const refusal = refusalBy(() => self.registry(users).register("alice", "B"))
      expect([refusal instanceof AlreadyExists, refusal.details.pid]).toEqual([true, one.pid])
    }
  })

  it("need no value where the registry is of none", async () => {
    const { pid, self } = await stagedServer(stage)
    self.registry(topics).register("news")
    expect(self.registry(topics).lookup("news")).toEqual([{ pid, value: undefined }])
  })

  it("by what a process that has ended still runs are Unavailable", async () => {
    const { pid, self } = await stagedServer(stage)
    stage.runtime.exit(pid, "kill")
    await stage.time.settle()
    expect(() => self.registry(users).register("alice", "A")).toThrow(Unavailable)
    expect([self.registry(users).keys(pid), self.registry(users).unregister("alice")]).toEqual([[], false])
  })
})

describe("updateValue", () => {
  it("is the owner's alone", async () => {
    const [one, other] = [await stagedServer(stage), await stagedServer(stage)]
    one.self.registry(users).register("alice", "A")
    expect(other.self.registry(users).updateValue("alice", () => "B")).toBeUndefined()
    expect(one.self.registry(users).updateValue("alice", (value) => `${value}!`)).toEqual({ newValue: "A!", oldValue: "A" })
    expect(other.self.registry(users).lookup("alice")).toEqual([{ pid: one.pid, value: "A!" }])
  })
})

describe("dispatch", () => {
  it("posts for every entry under the key, and counts", async () => {
    const [one, other] = [await stagedServer(stage), await stagedServer(stage)]
    for (const { self } of [one, other, one]) self.registry(topics).register("news")
    one.self.registry(topics).register("weather")
    expect([other.self.registry(topics).dispatch("news", "hello"), other.self.registry(topics).dispatch("sport", "goal")]).toEqual([3, 0])
    await stage.time.settle()
    expect([one.heard, other.heard]).toEqual([["hello", "hello"], ["hello"]])
  })
})

describe("listen", () => {
  it("tells a server's info handler of entries that come and go", async () => {
    const [listener, member] = [await stagedServer(stage), await stagedServer(stage)]
    const ref = listener.self.registry(users).listen()
    member.self.registry(users).register("alice", "A")
    stage.runtime.exit(member.pid, "kill")
    await stage.time.settle()
    const told = { type: "REGISTRY", ref, registry: users, key: "alice", value: "A", pid: member.pid }
    expect(listener.heard).toEqual([
      { ...told, action: "register" },
      { ...told, action: "unregister" },
    ])
  })

  it("ends with unlisten: not even what waited for a busy server reaches its handler", async () => {
    const [listener, member] = [await stagedServer(stage), await stagedServer(stage)]
    const busy = latch()
    stage.runtime.tell(listener.pid, busy.promise)
    await stage.time.settle()
    const [over, kept] = [listener.self.registry(users).listen(), listener.self.registry(users).listen()]
    member.self.registry(users).register("alice", "A")
    expect([listener.self.registry(users).unlisten(over), listener.self.registry(users).unlisten(over)]).toEqual([true, false])
    busy.open()
    await stage.time.settle()
    expect(listener.heard.filter((message) => isRegistryChange(message)).map(({ ref }) => ref)).toEqual([kept])
  })

  it("ends with unlisten for what a selective receive had left lying", async () => {
    const member = await stagedServer(stage)
    const got: unknown[] = []
    const listening = actor<undefined, unknown>(async (self) => {
      const ref = self.registry(users).listen()
      got.push(await self.receive((message) => message === "now"))
      self.registry(users).unlisten(ref)
      got.push(await self.receive())
    })
    const pid = stage.runtime.spawn(listening)
    await stage.time.settle()
    member.self.registry(users).register("alice", "A")
    await stage.time.settle()
    for (const message of ["now", "then"]) stage.runtime.tell(pid, message)
    await stage.time.settle()
    expect(got).toEqual(["now", "then"])
  })
})

describe("the end of a process", () => {
  it("frees its keys before its DOWN reaches a handler, so that who hears of it can register in its place", async () => {
    const target = await stagedServer(stage)
    target.self.registry(users).register("alice", "A")
    const found: unknown[] = []
    const successor = server({
      init: (_none: undefined, self) => void self.monitor(target.pid),
      info: (_state, _down, self) => {
        found.push(self.registry(users).lookup("alice"))
        self.registry(users).register("alice", "B")
      },
    })
    const pid = stage.runtime.spawn(successor)
    await stage.time.settle()
    target.self.stop()
    await stage.time.settle()
    expect([found, stage.runtime.registry(users).lookup("alice")]).toEqual([[[]], [{ pid, value: "B" }]])
  })
})
