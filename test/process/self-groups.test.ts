import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { actor, type GroupChange, type Self, server, Unavailable } from "../../src/index.ts"
import { isGroupChange } from "../../src/topology/groups.ts"
import { latch } from "../support/latch.ts"
import { refusalBy } from "../support/refusal.ts"
import { openStage, type Stage } from "../support/stage.ts"
import { stagedServer } from "../support/staged-server.ts"

let stage: Stage

beforeEach(async () => {
  stage = await openStage()
})

afterEach(async () => {
  void stage.runtime.stop({ timeoutMs: 0 })
  await stage.time.settle()
  expect(stage.time.armedTimers).toBe(0)
})

const summary = (heard: readonly unknown[]): unknown[] => heard.filter(isGroupChange).map(({ action, pids }) => [action, ...pids])

describe("join and leave", () => {
  it("are for the process itself, unless it says for whom", async () => {
    const [one, other] = [await stagedServer(stage), await stagedServer(stage)]
    one.self.groups.join("chat")
    one.self.groups.join("chat", [other.pid, one.pid])
    expect(other.self.groups.members("chat")).toEqual([one.pid, one.pid, other.pid])
    expect([one.self.groups.leave("chat"), one.self.groups.leave("chat", other.pid)]).toEqual([true, true])
    expect([one.self.groups.leave("chat"), other.self.groups.leave("chat")]).toEqual([true, false])
    expect(stage.runtime.groups.whichGroups()).toEqual([])
  })

  it("are seen by the runtime, and the other way round", async () => {
    const { pid, self } = await stagedServer(stage)
    stage.runtime.groups.join("chat", pid)
    expect([self.groups.members("chat"), self.groups.whichGroups()]).toEqual([[pid], ["chat"]])
    expect([stage.runtime.groups.leave("chat", pid), self.groups.members("chat")]).toEqual([true, []])
  })

  it("by what a process that has ended still runs are Unavailable, and nothing", async () => {
    const { pid, self } = await stagedServer(stage)
    stage.runtime.exit(pid, "kill")
    await stage.time.settle()
    expect(refusalBy(() => self.groups.join("chat"))).toBeInstanceOf(Unavailable)
    expect([self.groups.whichGroups(), self.groups.leave("chat")]).toEqual([[], false])
  })
})

describe("broadcast", () => {
  it("reaches the members' handlers, and counts", async () => {
    const [one, other] = [await stagedServer(stage), await stagedServer(stage)]
    stage.runtime.groups.join("chat", [one.pid, other.pid])
    expect([one.self.groups.broadcast("chat", "from one"), stage.runtime.groups.broadcast("chat", "from outside")]).toEqual([2, 2])
    await stage.time.settle()
    expect([one.heard, other.heard]).toEqual([
      ["from one", "from outside"],
      ["from one", "from outside"],
    ])
  })
})

describe("monitor", () => {
  it("tells a server's info handler of every change after the members it gave", async () => {
    const [watcher, member] = [await stagedServer(stage), await stagedServer(stage)]
    member.self.groups.join("chat")
    const { ref, members } = watcher.self.groups.monitor("chat")
    watcher.self.groups.join("chat")
    stage.runtime.exit(member.pid, "kill")
    await stage.time.settle()
    expect(members).toEqual([member.pid])
    expect(watcher.heard).toEqual([
      { type: "GROUP", ref, group: "chat", action: "join", pids: [watcher.pid] },
      { type: "GROUP", ref, group: "chat", action: "leave", pids: [member.pid] },
    ])
  })

  it("is received by a plain process, before the member's DOWN", async () => {
    const { pid, self: member } = await stagedServer(stage)
    const got: unknown[] = []
    const watching = actor<undefined, GroupChange>(async (self) => {
      self.monitor(pid)
      self.groups.monitor("chat")
      for await (const message of self.inbox) got.push(message.type)
    })
    stage.runtime.spawn(watching)
    await stage.time.settle()
    member.groups.join("chat")
    stage.runtime.exit(pid, "kill")
    await stage.time.settle()
    expect(got).toEqual(["GROUP", "GROUP", "DOWN"])
  })
})

describe("demonitor", () => {
  it("keeps from a server's handler what waited in the inbox of a busy server", async () => {
    const [watcher, member] = [await stagedServer(stage), await stagedServer(stage)]
    const busy = latch()
    stage.runtime.tell(watcher.pid, busy.promise)
    await stage.time.settle()
    const [over, kept] = [watcher.self.groups.monitor("chat").ref, watcher.self.groups.monitor("chat").ref]
    member.self.groups.join("chat")
    expect(watcher.self.groups.demonitor(over)).toBe(true)
    busy.open()
    await stage.time.settle()
    expect(watcher.heard.filter(isGroupChange).map(({ ref }) => ref)).toEqual([kept])
    expect(watcher.self.groups.demonitor(over)).toBe(false)
  })

  it("keeps from a plain process what a selective receive had left lying", async () => {
    const member = await stagedServer(stage)
    const got: unknown[] = []
    const watching = actor<undefined, unknown>(async (self) => {
      const { ref } = self.groups.monitor("chat")
      got.push(await self.receive((message) => message === "now"))
      self.groups.demonitor(ref)
      got.push(await self.receive())
    })
    const pid = stage.runtime.spawn(watching)
    await stage.time.settle()
    member.self.groups.join("chat")
    await stage.time.settle()
    for (const message of ["now", "then"]) stage.runtime.tell(pid, message)
    await stage.time.settle()
    expect(got).toEqual(["now", "then"])
  })

  it("keeps from a handler what it had put aside", async () => {
    const [member, heard] = [await stagedServer(stage), [] as unknown[]]
    const selves: Self[] = []
    const pid = stage.runtime.spawn(
      server({
        init: (_none: undefined, self) => void selves.push(self),
        info: (_state, message, self) => {
          if (isGroupChange(message) && heard.length === 0) return self.stash()
          heard.push(message)
          return self.unstashAll()
        },
      }),
    )
    await stage.time.settle()
    const [self] = selves as [Self]
    const { ref } = self.groups.monitor("chat")
    member.self.groups.join("chat")
    await stage.time.settle()
    self.groups.demonitor(ref)
    stage.runtime.tell(pid, "go")
    await stage.time.settle()
    expect(heard).toEqual(["go"])
  })
})

describe("the end of a member", () => {
  it("is over in its groups before its DOWN reaches a handler", async () => {
    const target = await stagedServer(stage)
    target.self.groups.join("chat")
    const found: unknown[] = []
    const watcher = server({
      init: (_none: undefined, self) => void self.monitor(target.pid),
      info: (_state, _down, self) => void found.push(self.groups.members("chat"), self.groups.whichGroups()),
    })
    stage.runtime.spawn(watcher)
    await stage.time.settle()
    target.self.stop()
    await stage.time.settle()
    expect([found, summary(target.heard)]).toEqual([[[], []], []])
  })
})
