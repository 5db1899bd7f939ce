/** A service that is spread over partitions: one id, one mailbox, one permission to acquire, one release. */

import { describe, expect, it } from "vitest"
import {
  actor,
  type ChildExtras,
  ChildrenMailbox,
  child,
  type DetachPolicy,
  formatTree,
  Mailbox,
  type MailboxPort,
  PartitionSupervisorMailbox,
  type Pid,
  type Policy,
  partitionSupervisor,
  refuse,
  reset,
  ServerMailbox,
  type ServerSelf,
  SupervisorMailbox,
  server,
  service,
  stopWhenIdle,
  supervisor,
} from "../../src/index.ts"
import { bootApp, bootTree } from "../support/app.ts"
import { fieldOf, refusal } from "../support/errors.ts"
import { CountersMailbox, type CountersOptions, counters, keysOf } from "../support/partitioned-counters.ts"

const KEYS = keysOf(4)
const [K0, K1, K2, K3] = KEYS as [string, string, string, string]

const boot = async (options: CountersOptions = {}, extras: ChildExtras = {}, policies?: readonly Policy[]) => {
  const notes: string[] = []
  const tree = { "app:c": child(counters({ notes, ...options }), extras) }
  const app = await bootApp(tree, policies === undefined ? {} : { policies })
  const { runtime, events } = app
  const acquire = (): Promise<CountersMailbox> => runtime.acquire("app:c")
  const told = (type: string) => events.filter((event) => event.type === type)
  const node = () => runtime.tree().children[0]
  const states = () => node()?.children.map(({ state }) => state)
  return { ...app, notes, acquire, told, node, states }
}

const admin = { as: PartitionSupervisorMailbox }
const allow = (actions: string, resources = "*"): Policy => ({ effect: "allow", actions, resources })
const deny = (actions: string, resources: string): Policy => ({ id: `no ${actions}`, effect: "deny", actions, resources })

describe("a service with partitions", () => {
  it("is one mailbox, whose author says which partition each message is for", async () => {
    const { runtime, acquire, node } = await boot()
    const box = await acquire()
    expect(box).toBeInstanceOf(CountersMailbox)
    expect([box.id, box.principal.id, box.isReleased, String(box)]).toEqual(["app:c", "anonymous", false, "CountersMailbox(app:c)"])
    expect(await Promise.all(KEYS.map((key) => box.add(key)))).toEqual([1, 1, 1, 1])
    expect(await box.all()).toEqual(new Map(KEYS.map((key) => [key, 1])))
    expect(node()?.children.map(({ id }) => id)).toEqual(["app:c#0", "app:c#1", "app:c#2", "app:c#3"])
    const one = await runtime.acquire("app:c", { as: CountersMailbox, key: K2 })
    expect([one.id, await one.all()]).toEqual(["app:c#2", new Map([[K2, 1]])])
    expect(await (await runtime.acquire("app:c#1", { as: CountersMailbox })).get(K1)).toBe(1)
    await runtime.stop()
  })

  it("goes on in its other partitions when one crashes, and what is for that one waits", async () => {
    const { runtime, time, acquire, states } = await boot()
    const box = await acquire()
    await Promise.all(KEYS.map((key) => box.add(key)))
    // The second in a row backs off.
    await refusal(box.crash(K1))
    await refusal(box.crash(K1))
    const waiting = box.add(K1)
    await time.settle()
    expect(states()).toEqual(["running", "backingOff", "running", "running"])
    expect(await Promise.all([box.add(K0), box.add(K2), box.add(K3)])).toEqual([2, 2, 2])
    const late = await acquire()
    const all = late.all()
    await time.advance(20)
    expect(await waiting).toBe(1)
    expect(await all).toEqual(
      new Map([
        [K0, 2],
        [K1, 1],
        [K2, 2],
        [K3, 2],
      ]),
    )
    await runtime.stop()
  })

  it("has as many restarts of each partition as a service of one process", async () => {
    const { runtime, time, acquire, told } = await boot()
    const box = await acquire()
    for (const key of KEYS) {
      for (let crash = 0; crash < 3; crash += 1) {
        await refusal(box.crash(key))
        await time.advance(50)
      }
    }
    expect(told("gave_up")).toEqual([])
    await runtime.sys.suspend("app:c#1")
    const waiting = box.add(K1)
    const [crash, behind] = [refusal(box.crash(K0)), box.add(K0)]
    await crash
    await time.settle()
    expect(told("gave_up")).toMatchObject([{ supervisor: "app:c", child: "app:c#0" }])
    expect(await Promise.all([waiting, behind, (await acquire()).add(K1)])).toEqual([1, 1, 2])
    await runtime.stop()
  })

  it("is asked nothing itself: a message is for one of its partitions", async () => {
    const { runtime, acquire } = await boot()
    const box = await acquire()
    expect(await refusal(box.anywhere())).toMatchObject({ kind: "INVALID", details: { id: "app:c" } })
    expect(box.toAnywhere()).toBe(false)
    await runtime.stop()
  })

  it("refuses a key that is no text", async () => {
    const { runtime, acquire } = await boot()
    const box = await acquire()
    for (const key of [1, Number.NaN, undefined, null, {}, ["a"]]) expect(fieldOf(() => box.add(key as never))).toBe("key")
    expect(await box.add("__proto__")).toBe(1)
    expect(await box.add("")).toBe(1)
    await runtime.stop()
  })

  it("may have one partition alone, and is a service like any other then", async () => {
    const { runtime, acquire } = await boot({ partitions: 1 })
    const box = await acquire()
    expect(await box.add("k")).toBe(1)
    expect(box.ports.length).toBe(1)
    expect(await box.release()).toBe(true)
    await runtime.stop()
  })

  it("gives each partition what it has of its own, at each start", async () => {
    const started: string[] = []
    const definition = server({
      init: (given: string) => void started.push(given),
      call: {
        crash: (): void => {
          throw new Error("boom")
        },
      },
    })
    const asked: number[] = []
    const spread = service({
      kind: "spread",
      server: definition,
      argument: "none",
      argumentOf: (partition) => `part ${asked.push(partition)}`,
      acquire: "spread.get",
      guards: {},
      partitions: 3,
      mailbox: (port) => new ServerMailbox(port, definition),
      partitioned: (port) => new ServerMailbox(port.partitions[1] as MailboxPort, definition),
    })
    expect(asked).toEqual([0, 1, 2])
    const { runtime, time } = await bootApp({ "app:c": spread })
    expect(started).toEqual(["part 1", "part 2", "part 3"])
    await refusal((await runtime.acquire("app:c")).call.crash())
    await time.advance(100)
    expect(started).toEqual(["part 1", "part 2", "part 3", "part 2"])
    expect(asked).toEqual([0, 1, 2])
    await runtime.stop()
  })

  it("is refused where what its partitions have of their own cannot be said, or there are none", () => {
    const cause = new Error("no argument")
    const thrown = fieldOf(() =>
      counters({
        argumentOf: (): never => {
          throw cause
        },
      }),
    )
    expect(thrown).toBe("argumentOf")
    expect(fieldOf(() => counters({ partitions: undefined as never, argumentOf: () => undefined }))).toBe("argumentOf")
  })

  it("is one process where nothing is said of partitions", async () => {
    const { runtime, acquire, node } = await boot({ partitions: undefined as never })
    const box = await acquire()
    expect([await box.add("k"), node()?.type, node()?.children]).toEqual([1, "worker", []])
    await runtime.stop()
  })
})

describe("acquiring a service with partitions", () => {
  it("asks once for permission, on the id", async () => {
    const { runtime, acquire, told } = await boot({}, {}, [allow("counters.*", "app:c")])
    const box = await acquire()
    expect(await box.add(K3)).toBe(1)
    const denied = await refusal(runtime.as({ id: "guest" }).acquire("app:other", { as: Mailbox }))
    expect(denied.kind).toBe("PERMISSION_DENIED")
    runtime.security.addPolicy(deny("counters.get", "app:c"))
    const before = told("denied").length
    expect(await refusal(acquire())).toMatchObject({ kind: "PERMISSION_DENIED", details: { resource: "app:c" } })
    expect(told("denied").slice(before)).toMatchObject([{ action: "counters.get", resource: "app:c" }])
    await runtime.stop()
  })

  it("is told of once, and counted as one mailbox", async () => {
    const { runtime, acquire, told, node } = await boot()
    const box = await acquire()
    expect(told("attached")).toEqual([expect.objectContaining({ service: "app:c", principal: "anonymous", attachment: box.number })])
    expect(new Set(box.ports.map(({ id }) => id))).toEqual(new Set([box.number]))
    expect([node()?.attachments, node()?.children.map(({ attachments }) => attachments)]).toEqual([1, [1, 1, 1, 1]])
    expect(formatTree(runtime.tree())).toContain("app:c#3")
    await box.release()
    expect(told("detached")).toMatchObject([{ service: "app:c", cause: "released", decision: "keep", remaining: 0 }])
    expect([node()?.attachments, node()?.children.map(({ attachments }) => attachments)]).toEqual([0, [0, 0, 0, 0]])
    await runtime.stop()
  })

  it("in a loop is noticed once, for the id", async () => {
    const { runtime, acquire, told } = await boot()
    for (let count = 0; count < 1_002; count += 1) await acquire()
    expect(told("many_attachments")).toMatchObject([{ service: "app:c", held: 1_001 }])
    await runtime.stop()
  })

  it("counts no mailbox of a partition twice", async () => {
    const { runtime, acquire, told } = await boot()
    for (let count = 0; count < 1_000; count += 1) await runtime.acquire("app:c#0", { as: CountersMailbox })
    for (let count = 0; count < 5; count += 1) await (await acquire()).release()
    await runtime.acquire("app:c#0", { as: CountersMailbox })
    expect(told("many_attachments")).toMatchObject([{ service: "app:c#0", held: 1_001 }])
    await runtime.stop()
  })

  it("takes the class that is asked for; the supervisor's is the way to the supervisor", async () => {
    const { runtime } = await boot()
    for (const as of [CountersMailbox, Mailbox]) expect(await runtime.acquire("app:c", { as })).toBeInstanceOf(CountersMailbox)
    const box = await runtime.acquire("app:c", admin)
    expect(box).toBeInstanceOf(PartitionSupervisorMailbox)
    expect([box.partitions, await box.countChildren()]).toEqual([4, { specs: 4, active: 4, supervisors: 0, workers: 4 }])
    expect(await runtime.acquire("app:c", { as: ChildrenMailbox })).toBeInstanceOf(PartitionSupervisorMailbox)
    expect((await refusal(runtime.acquire("app:c", { as: SupervisorMailbox }))).kind).toBe("INVALID")
    class Other extends Mailbox {}
    expect((await refusal(runtime.acquire("app:c", { as: Other }))).message).toBe("app:c is a counters: its mailbox is no Other")
    await runtime.stop()
  })

  it("needs supervisor.acquire for the supervisor, and the service's own action for the service", async () => {
    const { runtime, acquire } = await boot({}, {}, [allow("supervisor.*")])
    expect((await (await runtime.acquire("app:c", admin)).whichChildren()).length).toBe(4)
    expect((await refusal(acquire())).kind).toBe("PERMISSION_DENIED")
    runtime.security.setPolicies([allow("counters.*")])
    expect(await (await acquire()).add("k")).toBe(1)
    expect((await refusal(runtime.acquire("app:c", admin))).kind).toBe("PERMISSION_DENIED")
    await runtime.stop()
  })

  it("is all or none: where a partition is down for good nobody is attached anywhere", async () => {
    const { runtime, acquire, told, node } = await boot({}, { restart: "transient" })
    const held = await acquire()
    await runtime.stopProcess(runtime.whereis("app:c#2") as Pid)
    const before = told("attached").length
    expect(await refusal(acquire())).toMatchObject({ kind: "UNAVAILABLE", details: { id: "app:c#2" } })
    expect(told("attached").length).toBe(before)
    expect(node()?.children.map(({ attachments }) => attachments)).toEqual([1, 1, 1, 1])
    expect([await held.add(K0), (await refusal(held.add(K2))).kind]).toEqual([1, "UNAVAILABLE"])
    expect(await held.release()).toBe(true)
    expect(node()?.children.map(({ attachments }) => attachments)).toEqual([0, 0, 0, 0])
    await runtime.stop()
  })

  it("by a process that has ended meanwhile leaves nothing behind", async () => {
    const { runtime, time, node } = await boot({}, { onDetach: stopWhenIdle() })
    const hasty = actor(async (self) => {
      await self.acquire("app:c", { as: CountersMailbox })
    })
    await runtime.whenEnded(runtime.spawn(hasty))
    await time.settle()
    expect([node()?.state, node()?.attachments]).toEqual(["stopped", 0])
    await runtime.stop()
  })

  it("is there for processes, and as somebody", async () => {
    const { runtime } = await boot({}, {}, [allow("*")])
    const seen: unknown[] = []
    const asker = actor(async (self) => {
      const box = await self.acquire("app:c", { as: CountersMailbox })
      seen.push(box.principal.id, await box.add(K1), await box.all())
    })
    await runtime.whenEnded(runtime.as({ id: "alice" }).spawn(asker))
    expect(seen).toEqual(["alice", 1, new Map([[K1, 1]])])
    await runtime.stop()
  })

  it("begun by a process that has ended leaves no unhandled rejection, whatever becomes of it", async () => {
    const { runtime, time } = await boot({}, { restart: "temporary" })
    await runtime.sys.suspend("app:c#1")
    const careless = actor(async (self) => {
      const box = await self.acquire("app:c", { as: CountersMailbox })
      void box.all()
      await Promise.resolve()
      self.after(10, "end")
      await self.receive(() => true)
      void box.refusing()
    })
    const ended = runtime.whenEnded(runtime.spawn(careless))
    await time.advance(20)
    await ended
    runtime.exit(runtime.whereis("app:c#1") as Pid, "kill")
    await time.settle()
    await runtime.stop()
  })

  it("tells who would wait for a partition that waits for them to start", async () => {
    const seen: unknown[] = []
    const begin = (self: ServerSelf) =>
      new Promise<void>((begun) => {
        const below = actor(async (own) => {
          begun()
          seen.push((await own.acquire("app:c", { as: CountersMailbox })).deadlock)
        })
        const starting = server({
          init: async (_argument: undefined, own) => {
            const box = await own.acquire("app:c", { as: CountersMailbox })
            seen.push((box.deadlock as { kind?: string } | undefined)?.kind)
            begun()
            return {}
          },
        })
        if (seen.length === 0) self.spawn(starting, undefined)
        else self.spawn(below, undefined)
      })
    const { runtime, time } = await bootApp({ "app:c": counters({ begin, partitions: 2 }) })
    await time.settle()
    expect(seen).toEqual(["CONFLICT", undefined])
    await runtime.stop()
  })

  it("gives nothing for a mailbox of another make", async () => {
    const { runtime, acquire } = await boot({ partitioned: (async () => {}) as never })
    expect((await refusal(acquire())).kind).toBe("INVALID")
    await runtime.stop()
  })
})

describe("a message to a partition", () => {
  it("is judged by what is said of the id and of the partition, with its attributes", async () => {
    const guest: Policy = {
      id: "own",
      effect: "deny",
      actions: "counters.add",
      resources: "app:c",
      conditions: [{ field: "attributes.key", operator: "eq", value: K1 }],
    }
    const { runtime, acquire } = await boot({}, {}, [allow("*", "app:c"), guest, deny("counters.read", "app:c#3")])
    const box = await acquire()
    expect(await box.add(K0)).toBe(1)
    expect(await refusal(box.add(K1))).toMatchObject({ kind: "PERMISSION_DENIED", details: { resource: "app:c", key: K1, policy: "own" } })
    expect(await box.get(K1)).toBe(0)
    expect((await refusal(box.get(K3))).kind).toBe("PERMISSION_DENIED")
    runtime.security.removePolicy("own")
    expect(await box.add(K1)).toBe(1)
    await runtime.stop()
  })

  it("takes room in that partition's inbox alone", async () => {
    const { runtime, time, acquire } = await boot({}, { inbox: { capacity: 2 } })
    const box = await acquire()
    await runtime.sys.suspend("app:c#1")
    const waiting = [box.add(K1), box.add(K1)]
    await time.settle()
    expect((await refusal(box.add(K1))).kind).toBe("RATE_LIMITED")
    expect(await box.add(K0)).toBe(1)
    await runtime.sys.resume("app:c#1")
    expect(await Promise.all(waiting)).toEqual([1, 2])
    await runtime.stop()
  })
})

describe("releasing a mailbox over partitions", () => {
  it("comes behind what was posted to each, and is true again when repeated", async () => {
    const { runtime, time, acquire } = await boot()
    const box = await acquire()
    await runtime.sys.suspend("app:c#2")
    const adding = KEYS.map((key) => box.add(key))
    let isReleased = false
    const released = box.release().then((answer) => {
      isReleased = true
      return answer
    })
    await time.settle()
    expect([isReleased, box.isReleased]).toEqual([false, true])
    expect(await refusal(box.get(K0))).toMatchObject({ kind: "INVALID", message: "counters released" })
    await runtime.sys.resume("app:c#2")
    expect(await Promise.all(adding)).toEqual([1, 1, 1, 1])
    expect([await released, await box.release(), String(box)]).toEqual([true, true, "CountersMailbox(app:c, released)"])
    await runtime.stop()
  })

  it("is told to each partition, with the mailbox's number", async () => {
    const { runtime, time, acquire, notes } = await boot()
    const box = await acquire()
    for (const key of KEYS) await box.add(key)
    await box.release()
    await time.settle()
    expect([...notes].sort()).toEqual([...KEYS].map((key) => `${key} left by ${box.number}`).sort())
    await runtime.stop()
  })

  it("is told to a partition that ends meanwhile, before its end", async () => {
    const { runtime, time, acquire, notes } = await boot()
    const box = await acquire()
    await box.add(K0)
    await runtime.sys.suspend("app:c#0")
    await runtime.sys.suspend("app:c#1")
    const released = box.release()
    await time.settle()
    await runtime.stopProcess(runtime.whereis("app:c#0") as Pid)
    expect(notes).toEqual([`${K0} left by ${box.number}`, `${K0} ended`])
    await runtime.sys.resume("app:c#1")
    expect(await released).toBe(true)
    await runtime.stop()
  })

  it("is told once to a partition that crashes meanwhile, though the next incarnation has its state", async () => {
    const { runtime, time, acquire, notes } = await boot({}, { state: "retain" })
    const [box, other] = [await acquire(), await acquire()]
    await box.add(K0)
    await runtime.sys.suspend("app:c#0")
    await runtime.sys.suspend("app:c#1")
    const crashing = refusal(other.crash(K0))
    const released = box.release()
    await runtime.sys.resume("app:c#0")
    await crashing
    await time.settle()
    expect(await other.add(K0)).toBe(2)
    await runtime.sys.resume("app:c#1")
    expect(await released).toBe(true)
    expect(await other.add(K0)).toBe(3)
    expect(notes.filter((note) => note === `${K0} left by ${box.number}`)).toHaveLength(1)
    await runtime.stop()
  })

  it("is told again where it was refused, and is given back again", async () => {
    let isKept = true
    const onDetach: DetachPolicy = () => ({ action: isKept ? "refuse" : "keep" })
    const { runtime, time, acquire, notes } = await boot({}, { onDetach })
    const box = await acquire()
    await runtime.sys.suspend("app:c#0")
    await runtime.sys.suspend("app:c#1")
    const released = box.release()
    await time.settle()
    await runtime.stopProcess(runtime.whereis("app:c#0") as Pid)
    await runtime.sys.resume("app:c#1")
    expect(await released).toBe(false)
    await box.add(K0)
    isKept = false
    expect(await box.release()).toBe(true)
    await time.settle()
    expect(notes).toContain(`${K0} left by ${box.number}`)
    await runtime.stop()
  })

  it("of one partition's port is releasing all", async () => {
    const { runtime, acquire, node } = await boot()
    const box = await acquire()
    expect(await box.ports[1]?.release()).toBe(true)
    expect(box.isReleased && box.ports.every(({ isReleased }) => isReleased)).toBe(true)
    expect(node()?.attachments).toBe(0)
    await runtime.stop()
  })

  it("follows the end of an `await using` block", async () => {
    const { runtime, acquire, node } = await boot()
    {
      await using box = await acquire()
      await box.add("k")
    }
    expect(node()?.attachments).toBe(0)
    await runtime.stop()
  })

  it("waits for a partition that is down, and its queued messages are still served", async () => {
    const { runtime, time, acquire } = await boot({}, { backoff: { initialMs: 100 } })
    const box = await acquire()
    await refusal(box.crash(K1))
    await refusal(box.crash(K1))
    const adding = box.add(K1)
    const released = box.release()
    await time.advance(200)
    expect([await adding, await released]).toEqual([1, true])
    await runtime.stop()
  })

  it("is refused as a whole: the policy is asked once, and nobody has left anywhere", async () => {
    const asked: unknown[] = []
    const onDetach: DetachPolicy = (event) => {
      asked.push(event)
      return { action: asked.length === 1 ? "refuse" : "keep" }
    }
    const { runtime, time, acquire, notes, node } = await boot({}, { onDetach })
    const [box] = [await acquire(), await acquire()]
    expect(await box.release()).toBe(false)
    expect(asked).toEqual([{ id: "app:c", principal: "anonymous", remaining: 1, cause: "released" }])
    await time.settle()
    expect([box.isReleased, notes, node()?.attachments]).toEqual([false, [], 2])
    expect(await Promise.all(KEYS.map((key) => box.add(key)))).toEqual([1, 1, 1, 1])
    expect(await box.release()).toBe(true)
    await time.settle()
    expect(notes.length).toBe(4)
    await runtime.stop()
  })

  it("by a process that dies cannot be refused", async () => {
    const { runtime, time, told, node, notes } = await boot({}, { onDetach: refuse })
    const holder = actor(async (self) => {
      const box = await self.acquire("app:c", { as: CountersMailbox })
      await Promise.all(KEYS.map((key) => box.add(key)))
      throw new Error("gone")
    })
    await runtime.whenEnded(runtime.spawn(holder))
    await time.settle()
    expect(told("detached")).toMatchObject([{ service: "app:c", cause: "caller_ended" }])
    expect([node()?.attachments, node()?.children.map(({ attachments }) => attachments), notes.length]).toEqual([0, [0, 0, 0, 0], 4])
    await runtime.stop()
  })

  it("is refused where the policy fails, and the mailbox goes on", async () => {
    const onDetach = () => {
      throw new Error("boom")
    }
    const { runtime, acquire } = await boot({}, { onDetach })
    const box = await acquire()
    expect((await refusal(box.release())).kind).toBe("INTERNAL")
    expect(await box.add("k")).toBe(1)
    await runtime.stop()
  })

  it("has all partitions stopped once idle, and the next acquire starts them all", async () => {
    const { runtime, time, acquire, node, notes } = await boot({}, { onDetach: stopWhenIdle({ lingerMs: 100 }) })
    const [box, other] = [await acquire(), await acquire()]
    await Promise.all(KEYS.map((key) => box.add(key)))
    await box.release()
    await time.advance(200)
    expect(node()?.state).toBe("running")
    await other.release()
    await time.advance(50)
    expect(node()?.state).toBe("running")
    await time.advance(100)
    expect([node()?.state, notes.filter((note) => note.endsWith("ended")).length]).toEqual(["stopped", 4])
    const again = await acquire()
    expect([node()?.state, await again.all()]).toEqual(["running", new Map()])
    await runtime.stop()
  })

  it("does not stop them while somebody has a mailbox of one partition", async () => {
    const { runtime, time, acquire, node } = await boot({}, { onDetach: stopWhenIdle() })
    const [box, one] = [await acquire(), await runtime.acquire("app:c#2", { as: CountersMailbox })]
    await box.release()
    await time.settle()
    expect(node()?.state).toBe("running")
    await one.release()
    await time.settle()
    expect(node()?.state).toBe("stopped")
    await runtime.stop()
  })

  it("has each partition begin anew where the policy says reset, and what others posted waits", async () => {
    const { runtime, time, acquire, told } = await boot({}, { onDetach: reset })
    const [box, other] = [await acquire(), await acquire()]
    await Promise.all(KEYS.map((key) => box.add(key)))
    const released = box.release()
    const adding = KEYS.map((key) => other.add(key))
    expect(await released).toBe(true)
    await time.settle()
    for (const count of await Promise.all(adding)) expect([1, 2]).toContain(count)
    expect(await other.all()).toEqual(new Map())
    expect(told("gave_up")).toEqual([])
    await runtime.stop()
  })
})

describe("what is said of the child", () => {
  it("holds for each partition: restart and state", async () => {
    const { runtime, time, acquire, states } = await boot({}, { state: "retain", restart: "transient" })
    const box = await acquire()
    await Promise.all(KEYS.map((key) => box.add(key)))
    await refusal(box.crash(K1))
    await time.settle()
    expect(await box.all()).toEqual(new Map(KEYS.map((key) => [key, 1])))
    await runtime.stopProcess(runtime.whereis("app:c#3") as Pid)
    expect(states()).toEqual(["running", "running", "running", "stopped"])
    await runtime.stop()
  })

  it("holds for each partition: how long it may take to stop, and whom it acts as", async () => {
    const owners: string[] = []
    const sleepy = service({
      kind: "sleepy",
      server: server({
        init: async (_argument: undefined, self) => {
          owners.push((await self.acquire("app:names", { as: Mailbox })).principal.id)
          return {}
        },
        terminate: () => new Promise<void>(() => {}),
      }),
      argument: undefined,
      acquire: "sleepy.get",
      guards: {},
      mailbox: (port) => new CountersMailbox(port, undefined as never),
      partitions: 2,
      partitioned: (port) => new CountersMailbox(port, undefined as never),
    })
    const names = server({ init: () => ({}) })
    const { runtime, time, events } = await bootApp({
      "app:names": names,
      "app:c": child(sleepy, { principal: { id: "svc" }, shutdown: 70, requires: ["app:names"] }),
    })
    expect(owners).toEqual(["svc", "svc"])
    const stopped = runtime.stop()
    await time.advance(140)
    await stopped
    const killed = events.filter((event) => event.type === "child_stopped" && event.reason === "killed")
    expect(killed).toMatchObject([{ child: "app:c#1" }, { child: "app:c#0" }])
  })

  it("holds for the whole, where it is of the whole: what requires it, and what it requires", async () => {
    const order: string[] = []
    const noted = (name: string) => server({ init: () => ({ at: order.push(name) }) })
    const { runtime } = await bootApp({
      "app:after": child(noted("after"), { requires: ["app:c"] }),
      "app:c": child(counters(), { requires: ["app:before"] }),
      "app:before": noted("before"),
      "app:one": child(noted("one"), { requires: ["app:c#1"] }),
    })
    expect(order).toEqual(["before", "after", "one"])
    expect(runtime.tree().children.map(({ id }) => id)).toEqual(["app:before", "app:c", "app:after", "app:one"])
    await runtime.stop()
  })

  it("is checked where it is said", async () => {
    expect(fieldOf(() => child(counters(), { restart: "no" as never }))).toBe("child.restart")
    expect(fieldOf(() => child(counters(), { onDetach: 1 as never }))).toBe("child.onDetach")
    expect(fieldOf(() => child(counters(), { restart: "transient", significant: true }))).toBe("child.significant")
    expect(fieldOf(() => supervisor({ children: { a: child(counters(), { requires: [1 as never] }) } }))).toBe("child.requires[0]")
    expect(fieldOf(() => partitionSupervisor({ child: counters(), partitions: 2 }))).toBe("child")
    const taken = await bootApp({ "app:c": counters(), "app:c#1": server({ init: () => ({}) }) }).catch((error: unknown) => error)
    expect(taken).toMatchObject({ kind: "INVALID", details: { field: 'children["app:c#1"]' } })
  })
})

describe("the definition", () => {
  it("is checked when it is made", () => {
    for (const partitions of [0, -1, 1.5, Number.NaN, 65_537, "2" as never])
      expect(fieldOf(() => counters({ partitions }))).toBe("partitions")
    expect(fieldOf(() => counters({ partitioned: 1 as never }))).toBe("partitioned")
    expect(fieldOf(() => counters({ partitioned: undefined as never }))).toBe("partitioned")
    expect(counters({ partitions: 65_536 })).toBeDefined()
  })

  it("can be added while the application runs, and taken away", async () => {
    const { runtime, time } = await bootTree(supervisor({ children: {} }))
    const root = await runtime.acquire("root")
    await root.startChild("app:late", counters({ partitions: 2 }))
    const box = await runtime.acquire("app:late", { as: CountersMailbox })
    expect(await box.add("k")).toBe(1)
    await root.terminateChild("app:late")
    await root.deleteChild("app:late")
    await time.settle()
    expect((await refusal(box.add("k"))).kind).toBe("UNAVAILABLE")
    expect((await refusal(runtime.acquire("app:late", { as: CountersMailbox }))).kind).toBe("NOT_FOUND")
    expect((await refusal(runtime.acquire("app:late#0", { as: CountersMailbox }))).kind).toBe("NOT_FOUND")
    await root.startChild("app:late", counters({ partitions: 3 }))
    expect((await runtime.acquire("app:late", { as: CountersMailbox })).ports.length).toBe(3)
    expect(await box.release()).toBe(true)
    await runtime.stop()
  })
})

/** Holds up whoever waits, while it is shut. */
const gateway = () => {
  const gate = {
    isShut: false,
    open: () => {},
    pass: (): unknown => (gate.isShut ? new Promise<void>((open) => (gate.open = open)) : undefined),
  }
  return gate
}

describe("while all its partitions are down", () => {
  /** With a neighbour whose crash takes them along, and another one that may be slow to start. */
  const bootGroup = async () => {
    const gate = gateway()
    const first = server({ init: async () => ({ passed: await gate.pass() }) })
    const crasher = server({
      init: () => ({}),
      cast: {
        crash: () => {
          throw new Error("boom")
        },
      },
    })
    const children = { "app:first": first, "app:crasher": crasher, "app:c": counters() }
    const app = await bootApp({ group: supervisor({ strategy: "one_for_all", children }) })
    const crash = async (): Promise<void> => {
      gate.isShut = true
      const box = await app.runtime.acquire("app:crasher")
      box.cast.crash()
      await app.time.settle()
    }
    const states = () => app.runtime.tree().children[0]?.children.map(({ state }) => state)
    return { ...app, gate, crash, states }
  }

  it("a mailbox keeps what is posted for the next incarnations, and another one is given at once", async () => {
    const { runtime, time, gate, crash, states } = await bootGroup()
    const box = await runtime.acquire("app:c")
    await Promise.all(KEYS.map((key) => box.add(key)))
    await runtime.sys.suspend("app:c#1")
    const queued = box.add(K1)
    await crash()
    expect(states()).toEqual(["starting", "backingOff", "backingOff"])
    const [adding, late] = [Promise.all(KEYS.map((key) => box.add(key))), await runtime.acquire("app:c")]
    const other = late.get(K0)
    await time.settle()
    gate.open()
    expect(await Promise.all([queued, adding, other])).toEqual([1, [1, 2, 1, 1], 1])
    await runtime.stop()
  })

  it("for good, what waits is handed back", async () => {
    const { runtime, time, crash } = await bootGroup()
    const box = await runtime.acquire("app:c")
    await crash()
    const [adding, root] = [refusal(box.add(K1)), await runtime.acquire("root")]
    const ending = root.terminateChild("group")
    await time.advance(5_000)
    expect((await adding).kind).toBe("UNAVAILABLE")
    await ending
    expect((await refusal(box.add(K2))).kind).toBe("UNAVAILABLE")
    expect((await refusal(runtime.acquire("app:c"))).kind).toBe("UNAVAILABLE")
    expect(await box.release()).toBe(true)
    await runtime.stop()
  })

  it("for good, while some of them still end, what is for the others is refused at once", async () => {
    const gate = gateway()
    gate.isShut = true
    const { runtime, time } = await bootApp({ "app:c": counters({ end: () => gate.pass() }) })
    const box = await runtime.acquire("app:c")
    const root = await runtime.acquire("root")
    const ending = root.terminateChild("app:c")
    await time.settle()
    gate.open()
    await time.settle()
    expect(runtime.tree().children[0]?.children.map(({ state }) => state)).toEqual(["running", "running", "stopping", "stopped"])
    expect((await refusal(box.add(K3))).kind).toBe("UNAVAILABLE")
    expect(await box.add(K0)).toBe(1)
    gate.isShut = false
    gate.open()
    await ending
    await runtime.stop()
  })

  it("while they start, a mailbox is given at once, and what is posted to one that has not begun to waits", async () => {
    const gate = gateway()
    const { runtime, time } = await bootApp({ "app:c": counters({ begin: () => gate.pass() }) })
    const root = await runtime.acquire("root")
    await root.terminateChild("app:c")
    expect((await refusal(runtime.acquire("app:c"))).kind).toBe("UNAVAILABLE")
    gate.isShut = true
    const restarting = root.restartChild("app:c")
    await time.settle()
    expect(runtime.tree().children[0]?.children.map(({ state }) => state)).toEqual(["starting", "stopped", "stopped", "stopped"])
    const adding = (await runtime.acquire("app:c")).add(K3)
    await time.settle()
    gate.isShut = false
    gate.open()
    expect(await adding).toBe(1)
    await restarting
    await runtime.stop()
  })

  it("one that starts is told at once that another, which starts after it, would wait for it", async () => {
    const refused: unknown[] = []
    const begin = async (self: ServerSelf): Promise<void> => {
      const box = await self.acquire("app:c", { as: CountersMailbox })
      for (const key of KEYS) refused.push(await box.add(key).catch(({ kind }) => kind))
    }
    const { runtime } = await bootApp({ "app:c": counters({ begin, partitions: 4 }) })
    expect(refused.slice(0, 4)).toEqual(["CONFLICT", "UNAVAILABLE", "UNAVAILABLE", "UNAVAILABLE"])
    expect(refused.slice(12)).toEqual([3, 2, 1, "CONFLICT"])
    await runtime.stop()
  })
})

describe("a stop that drains", () => {
  it("has each partition serve what it had accepted", async () => {
    const { runtime, time, acquire } = await boot()
    const box = await acquire()
    for (const index of KEYS.keys()) await runtime.sys.suspend(`app:c#${index}`)
    const adding = Promise.all(KEYS.map((key) => box.add(key)))
    await time.settle()
    const stopped = runtime.stop({ drain: true, timeoutMs: 10_000 })
    for (const index of KEYS.keys()) await runtime.sys.resume(`app:c#${index}`)
    expect(await adding).toEqual([1, 1, 1, 1])
    await time.advance(10_000)
    await stopped
  })
})

describe("a partition that holds a mailbox of its own service", () => {
  it("can give it back in its own turn", async () => {
    const released: unknown[] = []
    const begin = async (self: ServerSelf): Promise<void> => {
      const box = await self.acquire("app:c", { as: CountersMailbox })
      self.async(async () => void released.push(await box.release()))
    }
    const { runtime, time } = await bootApp({ "app:c": counters({ begin, partitions: 2 }) })
    await time.settle()
    expect(released).toEqual([true, true])
    expect(runtime.tree().children[0]?.attachments).toBe(0)
    await runtime.stop()
  })

  it("has it given back when it crashes", async () => {
    const begin = (self: ServerSelf): Promise<unknown> => self.acquire("app:c", { as: CountersMailbox })
    const { runtime, time } = await bootApp({ "app:c": counters({ begin, partitions: 2 }) })
    const box = await runtime.acquire("app:c")
    expect(runtime.tree().children[0]?.attachments).toBe(3)
    await refusal(box.crash(keysOf(2)[0] as string))
    await time.advance(100)
    expect(runtime.tree().children[0]?.attachments).toBe(3)
    expect(await box.add("k")).toBe(1)
    await runtime.stop()
  })
})
