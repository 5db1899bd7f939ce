import { beforeEach, describe, expect, it } from "vitest"
import { AlreadyExists, Invalid, Unavailable } from "../../src/kernel/errors.ts"
import { Kernel } from "../../src/kernel/kernel.ts"
import { virtualTime } from "../../src/testing.ts"
import { isDown } from "../../src/topology/monitors.ts"
import { isRegistryChange, type RegistryRef } from "../../src/topology/registry-change.ts"
import type { RegistryDefinition } from "../../src/topology/registry-definition.ts"
import { registry } from "../../src/topology/registry-maker.ts"
import { isExit, isWanted, Topology } from "../../src/topology/topology.ts"
import { fieldOf } from "../support/errors.ts"
import { collectGarbage } from "../support/garbage.ts"
import { type Member, member } from "../support/member.ts"
import { refusalBy } from "../support/refusal.ts"

const users = registry<string>({ keys: "unique" })
const topics = registry<number>({ keys: "duplicate" })

let time = virtualTime()
let kernel = new Kernel(time)
let topology = new Topology(kernel)

beforeEach(() => {
  time = virtualTime()
  kernel = new Kernel(time)
  topology = new Topology(kernel)
})

const unique = () => topology.registries.of(users)
const duplicate = () => topology.registries.of(topics)
const one = (): Member => member(kernel)

async function dead(): Promise<Member> {
  const process = one()
  process.end()
  await time.settle()
  return process
}

/** What a listener was told, without the reference. */
function changes({ seen }: Member): unknown[] {
  return seen.filter(isRegistryChange).map(({ action, key, value, pid }) => [action, key, value, pid])
}

describe("registry", () => {
  it("makes a key object: each runtime has its own entries under it", () => {
    const [a, other] = [one(), new Topology(new Kernel(virtualTime()))]
    unique().register(a.process, "alice", "A")
    expect(other.registries.of(users).lookup("alice")).toEqual([])
    expect(unique().lookup("alice")).toEqual([{ pid: a.pid, value: "A" }])
    expect(topology.registries.of(registry<string>({ keys: "unique" })).lookup("alice")).toEqual([])
  })

  it("refuses keys that are neither unique nor duplicate, and unknown options", () => {
    const make = (options: unknown) => () => registry(options as { keys: "unique" })
    expect(["keys", "options", "name"]).toEqual([
      fieldOf(make({ keys: "many" })),
      fieldOf(make("unique")),
      fieldOf(make({ keys: "unique", name: "users" })),
    ])
    expect([fieldOf(make({})), fieldOf(make(undefined))]).toEqual(["keys", "keys"])
  })

  it("is not asked for by anything else", () => {
    const forged = { keys: "unique" } as RegistryDefinition<string>
    expect(fieldOf(() => topology.registries.of(forged))).toBe("definition")
  })
})

describe("register", () => {
  it("puts a process with a value under a key", () => {
    const a = one()
    const keys = ["alice", Symbol("alice"), 1, 1n, "1"]
    for (const key of keys) unique().register(a.process, key, String(key))
    for (const key of keys) expect(unique().lookup(key)).toEqual([{ pid: a.pid, value: String(key) }])
    expect([unique().keysOf(a.process), unique().count]).toEqual([keys, 5])
  })

  it("of a unique key that is held is AlreadyExists with the holder's pid, by the holder itself too", () => {
    const [a, b] = [one(), one()]
    unique().register(a.process, "alice", "A")
    for (const process of [b.process, a.process]) {
      const refusal = refusalBy(() => unique().register(process, "alice", "B"))
      expect(refusal).toBeInstanceOf(AlreadyExists)
      expect(refusal.details).toEqual({ field: "key", key: "alice", pid: a.pid })
      expect(refusal.message).toBe('the key "alice" is registered by <1>')
    }
    expect([unique().lookup("alice"), unique().count, unique().keysOf(b.process)]).toEqual([[{ pid: a.pid, value: "A" }], 1, []])
  })

  it("of a duplicate key is allowed to anybody, and again", () => {
    const [a, b] = [one(), one()]
    duplicate().register(a.process, "news", 1)
    duplicate().register(b.process, "news", 2)
    duplicate().register(a.process, "news", 1)
    expect(duplicate().lookup("news")).toEqual([
      { pid: a.pid, value: 1 },
      { pid: b.pid, value: 2 },
      { pid: a.pid, value: 1 },
    ])
    expect([duplicate().keysOf(a.process), duplicate().count]).toEqual([["news", "news"], 3])
  })

  it("refuses what cannot be a key", () => {
    for (const key of ["", Number.NaN, undefined, null, {}, true])
      expect(fieldOf(() => unique().register(one().process, key as string, "A"))).toBe("key")
    expect(unique().count).toBe(0)
  })

  it("by a process that has ended is Unavailable: its key would never be free again", async () => {
    const gone = await dead()
    expect(() => unique().register(gone.process, "alice", "A")).toThrow(Unavailable)
    expect([unique().lookup("alice"), unique().count]).toEqual([[], 0])
  })
})

describe("unregister", () => {
  it("frees a unique key, and only for its holder", () => {
    const [a, b] = [one(), one()]
    unique().register(a.process, "alice", "A")
    expect([unique().unregister(b.process, "alice"), unique().unregister(a.process, "bob")]).toEqual([false, false])
    expect([unique().unregister(a.process, "alice"), unique().unregister(a.process, "alice")]).toEqual([true, false])
    unique().register(b.process, "alice", "B")
    expect(unique().lookup("alice")).toEqual([{ pid: b.pid, value: "B" }])
  })

  it("ends all that a process has under the key and nothing else, whether it has more keys than the key has entries or fewer", () => {
    const [a, b] = [one(), one()]
    for (const key of ["news", "news", "weather", "sport"]) duplicate().register(a.process, key, 1)
    for (const key of ["news", "news", "news"]) duplicate().register(b.process, key, 2)
    topology.registries.of(registry({ keys: "duplicate" })).register(b.process, "news", undefined)
    duplicate().unregister(a.process, "news")
    expect([duplicate().keysOf(a.process), duplicate().lookup("news").length, duplicate().count]).toEqual([["weather", "sport"], 3, 5])
    duplicate().unregister(b.process, "news")
    expect([duplicate().keysOf(b.process), duplicate().lookup("news"), duplicate().count]).toEqual([[], [], 2])
    duplicate().register(b.process, "sport", 2)
    duplicate().unregister(a.process, "sport")
    expect([duplicate().keysOf(a.process), duplicate().lookup("sport")]).toEqual([["weather"], [{ pid: b.pid, value: 2 }]])
  })

  it("touches no other registry's entries of the same key", () => {
    const a = one()
    unique().register(a.process, "news", "A")
    for (const value of [1, 2]) duplicate().register(a.process, "news", value)
    duplicate().unregister(a.process, "news")
    expect([unique().lookup("news").length, unique().keysOf(a.process)]).toEqual([1, ["news"]])
  })

  it("refuses what cannot be a key", () => {
    expect(fieldOf(() => unique().unregister(one().process, ""))).toBe("key")
  })
})

describe("a key without entries", () => {
  it("is kept by nothing", async () => {
    const a = one()
    const keys = [1, 2, 3].map(() => {
      const key = Symbol("a key")
      duplicate().register(a.process, key, 1)
      duplicate().register(a.process, key, 2)
      return new WeakRef(key)
    })
    const kept = keys.shift()?.deref()
    for (const key of keys) duplicate().unregister(a.process, key.deref() as symbol)
    await collectGarbage()
    expect(keys.map((key) => key.deref())).toEqual([undefined, undefined])
    expect(duplicate().keysOf(a.process)).toEqual([kept, kept])
  })
})

describe("updateValue", () => {
  it("replaces the owner's value, and gives both", () => {
    const a = one()
    unique().register(a.process, "alice", "A")
    const before = unique().lookup("alice")
    expect(unique().updateValue(a.process, "alice", (value) => `${value}!`)).toEqual({ newValue: "A!", oldValue: "A" })
    expect([unique().lookup("alice"), before]).toEqual([[{ pid: a.pid, value: "A!" }], [{ pid: a.pid, value: "A" }]])
  })

  it("is undefined for a key that is another's or nobody's, and calls nothing", () => {
    const [a, b] = [one(), one()]
    unique().register(a.process, "alice", "A")
    const update = (): never => {
      throw new Error("called")
    }
    expect([unique().updateValue(b.process, "alice", update), unique().updateValue(a.process, "bob", update)]).toEqual([
      undefined,
      undefined,
    ])
  })

  it("changes nothing where the function throws, and brings nothing back that it has unregistered", () => {
    const a = one()
    unique().register(a.process, "alice", "A")
    const boom = new Error("boom")
    const failing = (): never => {
      throw boom
    }
    expect(() => unique().updateValue(a.process, "alice", failing)).toThrow(boom)
    expect(unique().lookup("alice")).toEqual([{ pid: a.pid, value: "A" }])
    unique().updateValue(a.process, "alice", (value) => (unique().unregister(a.process, "alice") ? "B" : value))
    expect([unique().lookup("alice"), unique().count]).toEqual([[], 0])
  })

  it("is not told to those who listen, as in Elixir", async () => {
    const [a, listener] = [one(), one()]
    unique().register(a.process, "alice", "A")
    unique().listen(listener.process)
    unique().updateValue(a.process, "alice", () => "B")
    await time.settle()
    expect(listener.seen).toEqual([])
  })

  it("is Invalid where keys are duplicate, and without a function", () => {
    const a = one()
    duplicate().register(a.process, "news", 1)
    expect(fieldOf(() => duplicate().updateValue(a.process, "news", (value) => value))).toBe("keys")
    expect(fieldOf(() => unique().updateValue(a.process, "alice", "B" as unknown as () => string))).toBe("update")
  })
})

describe("listen", () => {
  it("tells of every entry that comes and goes from then on, in order, with its reference", async () => {
    const [a, listener] = [one(), one()]
    unique().register(a.process, "before", "A")
    const ref = unique().listen(listener.process)
    unique().register(a.process, "alice", "A")
    duplicate().register(a.process, "news", 1)
    unique().unregister(a.process, "alice")
    unique().unregister(a.process, "alice")
    await time.settle()
    const told = { type: "REGISTRY", ref, registry: users, key: "alice", value: "A", pid: a.pid }
    expect(listener.seen).toEqual([
      { ...told, action: "register" },
      { ...told, action: "unregister" },
    ])
  })

  it("tells nothing of what was refused", async () => {
    const [a, b, listener] = [one(), one(), one()]
    unique().register(a.process, "alice", "A")
    unique().listen(listener.process)
    expect(() => unique().register(b.process, "alice", "B")).toThrow(AlreadyExists)
    expect(() => unique().register(b.process, "", "B")).toThrow(Invalid)
    await time.settle()
    expect(listener.seen).toEqual([])
  })

  it("comes through a full inbox, in order with the messages, and to oneself", async () => {
    const listener = member(kernel, 1)
    await time.settle()
    duplicate().listen(listener.process)
    kernel.send(listener.pid, undefined, "first")
    duplicate().register(listener.process, "news", 1)
    duplicate().unregister(listener.process, "news")
    expect(kernel.send(listener.pid, undefined, "too many")).toBe(false)
    await time.settle()
    expect(listener.seen.map((message) => (isRegistryChange(message) ? message.action : message))).toEqual([
      "first",
      "register",
      "unregister",
    ])
  })

  it("by a process that has ended tells the inbox that the next incarnation has of nothing", async () => {
    const [gone, a] = [await dead(), one()]
    gone.process.inbox.reopen()
    const ref = unique().listen(gone.process)
    unique().register(a.process, "alice", "A")
    expect([ref.isActive, gone.process.inbox.isEmpty, unique().unlisten(ref)]).toEqual([false, true, false])
  })
})

describe("unlisten", () => {
  it("ends one listening: nothing is told after it, and others go on", async () => {
    const [a, listener] = [one(), one()]
    const [ref, other] = [unique().listen(listener.process), unique().listen(listener.process)]
    expect([unique().unlisten(ref), unique().unlisten(ref)]).toEqual([true, false])
    unique().register(a.process, "alice", "A")
    await time.settle()
    expect(listener.seen.filter(isRegistryChange).map((change) => change.ref)).toEqual([other])
  })

  it("makes notices unwanted that wait already", async () => {
    const [a, listener] = [one(), one()]
    await time.settle()
    const ref = unique().listen(listener.process)
    unique().register(a.process, "alice", "A")
    expect(listener.process.inbox.isEmpty).toBe(false)
    unique().unlisten(ref)
    await time.settle()
    expect(listener.seen).toEqual([])
  })

  it("leaves nothing behind", async () => {
    const listener = one()
    const ref = new WeakRef(unique().listen(listener.process))
    unique().unlisten(ref.deref() as RegistryRef)
    await collectGarbage()
    expect(ref.deref()).toBeUndefined()
  })

  it("is false for another registry's, which goes on, and refused for what is none", () => {
    const [ref, down] = [duplicate().listen(one().process), topology.monitor(one().process, one().pid)]
    expect([unique().unlisten(ref), ref.isActive]).toEqual([false, true])
    expect(fieldOf(() => unique().unlisten(down as unknown as RegistryRef))).toBe("ref")
  })
})

describe("the end of a process", () => {
  it("ends all its entries in all registries, each told with its value, and leaves others' alone", async () => {
    const [a, b, listener] = [one(), one(), one()]
    unique().register(a.process, "alice", "A")
    for (const { process } of [a, b, a]) duplicate().register(process, "news", process.pid.id)
    for (const each of [unique(), duplicate()]) each.listen(listener.process)
    a.end("kill")
    await time.settle()
    expect([unique().count, duplicate().lookup("news")]).toEqual([0, [{ pid: b.pid, value: b.pid.id }]])
    expect(changes(listener)).toEqual([
      ["unregister", "alice", "A", a.pid],
      ["unregister", "news", a.pid.id, a.pid],
      ["unregister", "news", a.pid.id, a.pid],
    ])
  })

  it("ends its listening, and it is told nothing of its own end", async () => {
    const [a, listener] = [one(), one()]
    const ref = unique().listen(listener.process)
    unique().register(listener.process, "me", "L")
    await time.settle()
    listener.process.inbox.reopen()
    listener.end()
    await time.settle()
    listener.process.inbox.reopen()
    unique().register(a.process, "alice", "A")
    expect([ref.isActive, listener.process.inbox.isEmpty, unique().unlisten(ref)]).toEqual([false, true, false])
  })

  it("frees its keys before a DOWN or an EXIT of it is heard, and the notices come first", async () => {
    const heard: unknown[] = []
    const note = (message: unknown): void => {
      const type = isRegistryChange(message) || isDown(message) || isExit(message) ? message.type : message
      heard.push([type, unique().lookup("alice"), unique().count])
    }
    const watcher = member(kernel, 100, note)
    watcher.process.trapExit = true
    const target = one()
    topology.monitor(watcher.process, target.pid)
    topology.link(watcher.process, target.pid)
    unique().register(target.process, "alice", "A")
    unique().listen(watcher.process)
    topology.onEnd(() => heard.push(["end", unique().lookup("alice"), unique().count]))
    target.end("kill")
    await time.settle()
    expect(heard).toEqual(["end", "REGISTRY", "EXIT", "DOWN"].map((type) => [type, [], 0]))
  })

  it("leaves nothing behind: what it had does not keep it", async () => {
    const watcher = one()
    topology.groups.monitor(watcher.process, "chat")
    unique().listen(watcher.process)
    const remains = ((): WeakRef<object> => {
      const { process, pid } = one()
      topology.names.register("alice", process)
      unique().register(process, "alice", "A")
      unique().listen(process)
      topology.groups.join("chat", [pid, pid])
      topology.groups.monitor(process, "chat")
      topology.monitor(process, watcher.pid)
      topology.link(process, watcher.pid)
      process.urge({ type: "exit", reason: "normal" })
      return new WeakRef(process)
    })()
    await time.settle()
    expect(watcher.seen.length).toBeGreaterThan(0)
    watcher.seen.length = 0
    await collectGarbage()
    expect(remains.deref()).toBeUndefined()
  })

  it("frees names, then registries, then groups: who hears of one finds those before it clean", async () => {
    const heard: unknown[] = []
    const watcher = member(kernel, 100, (message) => heard.push((message as { type: string }).type))
    const target = one()
    topology.monitor(watcher.process, target.pid)
    topology.groups.join("chat", target.pid)
    topology.groups.monitor(watcher.process, "chat")
    unique().register(target.process, "alice", "A")
    unique().listen(watcher.process)
    target.end()
    await time.settle()
    expect(heard).toEqual(["REGISTRY", "GROUP", "DOWN"])
  })
})

describe("isRegistryChange", () => {
  it("tells a registry's notice from look-alikes, and one registry's from another's", () => {
    const ref = unique().listen(one().process)
    for (const message of [undefined, null, "REGISTRY", {}, { type: "REGISTRY" }, { type: "REGISTRY", ref: {} }, { type: "GROUP", ref }])
      expect(isRegistryChange(message)).toBe(false)
    const change = { type: "REGISTRY", ref, registry: users }
    expect([isRegistryChange(change), isRegistryChange(change, users), isRegistryChange(change, topics)]).toEqual([true, true, false])
    expect([change, {}].filter(isRegistryChange)).toEqual([change])
  })
})

describe("isWanted", () => {
  it("is true of a message that only speaks of a subscription which is over", () => {
    const ref = unique().listen(one().process)
    unique().unlisten(ref)
    const group = topology.groups.monitor(one().process, "chat").ref
    topology.groups.demonitor(group)
    expect([{ type: "ended", ref }, { ref: group }, ref].map(isWanted)).toEqual([true, true, true])
    expect(
      [
        { type: "REGISTRY", ref },
        { type: "GROUP", ref: group },
      ].map(isWanted),
    ).toEqual([false, false])
  })
})
