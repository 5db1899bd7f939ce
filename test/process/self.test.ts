import { afterEach, beforeEach, describe, expect, it } from "vitest"
import {
  AlreadyExists,
  actor,
  Conflict,
  type Deferred,
  type ExitReason,
  Invalid,
  type Pid,
  type Self,
  server,
  Timeout,
  Unavailable,
} from "../../src/index.ts"
import { latch } from "../support/latch.ts"
import { openStage, type Stage } from "../support/stage.ts"
import { watch } from "../support/watched.ts"

let stage: Stage

beforeEach(async () => {
  stage = await openStage()
})

afterEach(async () => {
  void stage.runtime.stop({ timeoutMs: 0 })
  await stage.time.settle()
  expect(stage.time.armedTimers).toBe(0)
})

interface StagedServer {
  readonly pid: Pid
  readonly self: Self
  readonly heard: unknown[]
  readonly ends: ExitReason[]
}

/** A server that notes what it hears; the test acts by its `self`. A promise it is told makes it busy until that settles. */
async function stagedServer(): Promise<StagedServer> {
  const heard: unknown[] = []
  const selves: Self[] = []
  const definition = server({
    init: (_none: undefined, self) => {
      selves.push(self)
      return {}
    },
    info: (_state, message) => (message instanceof Promise ? message : void heard.push(message)),
  })
  const pid = stage.runtime.spawn(definition)
  const ends: ExitReason[] = []
  void stage.runtime.whenEnded(pid).then((reason) => ends.push(reason))
  await stage.time.settle()
  const [self] = selves
  if (self === undefined) throw new Error("the server did not start")
  return { pid, self, heard, ends }
}

const boom = new Error("boom")
const idle = actor(async (self) => void (await self.receive()))
const crashing = actor(async () => {
  throw boom
})

describe("after", () => {
  it("sends itself the message once, when the delay is over", async () => {
    const { self, heard } = await stagedServer()
    self.after(100, "tick")
    await stage.time.advance(99)
    expect(heard).toEqual([])
    await stage.time.advance(1000)
    expect([heard, stage.time.armedTimers]).toEqual([["tick"], 0])
  })

  it("reaches delays that a host timer cannot count", async () => {
    const { self, heard } = await stagedServer()
    const year = 365 * 24 * 3_600_000
    self.after(year, "new year")
    await stage.time.advance(year - 1)
    expect(heard).toEqual([])
    await stage.time.advance(1)
    expect(heard).toEqual(["new year"])
  })

  it("gives what was left when it is cancelled, and false when it is over", async () => {
    const { self, heard } = await stagedServer()
    const [cancelled, done] = [self.after(100, "cancelled"), self.after(10, "done")]
    await stage.time.advance(40)
    expect([cancelled.cancel(), cancelled.cancel(), done.cancel()]).toEqual([60, false, false])
    await stage.time.advance(1000)
    expect(heard).toEqual(["done"])
  })

  it("is not heard once it was cancelled, even where its tick waited in the inbox already", async () => {
    const { pid, self, heard } = await stagedServer()
    const busy = latch()
    stage.runtime.tell(pid, busy.promise)
    const timer = self.after(10, "tick")
    await stage.time.advance(10)
    expect(timer.cancel()).toBe(0)
    busy.open()
    await stage.time.settle()
    expect(heard).toEqual([])
  })

  it("stands in order with messages", async () => {
    const { pid, self, heard } = await stagedServer()
    const busy = latch()
    stage.runtime.tell(pid, busy.promise)
    self.after(10, "tick")
    stage.runtime.tell(pid, "before")
    await stage.time.advance(10)
    stage.runtime.tell(pid, "after")
    busy.open()
    await stage.time.settle()
    expect(heard).toEqual(["before", "tick", "after"])
  })

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])("refuses a delay of %s", async (delayMs) => {
    const { self } = await stagedServer()
    expect(() => self.after(delayMs, "tick")).toThrow(Invalid)
  })
})

describe("later", () => {
  it("comes behind what waits by then, and before what comes after it, without time having to pass", async () => {
    const { pid, self, heard } = await stagedServer()
    stage.runtime.tell(pid, "one")
    self.later("two")
    stage.runtime.tell(pid, "three")
    await stage.time.settle()
    expect([heard, stage.time.armedTimers]).toEqual([["one", "two", "three"], 0])
  })

  it("takes no room, and is not refused where the inbox is full", async () => {
    const heard: unknown[] = []
    const selves: Self[] = []
    const definition = server({
      init: (_none: undefined, self) => ({ at: selves.push(self) }),
      info: (_state, message) => void heard.push(message),
    })
    const pid = stage.runtime.spawn(definition, undefined, { inbox: { capacity: 1 } })
    await stage.time.settle()
    expect([stage.runtime.tell(pid, "kept"), stage.runtime.tell(pid, "refused")]).toEqual([true, false])
    for (const message of [{}, undefined, 1]) selves[0]?.later(message)
    await stage.time.settle()
    expect(heard).toEqual(["kept", {}, undefined, 1])
  })

  it("reaches a plain function too, which takes it in order", async () => {
    const heard: unknown[] = []
    const pid = stage.runtime.spawn(
      actor(async (self) => {
        self.later("later")
        while (heard.length < 2) heard.push(await self.receive())
      }),
    )
    stage.runtime.tell(pid, "told")
    await stage.time.settle()
    expect(heard.sort()).toEqual(["later", "told"])
  })

  it("lets others be served between the slices of a long work", async () => {
    const order: string[] = []
    const slicing = server({
      init: (_none: undefined, self) => {
        self.later(3)
        return {}
      },
      call: { ask: () => void order.push("asked") },
      info: (_state, left: unknown, self) => {
        order.push(`slice ${left}`)
        if (typeof left === "number" && left > 1) self.later(left - 1)
      },
    })
    const pid = stage.runtime.spawn(slicing)
    await Promise.all([pid.call.ask(), stage.time.settle()])
    await stage.time.settle()
    expect(order.indexOf("asked")).toBeLessThan(order.indexOf("slice 1"))
  })

  it("is not heard by the next incarnation, nor sent once its process has ended", async () => {
    const { pid, self, heard } = await stagedServer()
    self.later("lost")
    stage.runtime.exit(pid, "kill")
    await stage.time.settle()
    expect(heard).toEqual([])
    expect(() => self.later("late")).toThrow(Unavailable)
  })
})

describe("every", () => {
  it("sends itself the message each period, until it is cancelled", async () => {
    const { self, heard } = await stagedServer()
    const timer = self.every(100, "tick")
    await stage.time.advance(350)
    expect(heard).toHaveLength(3)
    expect(timer.cancel()).toBe(50)
    await stage.time.advance(1000)
    expect([heard.length, stage.time.armedTimers]).toEqual([3, 0])
  })

  it("leaves one tick for a process that was busy for many periods, and goes on after it", async () => {
    const { pid, self, heard } = await stagedServer()
    const busy = latch()
    stage.runtime.tell(pid, busy.promise)
    self.every(100, "tick")
    await stage.time.advance(1000)
    busy.open()
    await stage.time.settle()
    expect(heard).toEqual(["tick"])
    await stage.time.advance(200)
    expect(heard).toEqual(["tick", "tick", "tick"])
  })

  it("is not heard once it was cancelled, even where its tick waited in the inbox already", async () => {
    const { pid, self, heard } = await stagedServer()
    const busy = latch()
    stage.runtime.tell(pid, busy.promise)
    const timer = self.every(10, "tick")
    await stage.time.advance(35)
    timer.cancel()
    busy.open()
    await stage.time.settle()
    expect(heard).toEqual([])
  })

  it("dies with its process", async () => {
    const { pid, self } = await stagedServer()
    self.every(10, "tick")
    stage.runtime.exit(pid, "kill")
    await stage.time.settle()
    await stage.time.advance(100)
    expect(stage.time.armedTimers).toBe(0)
  })

  it.each([0, 0.5, -1, Number.NaN, Number.POSITIVE_INFINITY])("refuses a period of %s", async (periodMs) => {
    const { self } = await stagedServer()
    expect(() => self.every(periodMs, "tick")).toThrow(Invalid)
  })
})

describe("a tick that a selective receive left", () => {
  it("is taken later, and not at all once its timer was cancelled", async () => {
    const log: unknown[] = []
    const pid = stage.runtime.spawn(
      actor(async (self) => {
        self.after(10, "kept")
        const cancelled = self.after(10, "cancelled")
        await self.receive((message) => message === "go")
        cancelled.cancel()
        for await (const message of self.inbox) log.push(message)
      }),
    )
    await stage.time.advance(20)
    for (const message of ["go", "last"]) stage.runtime.tell(pid, message)
    await stage.time.settle()
    expect(log).toEqual(["kept", "last"])
  })
})

describe("ask", () => {
  it("of itself fails at once with Conflict, from an asynchronous handler too", async () => {
    const { pid, self } = await stagedServer()
    await expect(self.ask(pid, "me")).rejects.toThrow(Conflict)
    expect(stage.runtime.statistics().accepted).toBe(0)
  })

  it("of another gives its reply, under the limit it is given", async () => {
    const [{ self }, other] = [await stagedServer(), await stagedServer()]
    const echo = stage.runtime.spawn(server({ init: () => ({}), info: (_state, message) => `re: ${message}` }))
    expect(await self.ask(echo, "hello")).toBe("re: hello")
    stage.runtime.tell(other.pid, new Promise(() => {}))
    const asked = watch(self.ask(other.pid, "busy", { timeoutMs: 20 }))
    await stage.time.advance(20)
    expect(asked.error).toBeInstanceOf(Timeout)
  })
})

describe("tell", () => {
  it("gives true, and false for a process that has ended", async () => {
    const [{ self }, other] = [await stagedServer(), await stagedServer()]
    expect(self.tell(other.pid, "hello")).toBe(true)
    await stage.time.settle()
    stage.runtime.exit(other.pid, "shutdown")
    await stage.time.settle()
    expect(self.tell(other.pid, "too late")).toBe(false)
    expect(other.heard).toEqual(["hello"])
  })

  it("gives false where the other's inbox is full: nothing is thrown in the sender's handler, which goes on", async () => {
    const full = stage.runtime.spawn(
      actor(() => new Promise<void>(() => {})),
      undefined,
      { inbox: { capacity: 1 } },
    )
    const sender = server({
      init: () => ({}),
      call: { send: (_state, _argument: undefined, self) => [self.tell(full, 1), self.tell(full, 2)] },
    })
    const pid = stage.runtime.spawn(sender)
    expect(await pid.call.send()).toEqual([true, false])
    expect(await pid.call.send()).toEqual([false, false])
    stage.runtime.exit(full, "kill")
  })
})

describe("spawn and spawnLink", () => {
  it("a spawned process is not tied to its parent", async () => {
    const parent = await stagedServer()
    parent.self.spawn(crashing, undefined)
    const child = parent.self.spawn(idle, undefined)
    await stage.time.settle()
    stage.runtime.exit(parent.pid, "shutdown")
    await stage.time.settle()
    expect([parent.ends, child.isAlive]).toEqual([["shutdown"], true])
  })

  it("a linked process takes its parent with it when it crashes, in one step with its start", async () => {
    const parent = await stagedServer()
    parent.self.spawnLink(crashing, undefined)
    await stage.time.settle()
    expect(parent.ends).toEqual([{ error: boom }])
  })

  it("a linked process ends with its parent", async () => {
    const parent = await stagedServer()
    const child = parent.self.spawnLink(idle, undefined)
    await stage.time.settle()
    stage.runtime.exit(parent.pid, "shutdown")
    await stage.time.settle()
    expect(child.isAlive).toBe(false)
  })
})

describe("link, unlink, trapExit and exit", () => {
  it("a trapping process hears of a linked one's end, and unlinked does not", async () => {
    const [one, linked, unlinked] = [await stagedServer(), await stagedServer(), await stagedServer()]
    one.self.trapExit(true)
    one.self.link(linked.pid)
    one.self.link(unlinked.pid)
    one.self.unlink(unlinked.pid)
    for (const { pid } of [linked, unlinked]) stage.runtime.exit(pid, { error: boom })
    await stage.time.settle()
    expect(one.heard).toEqual([{ type: "EXIT", from: linked.pid, reason: { error: boom } }])
  })

  it("exit sends a signal in its own name", async () => {
    const [one, other] = [await stagedServer(), await stagedServer()]
    other.self.trapExit(true)
    one.self.exit(other.pid, "shutdown")
    await stage.time.settle()
    expect(other.heard).toEqual([{ type: "EXIT", from: one.pid, reason: "shutdown" }])
    one.self.exit(other.pid, "kill")
    await stage.time.settle()
    expect(other.ends).toEqual(["killed"])
  })
})

describe("an exit reason that is none", () => {
  it.each([undefined, null, 7, "tired", {}] as never[])("is refused at every door: %j", async (reason) => {
    const { runtime } = stage
    const seen: unknown[] = []
    const noting = (action: () => unknown): void => {
      try {
        action()
      } catch (error) {
        seen.push(error instanceof Invalid ? error.details.field : error)
      }
    }
    const target = runtime.spawn(actor(async (self) => void (await self.receive())))
    noting(() => runtime.exit(target, reason))
    // Nothing said is normal, for a stop.
    if (reason !== undefined) await runtime.stopProcess(target, reason).catch((error) => seen.push(error.details.field))
    else seen.push("reason")
    const asking = actor((self) => {
      noting(() => self.exit(target, reason))
      if (reason !== undefined) noting(() => self.stop(reason))
      else seen.push("reason")
    })
    runtime.spawn(asking)
    await stage.time.settle()
    expect(seen).toEqual(["reason", "reason", "reason", "reason"])
    expect(target.isAlive).toBe(true)
  })
})

describe("monitor and demonitor", () => {
  it("take back what monitor gave, and nothing else: another subscription goes on", async () => {
    const { runtime } = stage
    const seen: unknown[] = []
    const watcher = actor(async (self) => {
      const { ref } = self.groups.monitor("group")
      for (const stray of [undefined, {}, ref] as never[]) {
        try {
          self.demonitor(stray)
        } catch (error) {
          seen.push(error instanceof Invalid ? error.details.field : error)
        }
      }
      seen.push(((await self.receive()) as { type?: string }).type)
    })
    runtime.spawn(watcher)
    await stage.time.settle()
    runtime.groups.join("group", runtime.spawn(actor(async (self) => void (await self.receive()))))
    await stage.time.settle()
    expect(seen).toEqual(["ref", "ref", "ref", "GROUP"])
  })

  it("give one DOWN a ref, and none for a monitor that was ended", async () => {
    const [one, other] = [await stagedServer(), await stagedServer()]
    const [kept, ended] = [one.self.monitor(other.pid), one.self.monitor(other.pid)]
    expect([one.self.demonitor(ended), one.self.demonitor(ended)]).toEqual([true, false])
    stage.runtime.exit(other.pid, "shutdown")
    await stage.time.settle()
    expect(one.heard).toEqual([{ type: "DOWN", ref: kept, pid: other.pid, reason: "shutdown" }])
  })

  it("flush a DOWN that already waits", async () => {
    const [one, other] = [await stagedServer(), await stagedServer()]
    const busy = latch()
    stage.runtime.tell(one.pid, busy.promise)
    const ref = one.self.monitor(other.pid)
    stage.runtime.exit(other.pid, "shutdown")
    await stage.time.settle()
    one.self.demonitor(ref)
    busy.open()
    await stage.time.settle()
    expect(one.heard).toEqual([])
  })
})

describe("register and whereis", () => {
  it("give the process a name, once, which is free when it ends", async () => {
    const [one, other] = [await stagedServer(), await stagedServer()]
    one.self.register("cache")
    expect([other.self.whereis("cache"), stage.runtime.whereis("cache")]).toEqual([one.pid, one.pid])
    expect(() => other.self.register("cache")).toThrow(AlreadyExists)
    stage.runtime.exit(one.pid, "shutdown")
    await stage.time.settle()
    expect(other.self.whereis("cache")).toBeUndefined()
    other.self.register("cache")
    expect(other.self.whereis("cache")).toBe(other.pid)
  })

  it("are for another process too, if the pid is given, unless it has ended", async () => {
    const [one, other] = [await stagedServer(), await stagedServer()]
    one.self.register("cache", other.pid)
    expect([one.self.whereis("cache"), one.self.registered()]).toEqual([other.pid, ["cache"]])
    stage.runtime.exit(other.pid, "kill")
    await stage.time.settle()
    expect(() => one.self.register("cache", other.pid)).toThrow(Unavailable)
    expect(one.self.registered()).toEqual([])
  })

  it("end with unregister, whoever has the name", async () => {
    const [one, other] = [await stagedServer(), await stagedServer()]
    one.self.register("cache")
    expect([other.self.unregister("cache"), other.self.unregister("cache"), one.self.whereis("cache")]).toEqual([true, false, undefined])
    other.self.register("cache")
    expect(one.self.whereis("cache")).toBe(other.pid)
  })

  it("spawn under a name that is taken is AlreadyExists, and starts nothing", async () => {
    const { self } = await stagedServer()
    self.register("cache")
    const { spawned } = stage.runtime.statistics()
    expect(() => stage.runtime.spawn(idle, undefined, { name: "cache" })).toThrow(AlreadyExists)
    expect(stage.runtime.statistics().spawned).toBe(spawned)
  })
})

describe("stop", () => {
  it("ends the process after the present message, by normal where nothing is said", async () => {
    const log: string[] = []
    const stopping = server({
      init: () => ({}),
      call: {
        stop: (_state, _none: undefined, self) => {
          self.stop()
          log.push("went on")
          return "reply"
        },
        next: () => "never",
      },
      terminate: (_state, reason) => void log.push(String(reason)),
    })
    const pid = stage.runtime.spawn(stopping)
    const [stop, next] = [watch(pid.call.stop()), watch(pid.call.next())]
    await stage.time.settle()
    expect([stop.value, next.state, log]).toEqual(["reply", "rejected", ["went on", "normal"]])
  })

  it("ends it by the reason given", async () => {
    const one = await stagedServer()
    one.self.stop({ shutdown: "tired" })
    await stage.time.settle()
    expect(one.ends).toEqual([{ shutdown: "tired" }])
  })
})

describe("signal", () => {
  it("is aborted when the process ends, with the exit error", async () => {
    const { pid, self } = await stagedServer()
    const { signal } = self
    expect(signal.aborted).toBe(false)
    stage.runtime.exit(pid, "kill")
    await stage.time.settle()
    expect([signal.aborted, signal.reason.kind]).toEqual([true, "UNAVAILABLE"])
  })

  it("is aborted even where it is asked for only after the end", async () => {
    const { pid, self } = await stagedServer()
    stage.runtime.exit(pid, "kill")
    await stage.time.settle()
    expect([self.signal.aborted, self.signal.reason.kind]).toEqual([true, "UNAVAILABLE"])
  })
})

describe("defer", () => {
  it("may be answered by another process, to which it was passed on", async () => {
    const clerk = server({
      init: () => ({}),
      info: (_state, message) => void (message as Deferred<string>).reply("from the back office"),
    })
    const office = stage.runtime.spawn(clerk)
    const counter = server({
      init: () => ({}),
      call: {
        ask: (_state, _none: undefined, self) => {
          const deferred = self.defer<string>()
          self.tell(office, deferred)
          return deferred
        },
      },
    })
    expect(await stage.runtime.spawn(counter).call.ask()).toBe("from the back office")
  })
})
