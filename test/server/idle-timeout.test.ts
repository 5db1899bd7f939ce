import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { type Deferred, type ExitReason, Invalid, type Pid, type ServerSelf, server, Unavailable } from "../../src/index.ts"
import { processOf } from "../../src/kernel/process-of.ts"
import { latch } from "../support/latch.ts"
import { refusalBy } from "../support/refusal.ts"
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

function endOf(pid: Pid): ExitReason[] {
  const reasons: ExitReason[] = []
  void stage.runtime.whenEnded(pid).then((reason) => reasons.push(reason))
  return reasons
}

/** Notes when it was idle. */
function idling(idleTimeoutMs = 100) {
  return server({
    idleTimeoutMs,
    init: () => ({ at: [] as number[] }),
    idle: (state, self) => void state.at.push(self.now()),
    call: {
      at: (state) => [...state.at],
      work: (_state, work: Promise<void>) => work,
      change: (_state, timeoutMs: number | undefined, self) => self.idleTimeout(timeoutMs),
    },
    cast: { touch: () => {} },
    info: () => {},
  })
}

/** Owes what it is asked for until it is opened, or the Deferred is used. */
function owing() {
  const idle: number[] = []
  const owed: Deferred<string>[] = []
  const definition = server({
    idleTimeoutMs: 100,
    init: () => ({ isOpen: false }),
    idle: (_state, self) => void idle.push(self.now()),
    call: {
      defer: (_state, _none: undefined, self) => {
        const deferred = self.defer<string>()
        owed.push(deferred)
        return deferred
      },
      stash: (state, _none: undefined, self) => (state.isOpen ? "opened" : self.stash()),
    },
    cast: {
      note: (_state, _none: undefined, self) => self.stash(),
      open: (state, _none: undefined, self) => {
        state.isOpen = true
        self.unstashAll()
      },
    },
  })
  return { pid: stage.runtime.spawn(definition), idle, owed }
}

type Owing = ReturnType<typeof owing>

describe("idleTimeoutMs", () => {
  it("without an idle handler stops the server, normal, when no message came for so long", async () => {
    const pid = stage.runtime.spawn(server({ idleTimeoutMs: 100, init: () => ({}), cast: { touch: () => {} } }))
    const ends = endOf(pid)
    await stage.time.advance(60)
    pid.cast.touch()
    await stage.time.advance(99)
    expect(ends).toEqual([])
    await stage.time.advance(1)
    expect(ends).toEqual(["normal"])
  })

  it("runs terminate at such an end", async () => {
    const reasons: ExitReason[] = []
    stage.runtime.spawn(server({ idleTimeoutMs: 100, init: () => ({}), terminate: (_state, reason) => void reasons.push(reason) }))
    await stage.time.advance(100)
    expect(reasons).toEqual(["normal"])
  })

  it("calls idle again and again, counted from the last message", async () => {
    const start = stage.time.now()
    const pid = stage.runtime.spawn(idling())
    await stage.time.advance(50)
    pid.cast.touch()
    await stage.time.advance(250)
    expect((await pid.call.at()).map((at) => at - start)).toEqual([150, 250])
  })

  it("counts info messages and a timer's ticks as messages, too", async () => {
    const start = stage.time.now()
    const pid = stage.runtime.spawn(idling())
    await stage.time.advance(50)
    stage.runtime.tell(pid, "info")
    await stage.time.advance(100)
    expect((await pid.call.at()).map((at) => at - start)).toEqual([150])
  })

  it("does not run while a handler does, and counts from its end", async () => {
    const start = stage.time.now()
    const gate = latch()
    const pid = stage.runtime.spawn(idling())
    const work = pid.call.work(gate.promise)
    await stage.time.advance(130)
    gate.open()
    await work
    await stage.time.advance(100)
    expect((await pid.call.at()).map((at) => at - start)).toEqual([230])
  })

  it("does not run while handlers of a concurrent server do", async () => {
    const gate = latch()
    const idle: number[] = []
    const start = stage.time.now()
    const pid = stage.runtime.spawn(
      server({
        idleTimeoutMs: 100,
        concurrency: 2,
        init: () => ({}),
        idle: (_state, self) => void idle.push(self.now() - start),
        call: { work: (_state, work: Promise<void>) => work },
      }),
    )
    const work = pid.call.work(gate.promise)
    await stage.time.advance(130)
    expect(idle).toEqual([])
    gate.open()
    await work
    await stage.time.advance(100)
    expect(idle).toEqual([230])
  })

  it("does not run while an answer is owed, deferred or passed on; and counts from when it was given", async () => {
    const start = stage.time.now()
    const { pid, idle, owed } = owing()
    const asked = [watch(pid.call.defer()), watch(pid.call.stash())]
    await stage.time.advance(250)
    expect(idle).toEqual([])
    owed[0]?.reply("served")
    pid.cast.open()
    await stage.time.advance(99)
    expect(asked.map(({ value }) => value)).toEqual(["served", "opened"])
    expect(idle).toEqual([])
    await stage.time.advance(1)
    expect(idle.map((at) => at - start)).toEqual([350])
  })

  it("does not run while a request is aside; runs though a cast is, and once the caller's time has run out", async () => {
    const { pid, idle } = owing()
    pid.cast.note()
    const asked = watch(pid.call.stash(undefined, { timeoutMs: 450 }))
    await stage.time.advance(449)
    expect([idle, asked.state]).toEqual([[], "pending"])
    await stage.time.advance(101)
    expect([idle.length, asked.state]).toEqual([1, "rejected"])
  })

  it("counts from when an answer that was owed is wanted no more: its time has run out, or it was given up", async () => {
    const start = stage.time.now()
    const servers = [owing(), owing(), owing(), owing()]
    const [first, second, third, fourth] = servers as [Owing, Owing, Owing, Owing]
    const abort = new AbortController()
    watch(first.pid.call.defer(undefined, { timeoutMs: 250 }))
    watch(second.pid.call.stash(undefined, { timeoutMs: 250 }))
    watch(third.pid.call.defer(undefined, { signal: abort.signal }))
    watch(fourth.pid.call.stash(undefined, { signal: abort.signal }))
    await stage.time.advance(250)
    abort.abort()
    await stage.time.advance(100)
    expect(servers.map(({ idle }) => idle.map((at) => at - start))).toEqual([[350], [350], [350], [350]])
  })

  it("counts from when an answer that was promised came", async () => {
    const start = stage.time.now()
    const { pid, idle, owed } = owing()
    const asked = watch(pid.call.defer())
    await stage.time.settle()
    const answer = Promise.withResolvers<string>()
    owed[0]?.reply(answer.promise as never)
    await stage.time.advance(250)
    answer.resolve("served")
    await stage.time.advance(100)
    expect([asked.value, idle.map((at) => at - start)]).toEqual(["served", [350]])
  })

  it("stops no server that owes an answer", async () => {
    const kept: Deferred<string>[] = []
    const pid = stage.runtime.spawn(
      server({
        idleTimeoutMs: 100,
        init: () => ({}),
        call: {
          ask: (_state, _none: undefined, self) => {
            const deferred = self.defer<string>()
            kept.push(deferred)
            return deferred
          },
        },
      }),
    )
    const ends = endOf(pid)
    const asked = watch(pid.call.ask())
    await stage.time.advance(1000)
    expect(ends).toEqual([])
    kept[0]?.reply("late enough")
    await stage.time.advance(100)
    expect([asked.value, ends]).toEqual(["late enough", ["normal"]])
  })

  it("does not run where a message has come behind its tick", async () => {
    const log: string[] = []
    const start = stage.time.now()
    const pid = stage.runtime.spawn(
      server({
        idleTimeoutMs: 100,
        init: () => ({}),
        idle: () => void log.push(`idle ${stage.time.now() - start}`),
        cast: { note: (_state, text: string) => void log.push(text) },
      }),
    )
    const process = processOf(pid)
    if (process === undefined) throw new Error("it does not run")
    const post = vi.spyOn(process.inbox, "post")
    post.mockImplementationOnce((envelope) => {
      const refusal = process.inbox.post(envelope)
      pid.cast.note("just in time")
      return refusal
    })
    await stage.time.advance(100)
    expect(log).toEqual(["just in time"])
    await stage.time.advance(100)
    expect(log).toEqual(["just in time", "idle 200"])
  })

  it("does not count the time that a server stood still", async () => {
    const start = stage.time.now()
    const pid = stage.runtime.spawn(idling())
    await stage.time.settle()
    await stage.runtime.sys.suspend(pid)
    await stage.time.advance(520)
    await stage.runtime.sys.resume(pid)
    await stage.time.advance(99)
    expect(await stage.runtime.sys.getState(pid)).toEqual({ at: [] })
    await stage.time.advance(1)
    expect((await pid.call.at()).map((at) => at - start)).toEqual([620])
  })

  it("begins when an asynchronous init is over", async () => {
    const gate = latch()
    const pid = stage.runtime.spawn(server({ idleTimeoutMs: 100, init: () => gate.promise }))
    const ends = endOf(pid)
    await stage.time.advance(150)
    gate.open()
    await stage.time.advance(99)
    expect(ends).toEqual([])
    await stage.time.advance(1)
    expect(ends).toEqual(["normal"])
  })

  it("may be changed and taken back by self.idleTimeout; a tick that waits is not delivered then", async () => {
    const start = stage.time.now()
    const pid = stage.runtime.spawn(idling())
    await pid.call.change(30)
    await stage.time.advance(30)
    await pid.call.change(undefined)
    await stage.time.advance(1000)
    expect((await pid.call.at()).map((at) => at - start)).toEqual([30])
    await pid.call.change(Number.POSITIVE_INFINITY)
    await stage.time.advance(1000)
    expect(await pid.call.at()).toHaveLength(1)
  })

  it("that is changed while its tick waits does not come by it", async () => {
    const idle: unknown[] = []
    const selves: ServerSelf[] = []
    // Its timer fires at the same moment, and it has its turn first.
    stage.runtime.spawn(
      server({
        init: (_none: undefined, self) => void self.after(100, "tick"),
        info: () => selves[0]?.idleTimeout(undefined),
      }),
    )
    await stage.time.settle()
    stage.runtime.spawn(
      server({
        idleTimeoutMs: 100,
        init: (_none: undefined, self) => void selves.push(self),
        idle: () => void idle.push("idle"),
      }),
    )
    await stage.time.settle()
    await stage.time.advance(100)
    expect(idle).toEqual([])
  })

  it("that is taken back leaves nothing with the process", async () => {
    const pid = stage.runtime.spawn(idling())
    await stage.time.settle()
    const idle = processOf(pid)
    if (idle === undefined) throw new Error("it does not run")
    const observe = vi.spyOn(idle, "observe")
    await pid.call.change(50)
    await pid.call.change(undefined)
    expect(observe.mock.calls.map(([, isWanted]) => isWanted)).toEqual([false, undefined, false])
  })

  it("is over with the server; asked for later, Unavailable", async () => {
    const selves: ServerSelf[] = []
    const pid = stage.runtime.spawn(server({ idleTimeoutMs: 100, init: (_none: undefined, self) => void selves.push(self) }))
    await stage.time.settle()
    stage.runtime.exit(pid, "kill")
    await stage.time.advance(99)
    await stage.time.advance(1)
    expect(stage.time.armedTimers).toBe(0)
    expect(refusalBy(() => selves[0]?.idleTimeout(5))).toBeInstanceOf(Unavailable)
    expect(stage.time.armedTimers).toBe(0)
  })

  it.each([0, -1, Number.NaN, "5"])("takes no %j", async (idleTimeoutMs) => {
    expect(() => server({ init: () => ({}), idleTimeoutMs: idleTimeoutMs as number })).toThrow("idleTimeoutMs must be more than 0 ms")
    const selves: ServerSelf[] = []
    stage.runtime.spawn(server({ init: (_none: undefined, self) => void selves.push(self) }))
    await stage.time.settle()
    expect(refusalBy(() => selves[0]?.idleTimeout(idleTimeoutMs as number))).toBeInstanceOf(Invalid)
  })
})
