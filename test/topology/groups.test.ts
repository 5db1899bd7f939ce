import { beforeEach, describe, expect, it } from "vitest"
import { Kernel } from "../../src/kernel/kernel.ts"
import { virtualTime } from "../../src/testing.ts"
import { type GroupChange, type Groups, isGroupChange } from "../../src/topology/groups.ts"
import { isDown } from "../../src/topology/monitors.ts"
import { isExit, Topology } from "../../src/topology/topology.ts"
import { fieldOf } from "../support/errors.ts"
import { collectGarbage } from "../support/garbage.ts"
import { type Member, member } from "../support/member.ts"

let time = virtualTime()
let kernel = new Kernel(time)
let topology = new Topology(kernel)
let groups: Groups = topology.groups

beforeEach(() => {
  time = virtualTime()
  kernel = new Kernel(time)
  topology = new Topology(kernel)
  groups = topology.groups
})

const one = (): Member => member(kernel)

async function dead(): Promise<Member> {
  const process = one()
  process.end()
  await time.settle()
  return process
}

/** What a watcher was told, without the reference. */
function changes({ seen }: Member): unknown[] {
  return seen.filter(isGroupChange).map(({ action, group, pids }) => [action, group, pids])
}

describe("join", () => {
  it("makes a group with its first member, by any string or symbol", () => {
    const [a, b] = [one(), one()]
    const secret = Symbol("secret")
    groups.join("chat", a.pid)
    groups.join(secret, b.pid)
    groups.join("__proto__", b.pid)
    expect([groups.members("chat"), groups.members(secret), groups.members("__proto__")]).toEqual([[a.pid], [b.pid], [b.pid]])
    expect(groups.names()).toEqual(["chat", secret, "__proto__"])
  })

  it("makes a process that joins twice a member twice", () => {
    const a = one()
    groups.join("chat", a.pid)
    groups.join("chat", a.pid)
    expect(groups.members("chat")).toEqual([a.pid, a.pid])
  })

  it("takes several at once, the same one more than once too, and tells of them in one notice", async () => {
    const [a, b, watcher] = [one(), one(), one()]
    groups.monitor(watcher.process, "chat")
    groups.join("chat", [a.pid, b.pid, a.pid])
    await time.settle()
    expect(groups.members("chat")).toEqual([a.pid, a.pid, b.pid])
    expect(changes(watcher)).toEqual([["join", "chat", [a.pid, b.pid, a.pid]]])
  })

  it("passes over who has ended, and makes no group of nobody", async () => {
    const [gone, a, watcher] = [await dead(), one(), one()]
    groups.join("empty", gone.pid)
    groups.join("none", [])
    groups.monitor(watcher.process, "chat")
    groups.join("chat", [gone.pid, a.pid])
    groups.join("chat", gone.pid)
    await time.settle()
    expect([groups.names(), groups.members("chat")]).toEqual([["chat"], [a.pid]])
    expect(changes(watcher)).toEqual([["join", "chat", [a.pid]]])
  })

  it("refuses what is no name and what is no pid, and then nobody has joined", () => {
    const a = one()
    const nonsense = { id: 1 } as unknown as typeof a.pid
    for (const name of ["", 1, undefined, null, {}]) expect(fieldOf(() => groups.join(name as string, a.pid))).toBe("group")
    expect(fieldOf(() => groups.join("chat", nonsense))).toBe("pids")
    expect(fieldOf(() => groups.join("chat", [a.pid, nonsense]))).toBe("pids[1]")
    expect(groups.names()).toEqual([])
  })

  it("refuses a process of another runtime, which would stay for ever", () => {
    const stranger = member(new Kernel(virtualTime()))
    expect(fieldOf(() => groups.join("chat", [stranger.pid]))).toBe("pids[0]")
    expect(groups.names()).toEqual([])
  })
})

describe("leave", () => {
  it("ends one membership, and the group with the last", () => {
    const a = one()
    groups.join("chat", [a.pid, a.pid])
    expect([groups.leave("chat", a.pid), groups.members("chat")]).toEqual([true, [a.pid]])
    expect([groups.leave("chat", a.pid), groups.names()]).toEqual([true, []])
    expect(groups.leave("chat", a.pid)).toBe(false)
  })

  it("of several is false only where none was a member, and tells of those that left", async () => {
    const [a, b, stranger, watcher] = [one(), one(), one(), one()]
    groups.join("chat", [a.pid, b.pid])
    groups.monitor(watcher.process, "chat")
    expect(groups.leave("chat", [stranger.pid, a.pid, a.pid])).toBe(true)
    expect(groups.leave("chat", [stranger.pid, a.pid])).toBe(false)
    expect(groups.leave("chat", [])).toBe(false)
    await time.settle()
    expect([changes(watcher), groups.members("chat")]).toEqual([[["leave", "chat", [a.pid]]], [b.pid]])
  })

  it("of one group leaves the others alone", () => {
    const a = one()
    groups.join("one", a.pid)
    groups.join("other", a.pid)
    groups.leave("one", a.pid)
    expect([groups.members("one"), groups.members("other")]).toEqual([[], [a.pid]])
  })

  it("is refused for what is no name and no pid, whether there is such a group or not", () => {
    const a = one()
    expect(fieldOf(() => groups.leave("", a.pid))).toBe("group")
    expect(fieldOf(() => groups.leave("nobody", "<1>" as unknown as typeof a.pid))).toBe("pids")
  })
})

describe("members", () => {
  it("of a group that is not there are none", () => {
    expect(groups.members("nobody")).toEqual([])
    expect(fieldOf(() => groups.members(""))).toBe("group")
  })

  it("are the caller's own list", () => {
    const a = one()
    groups.join("chat", a.pid)
    groups.members("chat").pop()
    expect(groups.members("chat")).toEqual([a.pid])
  })
})

describe("monitor", () => {
  it("gives the members of its moment, and every change after it, in order, with its reference", async () => {
    const [a, b, watcher] = [one(), one(), one()]
    groups.join("chat", a.pid)
    const { ref, members } = groups.monitor(watcher.process, "chat")
    groups.join("chat", b.pid)
    groups.join("other", b.pid)
    groups.leave("chat", a.pid)
    await time.settle()
    expect(members).toEqual([a.pid])
    expect(watcher.seen).toEqual([
      { type: "GROUP", ref, group: "chat", action: "join", pids: [b.pid] },
      { type: "GROUP", ref, group: "chat", action: "leave", pids: [a.pid] },
    ])
  })

  it("makes a new reference each time, and each is told", async () => {
    const [a, watcher] = [one(), one()]
    const refs = [1, 2].map(() => groups.monitor(watcher.process, "chat").ref)
    groups.join("chat", a.pid)
    await time.settle()
    expect(new Set(refs).size).toBe(2)
    expect(watcher.seen.filter(isGroupChange).map(({ ref }) => ref)).toEqual(refs)
  })

  it("of a group without members makes none, and goes on when the last member has left", async () => {
    const [a, watcher] = [one(), one()]
    groups.monitor(watcher.process, "chat")
    expect(groups.names()).toEqual([])
    groups.join("chat", a.pid)
    groups.leave("chat", a.pid)
    groups.join("chat", a.pid)
    await time.settle()
    expect(changes(watcher)).toEqual([
      ["join", "chat", [a.pid]],
      ["leave", "chat", [a.pid]],
      ["join", "chat", [a.pid]],
    ])
  })

  it("tells a member of its own joining, and nothing of its own end", async () => {
    const [a, other] = [one(), one()]
    groups.monitor(a.process, "chat")
    groups.monitor(other.process, "chat")
    groups.join("chat", a.pid)
    await time.settle()
    a.process.inbox.reopen()
    a.end()
    await time.settle()
    expect([changes(a), changes(other)]).toEqual([
      [["join", "chat", [a.pid]]],
      [
        ["join", "chat", [a.pid]],
        ["leave", "chat", [a.pid]],
      ],
    ])
    expect(a.process.inbox.isEmpty).toBe(true)
  })

  it("comes through a full inbox, in order with the messages", async () => {
    const [a, watcher] = [one(), member(kernel, 1)]
    await time.settle()
    groups.monitor(watcher.process, "chat")
    kernel.send(watcher.pid, undefined, "first")
    groups.join("chat", a.pid)
    groups.join("chat", a.pid)
    expect(kernel.send(watcher.pid, undefined, "too many")).toBe(false)
    await time.settle()
    expect(watcher.seen.map((message) => (isGroupChange(message) ? message.action : message))).toEqual(["first", "join", "join"])
  })

  it("gives all watchers one list, which none of them can change", async () => {
    const [a, watcher] = [one(), one()]
    groups.monitor(watcher.process, "chat")
    groups.join("chat", a.pid)
    await time.settle()
    const [change] = watcher.seen as [GroupChange]
    expect(() => (change.pids as unknown[]).pop()).toThrow(TypeError)
  })

  it("by a process that has ended tells the inbox that the next incarnation has of nothing", async () => {
    const [gone, a] = [await dead(), one()]
    gone.process.inbox.reopen()
    groups.join("chat", a.pid)
    const { ref, members } = groups.monitor(gone.process, "chat")
    groups.join("chat", a.pid)
    await time.settle()
    expect([members, ref.isActive, gone.process.inbox.isEmpty]).toEqual([[a.pid], false, true])
    expect(groups.demonitor(ref)).toBe(false)
  })
})

describe("demonitor", () => {
  it("ends the watch: nothing is told after it, and other watches go on", async () => {
    const [a, watcher, other] = [one(), one(), one()]
    const { ref } = groups.monitor(watcher.process, "chat")
    groups.monitor(other.process, "chat")
    expect([groups.demonitor(ref), groups.demonitor(ref)]).toEqual([true, false])
    groups.join("chat", a.pid)
    await time.settle()
    expect([watcher.seen, changes(other).length]).toEqual([[], 1])
  })

  it("makes notices unwanted that wait already", async () => {
    const [a, watcher] = [one(), one()]
    await time.settle()
    const { ref } = groups.monitor(watcher.process, "chat")
    groups.join("chat", a.pid)
    expect(watcher.process.inbox.isEmpty).toBe(false)
    groups.demonitor(ref)
    await time.settle()
    expect(watcher.seen).toEqual([])
  })

  it("is false for another runtime's, which goes on, and refused for what is no reference of a group", async () => {
    const elsewhere = new Kernel(virtualTime())
    const strangers = new Topology(elsewhere).groups
    const { ref } = strangers.monitor(member(elsewhere).process, "chat")
    groups.monitor(one().process, "chat")
    expect([groups.demonitor(ref), ref.isActive]).toEqual([false, true])
    const down = topology.monitor(one().process, one().pid)
    expect(fieldOf(() => groups.demonitor(down as unknown as typeof ref))).toBe("ref")
  })
})

describe("broadcast", () => {
  it("posts to each member once a membership, and counts", async () => {
    const [a, b, stranger] = [one(), one(), one()]
    groups.join("chat", [a.pid, b.pid, a.pid])
    expect(groups.broadcast("chat", "hello")).toBe(3)
    await time.settle()
    expect([a.seen, b.seen, stranger.seen]).toEqual([["hello", "hello"], ["hello"], []])
    expect(groups.broadcast("nobody", "hello")).toBe(0)
  })

  it("does not count who refuses, and that is a dead letter", async () => {
    const [full, guarded, open] = [member(kernel, 1), one(), one()]
    guarded.process.guard = "all"
    await time.settle()
    groups.join("chat", [full.pid, guarded.pid, open.pid])
    kernel.send(full.pid, undefined, "first")
    const letters: unknown[] = []
    kernel.trace = (event) => void (event.type === "dead_letter" && letters.push([event.message, event.cause]))
    expect(groups.broadcast("chat", "hello")).toBe(1)
    expect(letters).toEqual([
      ["hello", "overflow"],
      ["hello", "denied"],
    ])
  })

  it("reaches those who were members when it began, whatever an inspector does meanwhile", () => {
    const [full, late] = [member(kernel, 1), one()]
    groups.join("chat", [full.pid, full.pid])
    kernel.send(full.pid, undefined, "first")
    kernel.trace = (event) => event.type === "dead_letter" && groups.join("chat", late.pid)
    expect(groups.broadcast("chat", "hello")).toBe(0)
  })
})

describe("the end of a process", () => {
  it("ends all its memberships, of each group by one notice that names it as often as it was a member", async () => {
    const [a, b, watcher] = [one(), one(), one()]
    groups.join("chat", [a.pid, b.pid, a.pid])
    groups.join("other", a.pid)
    groups.monitor(watcher.process, "chat")
    groups.monitor(watcher.process, "other")
    a.end("kill")
    await time.settle()
    expect([groups.members("chat"), groups.names()]).toEqual([[b.pid], ["chat"]])
    expect(changes(watcher)).toEqual([
      ["leave", "chat", [a.pid, a.pid]],
      ["leave", "other", [a.pid]],
    ])
  })

  it("ends its watches", async () => {
    const [a, watcher] = [one(), one()]
    const { ref } = groups.monitor(watcher.process, "chat")
    watcher.end()
    await time.settle()
    watcher.process.inbox.reopen()
    groups.join("chat", a.pid)
    expect([ref.isActive, watcher.process.inbox.isEmpty, groups.demonitor(ref)]).toEqual([false, true, false])
  })

  it("is over in its groups before a DOWN or an EXIT of it is heard, and their notices come first", async () => {
    const heard: unknown[] = []
    const note = (message: unknown): void => {
      const type = isGroupChange(message) || isDown(message) || isExit(message) ? message.type : message
      heard.push([type, groups.members("chat"), groups.names()])
    }
    const watcher = member(kernel, 100, note)
    watcher.process.trapExit = true
    const target = one()
    topology.monitor(watcher.process, target.pid)
    topology.link(watcher.process, target.pid)
    groups.join("chat", target.pid)
    groups.monitor(watcher.process, "chat")
    topology.onEnd(() => heard.push(["end", groups.members("chat"), groups.names()]))
    target.end("kill")
    await time.settle()
    expect(heard).toEqual(["end", "GROUP", "EXIT", "DOWN"].map((type) => [type, [], []]))
  })

  it("leaves the memberships of others alone", async () => {
    const [a, b] = [one(), one()]
    groups.join("chat", [a.pid, b.pid, b.pid])
    groups.join("other", b.pid)
    a.end()
    await time.settle()
    expect([groups.members("chat"), groups.members("other")]).toEqual([[b.pid, b.pid], [b.pid]])
  })
})

describe("a group that is empty and not watched", () => {
  /** A symbol is let go of when the last group of that name is. */
  async function isLetGo(use: (name: symbol) => unknown): Promise<boolean> {
    const name = ((): WeakRef<symbol> => {
      const symbol = Symbol("a group")
      use(symbol)
      return new WeakRef(symbol)
    })()
    await collectGarbage()
    return name.deref() === undefined
  }

  it("is kept by nothing when its last members have left, one by one or at once", async () => {
    const a = one()
    const isLetGoOf = await isLetGo((name) => {
      groups.join(name, [a.pid, a.pid, a.pid])
      groups.leave(name, a.pid)
      groups.leave(name, [a.pid, a.pid])
    })
    expect(isLetGoOf).toBe(true)
  })

  it("is kept by nothing when its last watchers have gone", async () => {
    const a = one()
    expect(await isLetGo((name) => groups.demonitor(groups.monitor(a.process, name).ref))).toBe(true)
  })

  it("is kept by nothing when its last members and watchers have ended", async () => {
    const [a, b] = [one(), one()]
    const isLetGoOf = await isLetGo((name) => {
      groups.join(name, [b.pid, a.pid])
      groups.monitor(a.process, name)
      groups.sever(a.process)
      groups.sever(b.process)
    })
    expect(isLetGoOf).toBe(true)
  })

  it("is kept as long as it has one of them", async () => {
    const a = one()
    expect(await isLetGo((name) => groups.join(name, a.pid))).toBe(false)
    expect(await isLetGo((name) => groups.monitor(a.process, name))).toBe(false)
  })
})

describe("isGroupChange", () => {
  it("tells a group's notice from look-alikes", () => {
    const { ref } = groups.monitor(one().process, "chat")
    for (const message of [undefined, null, "GROUP", {}, { type: "GROUP" }, { type: "GROUP", ref: {} }, { type: "DOWN", ref }])
      expect(isGroupChange(message)).toBe(false)
    expect(isGroupChange({ type: "GROUP", ref })).toBe(true)
  })
})
