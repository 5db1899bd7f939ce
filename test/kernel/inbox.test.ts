import { beforeEach, describe, expect, it } from "vitest"
import { fail, reply } from "../../src/kernel/answer.ts"
import { Envelope } from "../../src/kernel/envelope.ts"
import { RateLimited, Timeout, Unavailable } from "../../src/kernel/errors.ts"
import type { Inbox } from "../../src/kernel/inbox.ts"
import { DEFAULT_CAPACITY, type InboxOptions } from "../../src/kernel/inbox-rules.ts"
import { Kernel } from "../../src/kernel/kernel.ts"
import type { KernelEvent } from "../../src/kernel/trace.ts"
import { type VirtualTime, virtualTime } from "../../src/testing.ts"
import { launch } from "../support/hooked-process.ts"
import { type Watched, watch } from "../support/watched.ts"

let time: VirtualTime
let kernel: Kernel
let events: KernelEvent[]

beforeEach(() => {
  time = virtualTime()
  kernel = new Kernel(time)
  events = []
  kernel.trace = (event) => events.push(event)
})

function deadLetters(): unknown[] {
  return events.flatMap((event) => (event.type === "dead_letter" ? [[event.message, event.cause]] : []))
}

/** An inbox that nobody reads. */
function inboxOf(options: InboxOptions): Inbox {
  return kernel.inbox("target", options)
}

function tell(inbox: Inbox, ...messages: unknown[]): boolean[] {
  return messages.map((message) => kernel.tell(inbox, undefined, message, undefined))
}

function ask(inbox: Inbox, message: unknown, timeoutMs = 5000): Watched {
  return watch(kernel.ask(inbox, undefined, message, undefined, timeoutMs))
}

/** What a reader would still find: what was answered or ran out of time is passed over. */
function contents(inbox: Inbox): unknown[] {
  const found: unknown[] = []
  for (let next = inbox.shift(); next !== undefined; next = inbox.shift()) if (!next.isSettled) found.push(next.argument)
  return found
}

describe("capacity", () => {
  it("is 65 536 messages and the rule is reject, where nothing is said", () => {
    const inbox = inboxOf({})
    expect([inbox.capacity, inbox.overflow, DEFAULT_CAPACITY]).toEqual([65_536, "reject", 65_536])
  })

  it("is what may wait: room is free again once a message was taken", () => {
    const inbox = inboxOf({ capacity: 2 })
    expect(tell(inbox, "a", "b", "c")).toEqual([true, true, false])
    inbox.shift()
    expect(tell(inbox, "d", "e")).toEqual([true, false])
    expect(contents(inbox)).toEqual(["b", "d"])
  })

  it("is more by its surplus: what its owner hands on at once does not wait", () => {
    for (const overflow of ["reject", "drop_oldest"] as const) {
      const inbox = inboxOf({ capacity: 2, overflow })
      inbox.surplus = 1
      expect(tell(inbox, "a", "b", "c")).toEqual([true, true, true])
      expect(tell(inbox, "d")).toEqual([overflow === "drop_oldest"])
      expect(contents(inbox)).toEqual(overflow === "reject" ? ["a", "b", "c"] : ["b", "c", "d"])
    }
  })
})

describe("turning away", () => {
  it("hands back what was taken out and found no room: an asker is told RateLimited, a one-way message is reported", async () => {
    const inbox = inboxOf({ capacity: 1 })
    const asked = ask(inbox, "asked")
    inbox.turnAway(inbox.shift() as Envelope)
    await time.settle()
    expect(asked.error).toBeInstanceOf(RateLimited)
    tell(inbox, "told")
    inbox.turnAway(inbox.shift() as Envelope)
    expect(deadLetters()).toEqual([["told", "overflow"]])
  })
})

describe("overflow by reject", () => {
  it("tells the sender false and reports the message as a dead letter, not as accepted", () => {
    const inbox = inboxOf({ capacity: 1 })
    expect(tell(inbox, "a", "b")).toEqual([true, false])
    expect(deadLetters()).toEqual([["b", "overflow"]])
    expect(events).toContainEqual({ type: "overflow", target: "target", capacity: 1, rule: "reject" })
    expect({ ...kernel.counters }).toMatchObject({ accepted: 1, refused: 1, reported: 0 })
  })

  it("rejects an asker with RateLimited, at once, and arms no deadline", async () => {
    const inbox = inboxOf({ capacity: 1 })
    tell(inbox, "a")
    const refused = ask(inbox, "b")
    await time.settle()
    expect(refused.error).toBeInstanceOf(RateLimited)
    expect(refused.error).toMatchObject({ retryable: true, details: { target: "target", capacity: 1 } })
    expect([kernel.wheel.size, time.armedTimers]).toEqual([0, 0])
    expect({ ...kernel.counters }).toMatchObject({ accepted: 1, refused: 1, returned: 0 })
  })
})

describe("overflow by drop_oldest", () => {
  it("reports the oldest one-way message and takes the new one in", () => {
    const inbox = inboxOf({ capacity: 2, overflow: "drop_oldest" })
    expect(tell(inbox, "a", "b", "c")).toEqual([true, true, true])
    expect(deadLetters()).toEqual([["a", "overflow"]])
    expect(contents(inbox)).toEqual(["b", "c"])
    expect({ ...kernel.counters }).toMatchObject({ accepted: 3, reported: 1, refused: 0 })
  })

  it("tells the oldest asker RateLimited", async () => {
    const inbox = inboxOf({ capacity: 2, overflow: "drop_oldest" })
    const [oldest, younger] = [ask(inbox, "a"), ask(inbox, "b")]
    tell(inbox, "c")
    await time.settle()
    expect(oldest.error).toBeInstanceOf(RateLimited)
    expect(younger.state).toBe("pending")
    expect({ ...kernel.counters }).toMatchObject({ accepted: 3, returned: 1 })
  })

  it("drops what a selective receive holds first: that is older than all in the ring", () => {
    const inbox = inboxOf({ capacity: 2, overflow: "drop_oldest" })
    tell(inbox, "a", "b")
    inbox.hold(inbox.shift() as Envelope)
    tell(inbox, "c")
    expect(deadLetters()).toEqual([["a", "overflow"]])
  })

  it("never drops a signal, whatever stands before the oldest message", () => {
    const inbox = inboxOf({ capacity: 1, overflow: "drop_oldest" })
    kernel.signal(inbox, "signal", "DOWN")
    tell(inbox, "a", "b")
    expect(contents(inbox)).toEqual(["DOWN", "b"])
  })
})

describe("signals and markers", () => {
  it.each(["reject", "drop_oldest"] as const)("are taken in order by an inbox full by the rule %s, and take no room", (overflow) => {
    const inbox = inboxOf({ capacity: 1, overflow })
    tell(inbox, "a")
    for (const message of ["EXIT", "DOWN"]) expect(kernel.signal(inbox, "signal", message)).toBe(true)
    expect(kernel.signal(inbox, "marker", "detach")).toBe(true)
    expect(inbox.size).toBe(1)
    expect(contents(inbox)).toEqual(["a", "EXIT", "DOWN", "detach"])
    expect(kernel.counters.accepted).toBe(1)
  })
})

describe("a request whose time has run out", () => {
  it("frees its room in a full inbox", async () => {
    const inbox = inboxOf({ capacity: 2 })
    const [first, second] = [ask(inbox, "a", 100), ask(inbox, "b", 100)]
    expect(tell(inbox, "c")).toEqual([false])
    await time.advance(100)
    expect([first.error, second.error]).toEqual([expect.any(Timeout), expect.any(Timeout)])
    expect(inbox.size).toBe(0)
    expect(tell(inbox, "d", "e", "f")).toEqual([true, true, false])
    expect(contents(inbox)).toEqual(["d", "e"])
    expect(inbox.size).toBe(0)
  })

  it("frees its room where it was held, too", async () => {
    const inbox = inboxOf({ capacity: 1 })
    ask(inbox, "a", 100)
    inbox.hold(inbox.shift() as Envelope)
    await time.advance(100)
    expect(tell(inbox, "b", "c")).toEqual([true, false])
  })

  it("leaves the others in order when it is swept out", async () => {
    const inbox = inboxOf({ capacity: 4 })
    tell(inbox, "a")
    ask(inbox, "b", 100)
    kernel.signal(inbox, "signal", "DOWN")
    tell(inbox, "c", "d")
    await time.advance(100)
    expect(tell(inbox, "e", "f")).toEqual([true, false])
    expect(contents(inbox)).toEqual(["a", "DOWN", "c", "d", "e"])
  })

  it("is counted as returned once, and holds what it carried no longer", async () => {
    const inbox = inboxOf({})
    ask(inbox, { large: true }, 100)
    await time.advance(100)
    expect(inbox.shift()?.argument).toBeUndefined()
    inbox.close(() => new Unavailable("gone"))
    expect({ ...kernel.counters }).toMatchObject({ accepted: 1, returned: 1, reported: 0, timeouts: 1 })
  })
})

describe("held messages", () => {
  it("stand in the order they were held, and each is taken once", () => {
    const inbox = inboxOf({})
    tell(inbox, "a1", "b1", "a2", "b2")
    for (let i = 0; i < 4; i += 1) inbox.hold(inbox.shift() as Envelope)
    expect(inbox.size).toBe(4)
    const take = (letter: string): unknown => inbox.takeHeld(({ argument }) => String(argument).startsWith(letter))?.argument
    expect([take("b"), take("a"), take("b"), take("b"), take("a"), take("a")]).toEqual(["b1", "a1", "b2", undefined, "a2", undefined])
    expect(inbox.size).toBe(0)
  })

  it("count against the capacity", () => {
    const inbox = inboxOf({ capacity: 1 })
    tell(inbox, "a")
    inbox.hold(inbox.shift() as Envelope)
    expect(tell(inbox, "b")).toEqual([false])
  })
})

describe("messages put aside", () => {
  function putAside(inbox: Inbox, count: number): void {
    for (let i = 0; i < count; i += 1) inbox.setAside(inbox.shift() as Envelope)
  }

  it("are given to nobody until they are put back, and come first then, in their order", () => {
    const inbox = inboxOf({})
    tell(inbox, "a", "b", "c")
    putAside(inbox, 2)
    expect([inbox.size, inbox.asideSize, inbox.takeHeld(() => true)]).toEqual([3, 2, undefined])
    expect(inbox.shift()?.argument).toBe("c")
    tell(inbox, "d")
    inbox.putBack()
    expect([inbox.size, inbox.asideSize]).toEqual([3, 0])
    expect(contents(inbox)).toEqual(["a", "b", "d"])
  })

  it("come before what is held, which is looked at first", () => {
    const inbox = inboxOf({})
    tell(inbox, "a", "b", "c")
    putAside(inbox, 1)
    inbox.hold(inbox.shift() as Envelope)
    inbox.putBack()
    expect([inbox.takeHeld(() => true)?.argument, inbox.takeHeld(() => true)?.argument]).toEqual(["a", "b"])
  })

  it("count against the capacity, and are the oldest where the oldest is dropped", () => {
    const inbox = inboxOf({ capacity: 2, overflow: "drop_oldest" })
    tell(inbox, "a", "b")
    putAside(inbox, 1)
    expect(tell(inbox, "c")).toEqual([true])
    expect([deadLetters(), inbox.size]).toEqual([[["a", "overflow"]], 2])
  })

  it("free their room when their time has run out", async () => {
    const inbox = inboxOf({ capacity: 1 })
    const asked = ask(inbox, "a", 10)
    await time.settle()
    putAside(inbox, 1)
    await time.advance(10)
    expect(asked.error).toBeInstanceOf(Timeout)
    expect([inbox.size, tell(inbox, "b"), inbox.asideSize]).toEqual([0, [true], 0])
  })

  it("are handed back first where the inbox is closed, and go first to the next incarnation where it lives on", () => {
    const inbox = inboxOf({})
    tell(inbox, "a", "b")
    putAside(inbox, 1)
    inbox.close(() => new Unavailable("gone"))
    expect(deadLetters()).toEqual([
      ["a", "ended"],
      ["b", "ended"],
    ])
    const service = kernel.inbox("app:cache", {}, "service")
    for (const message of ["a", "b"]) kernel.tell(service, undefined, message, { id: 1 })
    tell(service, "by pid")
    putAside(service, 1)
    service.disown("killed")
    expect([service.asideSize, contents(service)]).toEqual([0, ["a", "b"]])
  })
})

describe("what comes first", () => {
  const signal = (inbox: Inbox, argument: unknown): Envelope => new Envelope("signal", inbox, undefined, argument, undefined, undefined)

  it("stands before all that waits, also when others were put back after it, once it was brought forward", () => {
    const inbox = inboxOf({})
    tell(inbox, "a", "b")
    inbox.setAside(inbox.shift() as Envelope)
    const first = signal(inbox, "first")
    inbox.postFirst(first)
    inbox.putBack()
    inbox.bringForward(first)
    expect(contents(inbox)).toEqual(["first", "a", "b"])
  })

  it("is of no use to an inbox that is closed", () => {
    const inbox = inboxOf({})
    inbox.close(() => new Unavailable("gone"))
    inbox.postFirst(signal(inbox, "first"))
    expect(inbox.isEmpty).toBe(true)
  })

  it("keeps no request behind it from its deadline", async () => {
    const inbox = inboxOf({})
    const asked = [ask(inbox, "a", 10), ask(inbox, "b", 20)]
    inbox.postFirst(signal(inbox, "first"))
    await time.settle()
    inbox.withdraw("first")
    asked.push(ask(inbox, "c", 30))
    await time.advance(30)
    expect(asked.map(({ state }) => state)).toEqual(["rejected", "rejected", "rejected"])
  })
})

describe("withdraw", () => {
  it("takes out what is no message, by its argument, and nothing else", () => {
    const inbox = inboxOf({})
    tell(inbox, "x")
    kernel.signal(inbox, "signal", "x")
    tell(inbox, "y")
    inbox.withdraw("x")
    inbox.withdraw("z")
    expect([inbox.size, contents(inbox)]).toEqual([2, ["x", "y"]])
  })
})

describe("close", () => {
  it("hands requests back, reports one-way messages, oldest first, runs markers and lets signals go", async () => {
    const inbox = inboxOf({})
    tell(inbox, "held", "waiting")
    inbox.hold(inbox.shift() as Envelope)
    const asked = ask(inbox, "request")
    let hasRun = false
    kernel.signal(inbox, "signal", "DOWN")
    kernel.signal(inbox, "marker", () => {
      hasRun = true
    })
    inbox.close(() => new Unavailable("given up"))
    await time.settle()
    expect(deadLetters()).toEqual([
      ["held", "ended"],
      ["waiting", "ended"],
    ])
    expect(asked.error).toMatchObject({ kind: "UNAVAILABLE", message: "given up" })
    expect([hasRun, inbox.size, inbox.isEmpty]).toEqual([true, 0, true])
    expect({ ...kernel.counters }).toMatchObject({ accepted: 3, returned: 1, reported: 2, handled: 0 })
  })

  it("refuses what comes later, signals too, until it is opened again", () => {
    const inbox = inboxOf({})
    inbox.close(() => new Unavailable("given up"))
    expect(tell(inbox, "a")).toEqual([false])
    expect(kernel.signal(inbox, "signal", "DOWN")).toBe(false)
    inbox.reopen()
    expect(tell(inbox, "b")).toEqual([true])
    expect(contents(inbox)).toEqual(["b"])
  })
})

describe("close, while a process reads it,", () => {
  it("keeps and takes signals alone: the process must hear that it is to end", async () => {
    const heard: unknown[] = []
    const reader = launch(kernel, { handle: (message) => heard.push(message) }, "target")
    await time.settle()
    kernel.signal(reader.inbox, "signal", "EXIT")
    tell(reader.inbox, "waiting")
    reader.inbox.close(() => new Unavailable("given up"))
    expect(kernel.signal(reader.inbox, "signal", "DOWN")).toBe(true)
    expect(kernel.signal(reader.inbox, "marker", () => {})).toBe(false)
    expect(tell(reader.inbox, "late")).toEqual([false])
    await time.settle()
    expect(heard).toEqual(["EXIT", "DOWN"])
    expect(deadLetters()).toEqual([
      ["waiting", "ended"],
      ["late", "ended"],
    ])
    reader.urge({ type: "exit", reason: "kill" })
    await time.settle()
    expect(kernel.signal(reader.inbox, "signal", "DOWN")).toBe(false)
  })
})

describe("disown", () => {
  it("keeps a service's messages that came through a mailbox, and gives back all else", () => {
    const inbox = kernel.inbox("app:cache", {}, "service")
    kernel.tell(inbox, undefined, "through a mailbox", { id: 1 })
    tell(inbox, "by pid")
    kernel.signal(inbox, "signal", "of the old incarnation")
    inbox.disown("killed")
    expect(deadLetters()).toEqual([[{ sort: "a string" }, "ended"]])
    expect(contents(inbox)).toEqual(["through a mailbox"])
  })

  it("closes the inbox of a process that no other will follow", () => {
    const inbox = inboxOf({})
    kernel.tell(inbox, undefined, "a", { id: 1 })
    inbox.disown("normal")
    expect(deadLetters()).toEqual([["a", "ended"]])
    expect(tell(inbox, "b")).toEqual([false])
  })
})

describe("Envelope", () => {
  it("settles once: what comes later is counted as a late reply and dropped", () => {
    const settled: unknown[] = []
    const record = (value: unknown): void => void settled.push(value)
    const envelope = new Envelope("message", inboxOf({}), undefined, "a", undefined, record)
    reply(envelope, 1)
    reply(envelope, 2)
    fail(envelope, new Unavailable("late"))
    expect(settled).toEqual([1])
    expect(kernel.counters.lateReplies).toBe(2)
    expect(events.filter(({ type }) => type === "late_reply")).toHaveLength(2)
  })

  it("that nobody waits for has no late replies", () => {
    const envelope = new Envelope("message", inboxOf({}), undefined, "a", undefined, undefined)
    reply(envelope, 1)
    reply(envelope, 2)
    expect(kernel.counters.lateReplies).toBe(0)
  })
})

describe("deadlines of waiting requests", () => {
  const open = () => {
    const time = virtualTime()
    const kernel = new Kernel(time)
    const inbox = kernel.inbox("nobody", { capacity: 4, overflow: "drop_oldest" }, "service")
    const outcomes: string[] = []
    const ask = (timeoutMs: number) => {
      kernel
        .ask(inbox, undefined, "x", { id: 1 }, timeoutMs)
        .catch((error: { kind: string }) => outcomes.push(`${timeoutMs} ${error.kind}`))
    }
    return { time, kernel, inbox, outcomes, ask }
  }

  it("run on though nobody reads the inbox, from the end of the turn in which each was posted", async () => {
    const { time, ask, outcomes } = open()
    ask(100)
    await time.advance(50)
    ask(20)
    ask(60)
    await time.advance(20)
    expect(outcomes).toEqual(["20 TIMEOUT"])
    await time.advance(30)
    expect(outcomes).toEqual(["20 TIMEOUT", "100 TIMEOUT"])
    await time.advance(10)
    expect(outcomes).toEqual(["20 TIMEOUT", "100 TIMEOUT", "60 TIMEOUT"])
  })

  it("are armed for those that come after others were handed back from before them", async () => {
    const { time, kernel, ask, outcomes, inbox } = open()
    for (let raw = 0; raw < 2; raw += 1) kernel.ask(inbox, undefined, "raw", undefined, 5000).catch(() => {})
    await time.settle()
    inbox.disown("killed")
    ask(10)
    ask(20)
    await time.advance(20)
    expect(outcomes).toEqual(["10 TIMEOUT", "20 TIMEOUT"])
  })

  it("are armed for every one, though others were dropped before them or handed back", async () => {
    const { time, ask, outcomes, inbox } = open()
    for (const timeoutMs of [1000, 1001, 1002, 1003]) ask(timeoutMs)
    await time.settle()
    ask(1004)
    ask(1005)
    inbox.disown("killed")
    ask(1006)
    await time.settle()
    expect(outcomes).toEqual(["1000 RATE_LIMITED", "1001 RATE_LIMITED", "1002 RATE_LIMITED"])
    await time.advance(1006)
    expect(outcomes.slice(3)).toEqual(["1003 TIMEOUT", "1004 TIMEOUT", "1005 TIMEOUT", "1006 TIMEOUT"])
    expect(time.heldTimers).toBe(0)
  })
})

describe("the room in a full inbox", () => {
  it.each(["reject", "drop_oldest"] as const)(
    "is not taken by a request whose time has run out, which pushes nobody out (%s)",
    async (overflow) => {
      const time = virtualTime()
      const kernel = new Kernel(time)
      const inbox = kernel.inbox("full", { capacity: 8, overflow })
      const asked = kernel.ask(inbox, undefined, "late", undefined, 5).catch((error) => error.kind)
      await time.advance(10)
      expect(await asked).toBe("TIMEOUT")
      const accepted = Array.from({ length: 8 }, (_, n) => kernel.tell(inbox, undefined, n, undefined))
      expect([accepted.every(Boolean), inbox.size, kernel.counters.reported]).toEqual([true, 8, 0])
      expect(kernel.tell(inbox, undefined, "one too many", undefined)).toBe(overflow === "drop_oldest")
      expect([inbox.size, kernel.counters.reported]).toEqual([8, overflow === "drop_oldest" ? 1 : 0])
    },
  )
})
