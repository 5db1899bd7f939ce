import { getEventListeners } from "node:events"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import {
  awaitMany,
  Canceled,
  Conflict,
  child,
  type ExitReason,
  type InspectionEvent,
  Internal,
  Invalid,
  invalid,
  isExit,
  type LogEntry,
  type Pid,
  type ProcessSelf,
  type Runtime,
  ServerMailbox,
  server,
  start,
  type Task,
  Timeout,
  task,
  Unavailable,
} from "../../src/index.ts"
import { processOf } from "../../src/kernel/process-of.ts"
import { virtualTime } from "../../src/testing.ts"
import { collectGarbage } from "../support/garbage.ts"
import { latch } from "../support/latch.ts"
import { refusalOf } from "../support/refusal.ts"
import { openStage } from "../support/stage.ts"
import { exhaust, leftWith, NOTHING_LEFT, openTaskStage, pause, type TaskOwnerActor, type TaskStage } from "../support/task-stage.ts"
import { type Watched, watch } from "../support/watched.ts"

let stage: TaskStage
let owner: TaskOwnerActor

beforeEach(async () => {
  stage = openTaskStage()
  owner = await stage.owner()
})

afterEach(async () => {
  expect(await stage.close()).toEqual({ processes: 0, deadlines: 0, hostTimers: 0 })
})

const boom = new Error("boom")

function endOf(pid: Pid): ExitReason[] {
  const reasons: ExitReason[] = []
  processOf(pid)?.onEnded((reason) => reasons.push(reason))
  return reasons
}

/** Settled at the present moment of the clock. */
async function settled(promise: PromiseLike<unknown>): Promise<Watched> {
  const watched = watch(promise)
  await stage.time.settle()
  return watched
}

const forever = (): Promise<never> => new Promise(() => {})
const crash = (): never => {
  throw boom
}
const afterMs =
  <T>(ms: number, value: T) =>
  async (self: ProcessSelf<unknown>): Promise<T> => {
    await pause(self, ms)
    return value
  }

describe("async", () => {
  it("gives what its work returns, at once or later, and whatever that is", async () => {
    const { self } = owner
    const tasks = [self.async(() => 1), self.async(async () => "two"), self.async(afterMs(50, null)), self.async(() => undefined)]
    const results = Promise.all(tasks.map((each) => each.result()))
    await stage.time.advance(50)
    expect(await results).toEqual([1, "two", null, undefined])
    expect(leftWith(owner, stage)).toEqual(NOTHING_LEFT)
  })

  it("runs the work in a process of its own, whose self it is given", async () => {
    const sums = owner.self.async(async (self) => {
      const message = await self.receive()
      return [self.pid, message]
    })
    owner.self.tell(sums.pid, "hello")
    expect(await sums.result()).toEqual([sums.pid, "hello"])
    expect(sums.pid).not.toBe(owner.pid)
  })

  it("may run tasks of its own", async () => {
    const outer = owner.self.async(async (self) => {
      const inner = await awaitMany([self.async(() => 20), self.async(() => 22)])
      return inner[0] + inner[1]
    })
    expect(await outer.result()).toBe(42)
    expect(leftWith(owner, stage)).toEqual(NOTHING_LEFT)
  })

  it("links: a crash takes its owner along, before that hears of it", async () => {
    const ends = endOf(owner.pid)
    const { self, process } = owner
    const doomed = self.async(crash)
    const heard: unknown[] = []
    const waiting = doomed.result().catch((error) => heard.push([process.status, error]))
    await stage.time.settle()
    await waiting
    expect(ends).toEqual([{ error: boom }])
    expect(heard).toEqual([["ended", expect.any(Unavailable)]])
  })

  it("links: also where the task crashes outside any turn of the runtime", async () => {
    const { promise, fail } = latch()
    const { self, process } = owner
    const statuses: string[] = []
    const waiting = self
      .async(() => promise)
      .result()
      .catch(() => statuses.push(process.status))
    await stage.time.settle()
    fail(boom)
    await waiting
    expect([statuses, process.exitReason]).toEqual([["ended"], { error: boom }])
  })

  it("spares an owner that traps exits: it hears of the crash by the task alone, and nothing is in its inbox", async () => {
    const { self } = owner
    self.trapExit(true)
    const doomed = self.async(crash)
    const error = await refusalOf(doomed.result())
    expect(error).toBeInstanceOf(Internal)
    expect(error).toMatchObject({ cause: boom, details: { target: String(doomed.pid), reason: { error: boom } } })
    expect(error.message).toBe(`the task ${doomed.pid} crashed: Error: boom`)
    expect(await self.async(() => 1).result()).toBe(1)
    const killed = self.async(forever)
    self.exit(killed.pid, "kill")
    expect(await killed.yield()).toEqual({ exit: "killed" })
    expect(leftWith(owner, stage)).toEqual(NOTHING_LEFT)
  })

  it("that its owner links once more by itself tells it by an EXIT too", async () => {
    const { self } = owner
    self.trapExit(true)
    const linked = self.async(afterMs(10, "done"))
    self.link(linked.pid)
    await stage.time.advance(10)
    expect(await self.receive()).toEqual({ type: "EXIT", from: linked.pid, reason: "normal" })
  })

  it("that others link to tells those, and its owner no more than before", async () => {
    owner.self.trapExit(true)
    const other = await stage.owner()
    other.self.trapExit(true)
    const linked = owner.self.async(afterMs(10, "done"))
    other.self.link(linked.pid)
    await stage.time.advance(10)
    expect(await other.self.receive()).toEqual({ type: "EXIT", from: linked.pid, reason: "normal" })
    expect(leftWith(owner, stage)).toEqual({ ...NOTHING_LEFT, others: 1 })
  })

  it("ends with its owner, whatever the reason but normal", async () => {
    for (const reason of ["shutdown", { error: boom }, "kill"] as const) {
      const { self, process } = await stage.owner()
      const ends = endOf(self.async(forever).pid)
      process.urge({ type: "exit", reason })
      await stage.time.settle()
      expect(ends).toEqual([reason === "kill" ? "killed" : reason])
    }
  })

  it("goes on when its owner ends normally, by the rules of links; its result is dropped", async () => {
    const ends = endOf(owner.self.async(afterMs(50, "unheard")).pid)
    owner.finish()
    await stage.time.advance(49)
    expect([owner.process.status, ends]).toEqual(["ended", []])
    await stage.time.advance(1)
    expect(ends).toEqual(["normal"])
  })

  it("that ends before its work has returned comes to that reason", async () => {
    const stopped = owner.self.async(async (self) => {
      self.stop()
      await forever()
    })
    expect(await stopped.yield()).toEqual({ exit: "normal" })
    const error = await refusalOf(stopped.result())
    expect(error).toBeInstanceOf(Unavailable)
    expect(error.details).toMatchObject({ target: `the task ${stopped.pid}`, reason: "normal" })
  })

  it("aborts its signal when it is killed, and drops what it comes to after that", async () => {
    const { promise, open } = latch<string>()
    const seen: unknown[] = []
    const killed = owner.self.asyncNoLink(async (self) => {
      self.signal.addEventListener("abort", () => seen.push(self.signal.reason))
      return promise
    })
    await stage.time.settle()
    owner.self.exit(killed.pid, "kill")
    await stage.time.settle()
    open("late")
    expect(await killed.yield()).toEqual({ exit: "killed" })
    expect(seen).toEqual([expect.any(Unavailable)])
    expect(leftWith(owner, stage)).toEqual(NOTHING_LEFT)
  })

  it("counts a value from the moment that the work has returned it, whatever ends the process after that", async () => {
    const { promise, open } = latch<string>()
    const killed = owner.self.asyncNoLink(() => promise)
    const ends = endOf(killed.pid)
    await stage.time.settle()
    open("in time")
    owner.self.exit(killed.pid, "kill")
    await stage.time.settle()
    expect(ends).toEqual(["killed"])
    expect(await killed.result()).toBe("in time")
  })

  it("cannot be started by a process that has ended, and needs a function", async () => {
    owner.finish()
    await stage.time.settle()
    expect(() => owner.self.async(() => 1)).toThrow(Unavailable)
    expect(() => owner.self.asyncNoLink(() => 1)).toThrow(Unavailable)
    const { self } = await stage.owner()
    expect(() => self.async("work" as never)).toThrow(invalid("work", 'must be a function; got "work"'))
  })

  it("holds on to nothing once it is over", async () => {
    const { self } = owner
    const refs: WeakRef<object>[] = []
    const note = (own: object): void => void refs.push(new WeakRef(own))
    await (async () => {
      await self.async(note).result()
      const crashing = (own: ProcessSelf<unknown>): void => {
        note(own)
        crash()
      }
      const waiting = async (own: ProcessSelf<unknown>): Promise<void> => {
        note(own)
        await pause(own, 1e6)
      }
      await self.asyncNoLink(crashing).yield()
      const late = self.async(waiting)
      await stage.time.settle()
      await late.shutdown()
      const overdue = watch(self.async(waiting).result({ timeoutMs: 10 }))
      await stage.time.advance(10)
      expect(overdue.error).toBeInstanceOf(Timeout)
    })()
    await stage.time.settle()
    await collectGarbage()
    expect(refs.map((ref) => ref.deref())).toEqual([undefined, undefined, undefined, undefined])
  })

  it("holds on to nothing that it comes to after its end, nor to waits that are over", async () => {
    const { promise, open } = latch<object>()
    const refs: WeakRef<object>[] = []
    const idle = owner.self.async(forever)
    const late = owner.self.asyncNoLink(() => {
      const value = { late: true }
      refs.push(new WeakRef(value))
      return promise.then(() => value)
    })
    await stage.time.settle()
    await late.shutdown()
    const { process } = owner
    const adopt = process.adopt.bind(process)
    process.adopt = (wait) => {
      refs.push(new WeakRef(wait))
      adopt(wait)
    }
    for (let round = 0; round < 3; round += 1) {
      const waited = watch(idle.yield({ timeoutMs: 10 }))
      await stage.time.advance(10)
      expect(waited).toMatchObject({ state: "fulfilled", value: undefined })
    }
    open({})
    await stage.time.settle()
    await collectGarbage()
    expect([refs.length, refs.map((ref) => ref.deref()).filter((kept) => kept !== undefined)]).toEqual([4, []])
    expect(await late.yield()).toEqual({ exit: "shutdown" })
  })
})

describe("asyncNoLink", () => {
  it("leaves its owner alone when it crashes", async () => {
    const doomed = owner.self.asyncNoLink(crash)
    expect(await refusalOf(doomed.result())).toMatchObject({ _tag: "Internal", cause: boom })
    expect(await doomed.yield()).toEqual({ exit: { error: boom } })
    expect(leftWith(owner, stage)).toEqual(NOTHING_LEFT)
  })

  it("goes on when its owner ends, whatever the reason", async () => {
    const ends = endOf(owner.self.asyncNoLink(afterMs(50, "unheard")).pid)
    owner.process.urge({ type: "exit", reason: "kill" })
    await stage.time.advance(50)
    expect([owner.process.exitReason, ends]).toEqual(["killed", ["normal"]])
  })
})

describe("result", () => {
  it("rejects when the time is over, 5000 ms if not said otherwise, once the task is killed; its owner is spared", async () => {
    const { self, process } = owner
    for (const late of [self.async(forever), self.asyncNoLink(forever)]) {
      const ends = endOf(late.pid)
      const awaited = watch(late.result())
      await stage.time.advance(4999)
      expect([awaited.state, ends]).toEqual(["pending", []])
      await stage.time.advance(1)
      expect(awaited.error).toMatchObject({ _tag: "Timeout", details: { timeoutMs: 5000 } })
      expect(ends).toEqual(["killed"])
    }
    expect([process.status, leftWith(owner, stage)]).toEqual(["ready", NOTHING_LEFT])
  })

  it("rejects only when the task is gone", async () => {
    const late = owner.self.async(forever)
    const seen: boolean[] = []
    await exhaust(owner, stage)
    const awaited = late.result({ timeoutMs: 0 }).catch(() => seen.push(late.pid.isAlive))
    for (let hop = 0; hop < 100; hop += 1) await Promise.resolve()
    expect([seen, late.pid.isAlive]).toEqual([[], true])
    await awaited
    expect(seen).toEqual([false])
  })

  it("waits without limit where it is told to, and not at all with 0", async () => {
    const patient = watch(owner.self.async(afterMs(1e6, "at last")).result({ timeoutMs: Number.POSITIVE_INFINITY }))
    const hasty = await settled(owner.self.async(forever).result({ timeoutMs: 0 }))
    expect(hasty.error).toBeInstanceOf(Timeout)
    await stage.time.advance(1e6)
    expect(patient.value).toBe("at last")
  })

  it("may be asked for again, and by several at once", async () => {
    const one = owner.self.async(afterMs(10, "value"))
    const asked = [watch(one.result()), watch(one.result({ timeoutMs: 20 })), watch(one.yield())]
    await stage.time.advance(10)
    expect(asked.map(({ value }) => value)).toEqual(["value", "value", { ok: "value" }])
    expect(await one.result({ timeoutMs: 0 })).toBe("value")
    expect(leftWith(owner, stage)).toEqual(NOTHING_LEFT)
  })

  it("of an owner that ends meanwhile rejects, and nothing of the wait is left", async () => {
    const pending = watch(owner.self.asyncNoLink(afterMs(100, "unheard")).result())
    await stage.time.settle()
    owner.process.urge({ type: "exit", reason: { error: boom } })
    await stage.time.settle()
    expect(pending.error).toMatchObject({ _tag: "Unavailable", cause: boom })
    expect(stage.kernel.wheel.size).toBe(1)
    await stage.time.advance(100)
    expect([stage.kernel.processes.size, stage.kernel.wheel.size]).toEqual([0, 0])
  })

  it("of an owner that has ended rejects at once; that nobody hears of it is no fault of the program's", async () => {
    const unheard = owner.self.asyncNoLink(afterMs(100, "unheard"))
    void unheard.result()
    void unheard.yield()
    owner.process.urge({ type: "exit", reason: "kill" })
    await stage.time.settle()
    expect(await refusalOf(unheard.result())).toBeInstanceOf(Unavailable)
    await stage.time.advance(100)
  })

  it("is the owner's alone: another process is refused in the synchronous part of its handler", async () => {
    const mine = owner.self.async(forever)
    const theirs = owner.self.asyncNoLink(async () => {
      const asked = [mine.result(), mine.yield(), mine.shutdown(), awaitMany([mine])]
      return Promise.all(asked.map(refusalOf))
    })
    const refusals = await theirs.result()
    for (const refused of refusals) expect(refused).toBeInstanceOf(Conflict)
    const owned = `the task ${mine.pid} belongs to ${owner.pid}: ${theirs.pid} cannot await it`
    expect(refusals.map(({ message }) => message)).toEqual([owned, owned, owned, owned])
    expect(mine.pid.isAlive).toBe(true)
  })

  it("refuses a time that is none, and options that are not known", async () => {
    const one = owner.self.async(() => 1)
    for (const timeoutMs of [-1, Number.NaN, "5" as never]) {
      for (const asked of [
        one.result({ timeoutMs }),
        one.yield({ timeoutMs }),
        one.shutdown({ timeoutMs }),
        awaitMany([one], { timeoutMs }),
      ])
        expect(await refusalOf(asked)).toMatchObject({ _tag: "Invalid", details: { field: "timeoutMs" } })
    }
    expect(await refusalOf(one.result({ timeout: 5 } as never))).toEqual(invalid("timeout", "is unknown; did you mean timeoutMs?"))
    expect(await refusalOf(one.shutdown("kill" as never))).toMatchObject({ _tag: "Invalid" })
    expect(await one.result()).toBe(1)
  })
})

describe("yield", () => {
  it("gives nothing when the time is over, leaves the task as it is, and may be repeated", async () => {
    const slow = owner.self.async(afterMs(100, "done"))
    const yields = [watch(slow.yield({ timeoutMs: 40 })), watch(slow.yield({ timeoutMs: 80 }))]
    await stage.time.advance(80)
    expect(yields).toMatchObject([
      { state: "fulfilled", value: undefined },
      { state: "fulfilled", value: undefined },
    ])
    const last = watch(slow.yield())
    await stage.time.advance(20)
    expect([last.value, await slow.yield({ timeoutMs: 0 })]).toEqual([{ ok: "done" }, { ok: "done" }])
    expect(leftWith(owner, stage)).toEqual(NOTHING_LEFT)
  })

  it("only looks with 0 ms, which takes no time at all", async () => {
    const slow = owner.self.async(forever)
    expect(await slow.yield({ timeoutMs: 0 })).toBeUndefined()
    expect(stage.kernel.wheel.size).toBe(0)
  })
})

describe("shutdown", () => {
  const stubborn = async (self: ProcessSelf<unknown>): Promise<never> => {
    self.trapExit(true)
    return forever()
  }
  const obedient =
    (then: (self: ProcessSelf<unknown>) => unknown) =>
    async (self: ProcessSelf<unknown>): Promise<unknown> => {
      self.trapExit(true)
      await self.receive(isExit)
      return then(self)
    }

  it("ends the task and gives nothing, at once where it does not trap exits; its owner is spared", async () => {
    for (const how of [undefined, { timeoutMs: 100 }, { timeoutMs: 0 }, "brutal_kill"] as const) {
      const running = owner.self.async(forever)
      const ends = endOf(running.pid)
      await stage.time.settle()
      expect(await settled(running.shutdown(how))).toMatchObject({ state: "fulfilled" })
      expect(ends).toEqual([how === "brutal_kill" ? "killed" : "shutdown"])
    }
    expect([owner.process.status, leftWith(owner, stage)]).toEqual(["ready", NOTHING_LEFT])
  })

  it("answers by what the task came to", async () => {
    const { self } = owner
    const answers: [Task<unknown>, unknown][] = [
      [self.async(forever), undefined],
      [self.async(obedient(() => "cleared up")), { ok: "cleared up" }],
      [self.asyncNoLink(obedient(crash)), { exit: { error: boom } }],
      [self.asyncNoLink(crash), { exit: { error: boom } }],
      [self.async(() => "done before"), { ok: "done before" }],
    ]
    await stage.time.settle()
    for (const [running, answer] of answers) expect(await running.shutdown()).toEqual(answer)
    // Asked again, they say the same.
    for (const [running, answer] of answers) expect(await running.shutdown()).toEqual(answer)
    expect(leftWith(owner, stage)).toEqual(NOTHING_LEFT)
  })

  it("sends the exit signal in its owner's name, and kills what is not gone when the time is over, 5000 ms if not said otherwise", async () => {
    const signals: unknown[] = []
    const trapping = owner.self.async(async (self) => {
      self.trapExit(true)
      signals.push(await self.receive())
      return forever()
    })
    await stage.time.settle()
    const answer = watch(trapping.shutdown())
    await stage.time.advance(4999)
    expect([signals, answer.state]).toEqual([[{ type: "EXIT", from: owner.pid, reason: "shutdown" }], "pending"])
    await stage.time.advance(1)
    expect(answer.value).toEqual({ exit: "killed" })
    const quick = owner.self.async(stubborn)
    await stage.time.settle()
    expect((await settled(quick.shutdown({ timeoutMs: 0 }))).value).toEqual({ exit: "killed" })
    const killed = owner.self.async(stubborn)
    await stage.time.settle()
    expect(await settled(killed.shutdown("brutal_kill"))).toMatchObject({ state: "fulfilled", value: undefined })
    expect(leftWith(owner, stage)).toEqual(NOTHING_LEFT)
  })

  it("tells a result that waits", async () => {
    const running = owner.self.async(forever)
    const waiting = refusalOf(running.result())
    await stage.time.settle()
    await running.shutdown()
    expect(await waiting).toMatchObject({ _tag: "Unavailable", details: { reason: "shutdown" } })
  })
})

describe("awaitMany", () => {
  it("gives all results in the order of the list", async () => {
    const { self } = owner
    const results = awaitMany([self.async(afterMs(30, "slow")), self.async(() => 2), self.asyncNoLink(afterMs(10, true))])
    await stage.time.advance(30)
    expect(await results).toEqual(["slow", 2, true])
    const once = self.async(() => 1)
    expect((await refusalOf(awaitMany(new Array(2)))).details.field).toBe("tasks[0]")
    expect([await awaitMany([]), await awaitMany([once, once])]).toEqual([[], [1, 1]])
    expect(leftWith(owner, stage)).toEqual(NOTHING_LEFT)
  })

  it("has one limit for all; when it is over those that run are killed, linked or not", async () => {
    const { self } = owner
    const tasks = [self.async(afterMs(10, 1)), self.async(afterMs(60, 2)), self.asyncNoLink(forever)] as const
    const ends = tasks.map(({ pid }) => endOf(pid))
    const awaited = watch(awaitMany(tasks, { timeoutMs: 50 }))
    await stage.time.advance(50)
    expect(awaited.error).toEqual(new Timeout("3 tasks did not end within 50 ms: killed", { details: { timeoutMs: 50 } }))
    expect(ends).toEqual([["normal"], ["killed"], ["killed"]])
    expect([owner.process.status, leftWith(owner, stage)]).toEqual(["ready", NOTHING_LEFT])
    const byDefault = watch(awaitMany([self.async(forever)]))
    await stage.time.advance(4999)
    expect(byDefault.state).toBe("pending")
    await stage.time.advance(1)
    expect(byDefault.error).toBeInstanceOf(Timeout)
  })

  it("with 0 ms takes what is there, or fails", async () => {
    const { self } = owner
    const done = self.async(() => 1)
    await done.result()
    expect(await awaitMany([done], { timeoutMs: 0 })).toEqual([1])
    const hasty = watch(awaitMany([done, self.async(forever)], { timeoutMs: 0 }))
    await stage.time.advance(0)
    expect(hasty.error).toBeInstanceOf(Timeout)
  })

  it("fails with the first that fails, and kills the rest", async () => {
    const { self } = owner
    const failing = self.asyncNoLink(async (own) => {
      await pause(own, 20)
      crash()
    })
    const tasks = [self.async(forever), failing, self.async(afterMs(10, 1))]
    const awaited = watch(awaitMany(tasks))
    await stage.time.advance(20)
    expect(awaited.error).toMatchObject({ _tag: "Internal", cause: boom, details: { target: String(failing.pid) } })
    expect(tasks.map(({ pid }) => pid.isAlive)).toEqual([false, false, false])
    expect([owner.process.status, leftWith(owner, stage)]).toEqual(["ready", NOTHING_LEFT])
  })

  it("of an owner that ends meanwhile rejects, and leaves alone what no link ties to it", async () => {
    const tasks = [owner.self.asyncNoLink(afterMs(50, 1)), owner.self.async(forever)]
    const ends = tasks.map(({ pid }) => endOf(pid))
    const awaited = watch(awaitMany(tasks))
    await stage.time.settle()
    owner.process.urge({ type: "exit", reason: "kill" })
    await stage.time.advance(50)
    expect(awaited.error).toBeInstanceOf(Unavailable)
    expect(ends).toEqual([["normal"], ["killed"]])
  })

  it("refuses what is no list of tasks, and tasks of several owners", async () => {
    const { self } = owner
    const other = await stage.owner()
    const mixed = [self.async(() => 1), other.self.async(() => 2)]
    expect(await refusalOf(awaitMany(mixed))).toEqual(invalid("tasks", "must all belong to one owner"))
    expect(await refusalOf(awaitMany("tasks" as never))).toEqual(invalid("tasks", 'must be a list of tasks; got "tasks"'))
    expect(await refusalOf(awaitMany(undefined as never))).toEqual(invalid("tasks", "must be a list of tasks; got undefined"))
    expect(await refusalOf(awaitMany([mixed[0], 5] as never))).toEqual(invalid("tasks[1]", "must be a task; got 5"))
  })
})

describe("a server", () => {
  it("may await tasks in a handler; their results never come as messages", async () => {
    const { runtime, time } = await openStage()
    const heard: unknown[] = []
    const adder = server({
      init: (_none: undefined, self) => {
        self.trapExit(true)
        return {}
      },
      call: {
        sum: async (_state, numbers: readonly number[], self) => {
          const parts = await awaitMany(numbers.map((number) => self.async(() => number * 2)))
          return parts.reduce((sum, part) => sum + part, 0)
        },
        fail: (_state, _none: undefined, self) => self.async(crash).yield(),
      },
      info: (_state, message) => void heard.push(message),
    })
    const pid = runtime.spawn(adder)
    expect(await pid.call.sum([1, 2, 3])).toBe(12)
    expect(await pid.call.fail()).toEqual({ exit: { error: boom } })
    await time.settle()
    expect([heard, runtime.statistics().waiting]).toEqual([[], 0])
    await runtime.stop({ timeoutMs: 0 })
  })
})

describe("task", () => {
  it("is a process that does its work with its argument, and ends", async () => {
    const { runtime, time } = await openStage()
    const seen: unknown[] = []
    const job = task(async (self, name: string) => {
      seen.push([self.pid, name])
      return "nobody hears"
    })
    const pid = runtime.spawn(job, "one")
    expect([await runtime.whenEnded(pid), seen]).toEqual(["normal", [[pid, "one"]]])
    expect(await runtime.whenEnded(runtime.spawn(task(crash)))).toEqual({ error: boom })
    expect(() => task("work" as never)).toThrow(Invalid)
    await runtime.stop({ timeoutMs: 0 })
    await time.settle()
  })

  it("under a supervisor is temporary, unless its child spec says otherwise", async () => {
    const time = virtualTime()
    const runs: string[] = []
    const job = (name: string, isFatal = false) =>
      task(async (self) => {
        runs.push(name)
        await pause(self, 10)
        if (isFatal) throw boom
      })
    const runtime = await start(
      { done: job("done"), crashed: job("crashed", true), again: child(job("again", true), { restart: "transient" }) },
      { host: time, log: () => {} },
    )
    await time.advance(15)
    expect(runs).toEqual(["done", "crashed", "again", "again"])
    await runtime.stop({ timeoutMs: 0 })
  })

  it("told to stop ends at once, its signal aborted; one that traps exits gets its time", async () => {
    const { runtime, time } = await openStage()
    const seen: string[] = []
    const plain = task(async (self) => {
      self.signal.addEventListener("abort", () => seen.push("aborted"))
      await forever()
    })
    const trapping = task(async (self) => {
      self.trapExit(true)
      await self.receive().catch(() => seen.push("told to stop"))
      await Promise.resolve()
      seen.push(`cleared up, and ${self.pid.isAlive ? "alive" : "dead"}`)
    })
    const pids = [runtime.spawn(plain), runtime.spawn(trapping)]
    await time.settle()
    const reasons = Promise.all(pids.map((pid) => runtime.whenEnded(pid)))
    await runtime.stop()
    expect([await reasons, seen]).toEqual([
      ["shutdown", "shutdown"],
      ["aborted", "told to stop", "cleared up, and alive"],
    ])
  })
})

describe("runtime.async", () => {
  it("gives code outside all processes a task", async () => {
    const { runtime, time } = await openStage()
    const before = runtime.statistics().processes
    expect(await runtime.async(() => 1).result()).toBe(1)
    expect(await runtime.async(forever).shutdown()).toBeUndefined()
    const late = watch(runtime.async(forever).result({ timeoutMs: 10 }))
    await time.advance(10)
    expect(late.error).toBeInstanceOf(Timeout)
    expect(await refusalOf(runtime.async(crash).result())).toMatchObject({ _tag: "Internal", cause: boom })
    expect([runtime.statistics(), time.heldTimers]).toMatchObject([{ waiting: 0, processes: before }, 0])
    await runtime.stop({ timeoutMs: 0 })
  })

  it("acts as its caller's principal, and so do the tasks of that", async () => {
    const time = virtualTime()
    const notes = server({ init: () => ({}), call: { note: () => "noted" } })
    const onlyAlice = ({ principal }: { principal: { id: string } }) => principal.id === "alice"
    const runtime = await start({ "app:notes": notes }, { host: time, log: () => {}, policies: [onlyAlice] })
    const work = async (self: ProcessSelf<unknown>): Promise<unknown> => {
      const mailbox = await self.async((inner) => inner.acquire("app:notes", { as: ServerMailbox })).result()
      return mailbox.constructor
    }
    expect(await runtime.as({ id: "alice" }).async(work).result()).toBe(ServerMailbox)
    expect(await refusalOf(runtime.as({ id: "bob" }).async(work).result())).toMatchObject({ _tag: "Internal" })
    await runtime.stop({ timeoutMs: 0 })
  })

  it("belongs to the program: a process is refused", async () => {
    const { runtime } = await openStage()
    const ours = runtime.async(forever)
    const theirs = runtime.async(() => refusalOf(ours.result()))
    expect(await theirs.result()).toMatchObject({
      _tag: "Conflict",
      message: `the task ${ours.pid} belongs to the program outside all processes: ${theirs.pid} cannot await it`,
    })
    await runtime.stop({ timeoutMs: 0 })
  })

  it("ends with the application: who waits is told", async () => {
    const { runtime, time } = await openStage()
    const waiting = watch(runtime.async(forever).result())
    await time.settle()
    await runtime.stop()
    expect(waiting.error).toMatchObject({ _tag: "Unavailable", details: { reason: "shutdown" } })
    expect(() => runtime.async(forever)).toThrow(Unavailable)
  })
})

describe("a task that has a label", () => {
  const logged = async (act: (runtime: Runtime) => PromiseLike<unknown>) => {
    const log: LogEntry[] = []
    const events: InspectionEvent[] = []
    const host = virtualTime({ unseenMs: 0 })
    const runtime = await start({}, { host, policies: [], log: (entry) => log.push(entry), inspect: (event) => events.push(event) })
    await act(runtime)
    await host.settle()
    await runtime.stop()
    const errors = log.filter(({ level }) => level === "error").map(({ fields }) => fields?.label)
    const labels = events.flatMap((event) => (event.type === "spawned" ? [event.label] : []))
    return { errors, labels, reports: events.filter(({ type }) => type === "crash_report").length }
  }

  it("is called by it in the log, in errors and by inspectors; it has no name by it, and need not be the only one", async () => {
    const { errors, labels } = await logged(async (runtime) => {
      const tasks = [1, 2].map(() => runtime.async(crash, { label: "sum" }))
      await Promise.all(tasks.map((each) => refusalOf(each.result())))
      expect(runtime.whereis("sum")).toBeUndefined()
      const waiting = runtime.async(forever, { label: "slow" })
      const asked = refusalOf(runtime.ask(waiting.pid, "x"))
      await waiting.shutdown("brutal_kill")
      expect(String(await asked)).toContain("slow")
      await runtime.whenEnded(runtime.spawn(task(crash, { label: "job" })))
      await runtime.whenEnded(runtime.spawn(task(crash, { label: "job" }), undefined, { name: "named" }))
    })
    expect(errors).toEqual(["sum", "sum", "job", "named"])
    expect(labels.filter((label) => label === "slow")).toHaveLength(1)
  })

  it("is called by the item's place as well in a stream", async () => {
    const { errors, labels } = await logged(async (runtime) => {
      for await (const _outcome of runtime.asyncStream(["a", "b"], (item) => (item === "b" ? crash() : item), { label: "page" }));
    })
    expect([errors, labels.filter((label) => label.startsWith("page"))]).toEqual([["page[1]"], ["page[0]", "page[1]"]])
  })

  it("is silent in the log where that is asked for, and inspectors and its owner hear of its crash", async () => {
    const { errors, reports } = await logged(async (runtime) => {
      expect(await refusalOf(runtime.async(crash, { log: false }).result())).toBeInstanceOf(Internal)
      const outcomes: string[] = []
      for await (const outcome of runtime.asyncStream([1, 2], crash, { log: false })) outcomes.push("exit" in outcome ? "exit" : "ok")
      expect(outcomes).toEqual(["exit", "exit"])
      await runtime.whenEnded(runtime.spawn(task(crash, { log: false })))
      const owner = runtime.async((self) => refusalOf(self.asyncNoLink(crash, { log: false }).result()))
      expect(await owner.result()).toBeInstanceOf(Internal)
      await refusalOf(runtime.async(crash, { log: true, label: "loud" }).result())
    })
    expect([errors, reports]).toEqual([["loud"], 6])
  })
})

describe("a wait for a task that has a signal", () => {
  const listeners = ({ signal }: AbortController): number => getEventListeners(signal, "abort").length

  it("is given up by it: result kills the task, yield leaves it, and nothing is left of either", async () => {
    const controller = new AbortController()
    const { signal } = controller
    const [killed, left] = [owner.self.async(forever), owner.self.async(forever)]
    const result = watch(killed.result({ signal }))
    const outcome = watch(left.yield({ signal, timeoutMs: Number.POSITIVE_INFINITY }))
    await stage.time.settle()
    expect(listeners(controller)).toBe(1)
    controller.abort("enough")
    await stage.time.settle()
    for (const { error } of [result, outcome]) {
      expect(error).toBeInstanceOf(Canceled)
      expect(error).toMatchObject({ cause: "enough", details: { operation: "result" } })
    }
    expect([killed.pid.isAlive, left.pid.isAlive, listeners(controller)]).toEqual([false, true, 0])
    expect([owner.process.status, stage.kernel.wheel.size]).toEqual(["ready", 0])
    expect((await settled(left.yield({ signal }))).error).toBeInstanceOf(Canceled)
    await left.shutdown("brutal_kill")
    expect(leftWith(owner, stage)).toEqual(NOTHING_LEFT)
  })

  it("leaves no listener where the task ends first, the time is over, or the owner ends", async () => {
    const controller = new AbortController()
    const { signal } = controller
    expect(await owner.self.async(() => 1).result({ signal })).toBe(1)
    const late = watch(owner.self.async(forever).result({ signal, timeoutMs: 10 }))
    await stage.time.advance(10)
    expect([late.error, listeners(controller)]).toEqual([expect.any(Timeout), 0])
    const orphaned = watch(owner.self.asyncNoLink(forever).result({ signal }))
    await stage.time.settle()
    owner.process.urge({ type: "exit", reason: "kill" })
    await stage.time.settle()
    expect([orphaned.error, listeners(controller)]).toEqual([expect.any(Unavailable), 0])
  })

  it("gives the value of one that has ended by then, though it is aborted", async () => {
    const done = owner.self.async(() => 1)
    await done.result()
    expect(await done.result({ signal: AbortSignal.abort() })).toBe(1)
  })

  it("kills the others of many, and is the end of a shutdown's patience", async () => {
    const controller = new AbortController()
    const tasks = [owner.self.async(() => 1), owner.self.async(forever), owner.self.async(() => forever())]
    const all = watch(awaitMany(tasks, { signal: controller.signal }))
    await stage.time.settle()
    controller.abort()
    await stage.time.settle()
    expect([all.error, tasks.map(({ pid }) => pid.isAlive), listeners(controller)]).toEqual([
      expect.any(Canceled),
      [false, false, false],
      0,
    ])
    expect((await settled(awaitMany([owner.self.async(forever)], { signal: controller.signal }))).error).toBeInstanceOf(Canceled)
    const stubborn = owner.self.async((self) => {
      self.trapExit(true)
      return forever()
    })
    await stage.time.settle()
    const impatient = new AbortController()
    const shut = watch(stubborn.shutdown({ signal: impatient.signal }))
    await stage.time.settle()
    expect(shut.state).toBe("pending")
    impatient.abort()
    await stage.time.settle()
    expect([shut.state, shut.value, stubborn.pid.isAlive]).toEqual(["fulfilled", { exit: "killed" }, false])
    expect(leftWith(owner, stage)).toEqual(NOTHING_LEFT)
  })
})
