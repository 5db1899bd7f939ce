import { beforeEach, describe, expect, it } from "vitest"
import { Unavailable } from "../../src/kernel/errors.ts"
import type { ExitReason } from "../../src/kernel/exit-reason.ts"
import { Kernel } from "../../src/kernel/kernel.ts"
import { virtualTime } from "../../src/testing.ts"
import { isDown } from "../../src/topology/monitors.ts"
import { isExit, isWanted, Topology } from "../../src/topology/topology.ts"
import { fieldOf } from "../support/errors.ts"
import { type HookedProcess, launch } from "../support/hooked-process.ts"

const boom = new Error("boom")
let time = virtualTime()
let kernel = new Kernel(time)
let topology = new Topology(kernel)

interface Watcher {
  readonly process: HookedProcess
  readonly seen: unknown[]
  readonly ends: ExitReason[]
}

/** A running process that notes what it gets, and why it ended. */
function member(trapExit = false): Watcher {
  const seen: unknown[] = []
  const ends: ExitReason[] = []
  const process = launch(kernel, { handle: (message) => void (isWanted(message) && seen.push(message)) })
  process.trapExit = trapExit
  process.onEnded((reason) => ends.push(reason))
  return { process, seen, ends }
}

/** As its supervisor would: an exit for a reason that nobody traps. */
async function end({ process }: Watcher, reason: ExitReason): Promise<void> {
  process.urge({ type: "exit", reason })
  await time.settle()
}

describe("a pid of another runtime", () => {
  it("can be neither linked nor watched: its end would never be heard of", () => {
    const stranger = launch(new Kernel(virtualTime())).pid
    const { process } = member()
    expect(fieldOf(() => topology.link(process, stranger))).toBe("pid")
    expect(fieldOf(() => topology.unlink(process, stranger))).toBe("pid")
    expect(fieldOf(() => topology.monitor(process, stranger))).toBe("pid")
    expect([...topology.linkedTo(process)]).toEqual([])
  })
})

beforeEach(() => {
  time = virtualTime()
  kernel = new Kernel(time)
  topology = new Topology(kernel)
})

describe("link", () => {
  it.each([
    ["a crash", { error: boom }, { error: boom }],
    ["shutdown", "shutdown", "shutdown"],
    ["shutdown with a word", { shutdown: "tired" }, { shutdown: "tired" }],
    ["a kill", "kill", "killed"],
  ] as const)("carries %s to the other end, both ways", async (_what, reason, seenAs) => {
    const pairs = [
      [member(), member()],
      [member(), member()],
    ] as const
    for (const [one, other] of pairs) topology.link(one.process, other.process.pid)
    await end(pairs[0][0], reason)
    await end(pairs[1][1], reason)
    expect([pairs[0][1].ends, pairs[1][0].ends]).toEqual([[seenAs], [seenAs]])
  })

  it("does not carry normal to a process that does not trap exits", async () => {
    const [one, other] = [member(), member()]
    topology.link(one.process, other.process.pid)
    await end(one, "normal")
    expect([other.ends, other.seen]).toEqual([[], []])
  })

  it("carries an end through a chain of links", async () => {
    const [one, two, three] = [member(), member(), member()]
    topology.link(one.process, two.process.pid)
    topology.link(two.process, three.process.pid)
    await end(one, { error: boom })
    expect([two.ends, three.ends]).toEqual([[{ error: boom }], [{ error: boom }]])
  })

  it("is one between two processes, however often it is made: one unlink undoes it, from either side", async () => {
    const [one, other] = [member(), member()]
    topology.link(one.process, other.process.pid)
    topology.link(one.process, other.process.pid)
    topology.link(other.process, one.process.pid)
    topology.unlink(other.process, one.process.pid)
    await end(one, { error: boom })
    expect(other.ends).toEqual([])
  })

  it("gives a trapping process one EXIT, though the link was made twice", async () => {
    const [one, other] = [member(), member(true)]
    topology.link(one.process, other.process.pid)
    topology.link(other.process, one.process.pid)
    await end(one, "normal")
    expect(other.seen).toEqual([{ type: "EXIT", from: one.process.pid, reason: "normal" }])
  })

  it("to a process that has ended is answered with noproc: an exit, or an EXIT for who traps", async () => {
    const [dead, plain, trapping] = [member(), member(), member(true)]
    await end(dead, "normal")
    topology.link(plain.process, dead.process.pid)
    topology.link(trapping.process, dead.process.pid)
    await time.settle()
    expect(plain.ends).toEqual(["noproc"])
    expect(trapping.seen).toEqual([{ type: "EXIT", from: dead.process.pid, reason: "noproc" }])
  })

  it("by a process that has ended gives the other the noproc", async () => {
    const [dead, other] = [member(), member()]
    await end(dead, "normal")
    topology.link(dead.process, other.process.pid)
    await time.settle()
    expect(other.ends).toEqual(["noproc"])
  })

  it("to oneself does nothing", async () => {
    const one = member(true)
    topology.link(one.process, one.process.pid)
    await end(one, { error: boom })
    expect([one.ends, one.seen]).toEqual([[{ error: boom }], []])
  })

  it("of a process that trapped and ended is gone: the other's end makes no signal", async () => {
    const [one, other] = [member(), member()]
    topology.link(one.process, other.process.pid)
    await end(one, "normal")
    await end(other, { error: boom })
    expect(one.ends).toEqual(["normal"])
  })
})

describe("trapped exits", () => {
  it("become EXIT messages in the order of the ends, normal ones too, and the process goes on", async () => {
    const trapping = member(true)
    const peers = [member(), member(), member()]
    for (const { process } of peers) topology.link(trapping.process, process.pid)
    const reasons: ExitReason[] = [{ error: boom }, "normal", "shutdown"]
    for (const [i, peer] of peers.entries()) peer.process.urge({ type: "exit", reason: reasons[i] ?? "normal" })
    await time.settle()
    expect(trapping.seen).toEqual(peers.map(({ process }, i) => ({ type: "EXIT", from: process.pid, reason: reasons[i] })))
    expect(trapping.ends).toEqual([])
  })

  it("stand in order with messages, and come through a full inbox", async () => {
    const seen: unknown[] = []
    const trapping = launch(kernel, { handle: (message) => void seen.push(isExit(message) ? "EXIT" : message) }, "", { capacity: 1 })
    trapping.trapExit = true
    const peer = member()
    await time.settle()
    topology.link(trapping, peer.process.pid)
    kernel.tell(trapping.inbox, undefined, "before", undefined)
    topology.exit(trapping, peer.process.pid, "shutdown")
    topology.exit(trapping, peer.process.pid, "shutdown")
    await time.settle()
    kernel.tell(trapping.inbox, undefined, "after", undefined)
    await time.settle()
    expect(seen).toEqual(["before", "EXIT", "EXIT", "after"])
  })

  it("see a linked process's kill as killed, and survive it", async () => {
    const [victim, trapping] = [member(), member(true)]
    topology.link(victim.process, trapping.process.pid)
    await end(victim, "kill")
    expect([victim.ends, trapping.ends]).toEqual([["killed"], []])
    expect(trapping.seen).toMatchObject([{ reason: "killed" }])
  })
})

describe("exit", () => {
  it("by kill ends even a process that traps exits, which others see as killed", async () => {
    const [trapping, sender] = [member(true), member()]
    await time.settle()
    topology.exit(trapping.process, sender.process.pid, "kill")
    await time.settle()
    expect([trapping.ends, trapping.seen]).toEqual([["killed"], []])
  })

  it("by normal is ignored by another process, and ends a process that sends it to itself", async () => {
    const [one, other] = [member(), member()]
    topology.exit(one.process, other.process.pid, "normal")
    topology.exit(other.process, other.process.pid, "normal")
    await time.settle()
    expect([one.ends, other.ends]).toEqual([[], ["normal"]])
  })

  it("that is trapped names who sent it", async () => {
    const [trapping, sender] = [member(true), member()]
    topology.exit(trapping.process, sender.process.pid, "normal")
    await time.settle()
    expect(trapping.seen).toEqual([{ type: "EXIT", from: sender.process.pid, reason: "normal" }])
  })
})

describe("monitor", () => {
  it.each([
    ["normal", "normal", "normal"],
    ["a crash", { error: boom }, { error: boom }],
    ["a kill", "kill", "killed"],
  ] as const)("gives a DOWN on %s, and does not touch the watcher", async (_what, reason, seenAs) => {
    const [watcher, target] = [member(), member()]
    const ref = topology.monitor(watcher.process, target.process.pid)
    await end(target, reason)
    expect(watcher.seen).toEqual([{ type: "DOWN", ref, pid: target.process.pid, reason: seenAs }])
    expect(isDown(watcher.seen[0])).toBe(true)
    expect(watcher.ends).toEqual([])
  })

  it("gives exactly one DOWN for each ref, in the order they were made", async () => {
    const [watcher, target] = [member(), member()]
    const refs = [1, 2, 3].map(() => topology.monitor(watcher.process, target.process.pid))
    await end(target, "shutdown")
    await end(target, "kill")
    expect(new Set(refs).size).toBe(3)
    expect(watcher.seen).toEqual(refs.map((ref) => ({ type: "DOWN", ref, pid: target.process.pid, reason: "shutdown" })))
  })

  it("of a process that has ended gives one DOWN with noproc", async () => {
    const [watcher, target] = [member(), member()]
    await end(target, "normal")
    const ref = topology.monitor(watcher.process, target.process.pid)
    await time.settle()
    expect(watcher.seen).toEqual([{ type: "DOWN", ref, pid: target.process.pid, reason: "noproc" }])
  })

  it("is over with its watcher: the target's end reaches nobody", async () => {
    const [watcher, target] = [member(), member()]
    topology.monitor(watcher.process, target.process.pid)
    await end(watcher, "normal")
    await end(target, { error: boom })
    expect([watcher.seen, target.ends]).toEqual([[], [{ error: boom }]])
  })

  it("by a process that has ended posts nothing to the inbox that the next incarnation has", async () => {
    const [dead, target] = [member(), member()]
    await end(dead, "normal")
    dead.process.inbox.reopen()
    topology.monitor(dead.process, target.process.pid)
    await end(target, "normal")
    topology.monitor(dead.process, target.process.pid)
    expect(dead.process.inbox.isEmpty).toBe(true)
  })

  it("of a watcher that ended posts nothing to the inbox that the next incarnation has", async () => {
    const [watcher, target] = [member(), member()]
    topology.monitor(watcher.process, target.process.pid)
    await end(watcher, "normal")
    watcher.process.inbox.reopen()
    await end(target, "normal")
    expect(watcher.process.inbox.isEmpty).toBe(true)
  })

  it("of oneself never gives a DOWN", async () => {
    const one = member()
    topology.monitor(one.process, one.process.pid)
    await end(one, "normal")
    expect(one.seen).toEqual([])
  })
})

describe("demonitor", () => {
  it("before the end: no DOWN comes, and others' monitors are not touched", async () => {
    const [watcher, other, target] = [member(), member(), member()]
    const ref = topology.monitor(watcher.process, target.process.pid)
    topology.monitor(other.process, target.process.pid)
    expect([topology.demonitor(ref), topology.demonitor(ref)]).toEqual([true, false])
    await end(target, "normal")
    expect([watcher.seen, other.seen.length]).toEqual([[], 1])
  })

  it("after the end makes a DOWN that already waits unwanted", async () => {
    const [watcher, target] = [member(), member()]
    const ref = topology.monitor(watcher.process, target.process.pid)
    await time.settle()
    let wasWaiting: boolean | undefined
    target.process.onEnded(() => {
      wasWaiting = !watcher.process.inbox.isEmpty
      topology.demonitor(ref)
    })
    await end(target, "normal")
    expect([wasWaiting, watcher.seen]).toEqual([true, []])
  })
})

describe("names", () => {
  it("are free before a DOWN, an EXIT or an end is heard of", async () => {
    const heard: unknown[] = []
    const note = (message: unknown): void => {
      if (isDown(message) || isExit(message)) heard.push([message.type, topology.names.lookUp("cache")])
    }
    const watcher = launch(kernel, { handle: note })
    watcher.trapExit = true
    const target = member()
    topology.names.register("cache", target.process)
    topology.link(watcher, target.process.pid)
    topology.monitor(watcher, target.process.pid)
    topology.onEnd(() => heard.push(["end", topology.names.lookUp("cache")]))
    await end(target, "kill")
    expect(heard).toEqual([
      ["end", undefined],
      ["EXIT", undefined],
      ["DOWN", undefined],
    ])
  })
})

describe("lookUpOrStart", () => {
  it("makes the process once, and finds it after that", () => {
    let made = 0
    const make = (): HookedProcess => {
      made += 1
      return launch(kernel)
    }
    const first = topology.lookUpOrStart("cache", make)
    expect(topology.lookUpOrStart("cache", make)).toBe(first)
    expect(made).toBe(1)
  })

  it("makes a new one once the first has ended", async () => {
    const first = topology.lookUpOrStart("cache", () => launch(kernel))
    first.urge({ type: "exit", reason: "normal" })
    await time.settle()
    const second = topology.lookUpOrStart("cache", () => launch(kernel))
    expect(second).not.toBe(first)
    expect(topology.names.lookUp("cache")).toBe(second)
  })

  it("is Unavailable where what it made has ended, and keeps no name", async () => {
    const dead = member()
    await end(dead, "normal")
    expect(() => topology.lookUpOrStart("cache", () => dead.process)).toThrow(Unavailable)
    expect(topology.names.lookUp("cache")).toBeUndefined()
  })
})

describe("onEnd", () => {
  it("tells every observer of each end once, with the reason", async () => {
    const told: unknown[] = []
    for (const name of ["one", "other"]) topology.onEnd((process, reason) => told.push([name, process, reason]))
    const target = member()
    await end(target, "kill")
    expect(told).toEqual([
      ["one", target.process, "killed"],
      ["other", target.process, "killed"],
    ])
  })
})

describe("isExit and isDown", () => {
  it("tell the runtime's messages from look-alikes", () => {
    const { process } = member()
    for (const message of [undefined, null, "EXIT", {}, { type: "EXIT" }, { type: "EXIT", from: "<1>" }])
      expect(isExit(message)).toBe(false)
    for (const message of [undefined, null, "DOWN", { type: "DOWN" }, { type: "DOWN", ref: {} }]) expect(isDown(message)).toBe(false)
    expect(isExit({ type: "EXIT", from: process.pid, reason: "normal" })).toBe(true)
    expect(isDown({ type: "DOWN", ref: topology.monitor(process, process.pid) })).toBe(true)
  })
})
