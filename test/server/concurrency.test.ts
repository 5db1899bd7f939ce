import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { Internal, Invalid, server, Timeout, Unavailable } from "../../src/index.ts"
import { type Latch, latch } from "../support/latch.ts"
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

const boom = new Error("boom")

/** Each `work` waits for the latch of its name; all that begins and ends is noted. */
function workshop(concurrency: number) {
  const log: string[] = []
  const latches = new Map<string, Latch>()
  const latchOf = (name: string): Latch => {
    const found = latches.get(name) ?? latch()
    latches.set(name, found)
    return found
  }
  const definition = server({
    concurrency,
    init: () => ({ count: 0 }),
    call: {
      work: async (state, name: string) => {
        log.push(`begin ${name}`)
        await latchOf(name).promise
        state.count += 1
        log.push(`end ${name}`)
        return name
      },
      count: (state) => state.count,
    },
    cast: { note: (_state, text: string) => void log.push(text) },
    terminate: () => void log.push("terminate"),
  })
  return { definition, log, open: (name: string) => latchOf(name).open(), fail: (name: string) => latchOf(name).fail(boom) }
}

describe("concurrency", () => {
  it("leaves a request open that is put aside after a wait: its time runs, and it fails with the process", async () => {
    const gate = latch()
    const hesitant = server({
      concurrency: 2,
      init: () => ({}),
      call: {
        later: async (_state, _argument: undefined, self) => {
          const stashed = self.stash()
          await gate.promise
          return stashed
        },
      },
    })
    const pid = stage.runtime.spawn(hesitant)
    await stage.time.settle()
    const limited = watch(pid.call.later(undefined, { timeoutMs: 100 }))
    const unlimited = watch(pid.call.later(undefined, { timeoutMs: Number.POSITIVE_INFINITY }))
    await stage.time.advance(100)
    expect(limited.error).toBeInstanceOf(Timeout)
    stage.runtime.exit(pid, "kill")
    await stage.time.settle()
    expect(unlimited.error).toBeInstanceOf(Unavailable)
    gate.open()
    await stage.time.settle()
  })

  it("begins handlers in order while others wait, up to its number; a synchronous handler waits for no other", async () => {
    const { definition, log, open } = workshop(2)
    const pid = stage.runtime.spawn(definition)
    const works = ["a", "b", "c"].map((name) => watch(pid.call.work(name)))
    pid.cast.note("note")
    await stage.time.settle()
    expect(log).toEqual(["begin a", "begin b"])
    open("b")
    await stage.time.settle()
    expect(log).toEqual(["begin a", "begin b", "end b", "begin c"])
    open("a")
    await stage.time.settle()
    expect(log).toEqual(["begin a", "begin b", "end b", "begin c", "end a", "note"])
    open("c")
    await stage.time.settle()
    expect(works.map(({ value }) => value)).toEqual(["a", "b", "c"])
    expect(await pid.call.count()).toBe(3)
  })

  it("counts a handler once, though what it returns calls back twice", async () => {
    const { definition, log } = workshop(2)
    const calls = definition.options.call ?? {}
    class Twice {
      // biome-ignore lint/suspicious/noThenProperty: a thenable that breaks the rules is what this is about
      then(done: (value: string) => void): void {
        done("first")
        done("second")
      }
    }
    const twice = (): PromiseLike<string> => new Twice() as PromiseLike<string>
    const pid = stage.runtime.spawn(server({ concurrency: 2, init: () => ({ count: 0 }), call: { ...calls, twice } }))
    expect(await pid.call.twice()).toBe("first")
    const work = pid.call as unknown as { work(name: string): Promise<string> }
    for (const name of ["a", "b", "c"]) void watch(work.work(name))
    await stage.time.settle()
    expect(log).toEqual(["begin a", "begin b"])
  })

  it("is 1 where nothing is said", async () => {
    const { definition, log } = workshop(1)
    const pid = stage.runtime.spawn(definition)
    for (const name of ["a", "b"]) void watch(pid.call.work(name))
    await stage.time.settle()
    expect(log).toEqual(["begin a"])
  })

  it("a handler that throws crashes the server: its own request fails with Internal, the others with Unavailable", async () => {
    const { definition, fail } = workshop(2)
    const pid = stage.runtime.spawn(definition)
    const works = ["a", "b", "c"].map((name) => watch(pid.call.work(name)))
    await stage.time.settle()
    fail("b")
    await stage.time.settle()
    expect(works.map(({ error }) => error)).toEqual([expect.any(Unavailable), expect.any(Internal), expect.any(Unavailable)])
    expect(works.map(({ error }) => (error as Error).cause)).toEqual([undefined, boom, undefined])
  })

  it("what a handler gives after the end is a late reply", async () => {
    const { definition, open } = workshop(2)
    const pid = stage.runtime.spawn(definition)
    for (const name of ["a", "b"]) void watch(pid.call.work(name))
    await stage.time.settle()
    stage.runtime.exit(pid, "kill")
    await stage.time.settle()
    open("a")
    await stage.time.settle()
    expect(stage.runtime.statistics().lateReplies).toBe(1)
  })

  it("a stop waits for the handlers that run, whose callers get their replies, and begins no other", async () => {
    const { definition, log, open } = workshop(2)
    const pid = stage.runtime.spawn(definition)
    const [first, second] = [watch(pid.call.work("a")), watch(pid.call.work("b"))]
    await stage.time.settle()
    const stopped = watch(stage.runtime.stopProcess(pid))
    const third = watch(pid.call.work("c"))
    open("a")
    await stage.time.settle()
    expect([stopped.state, log]).toEqual(["pending", ["begin a", "begin b", "end a"]])
    open("b")
    await stage.time.settle()
    expect(log).toEqual(["begin a", "begin b", "end a", "end b", "terminate"])
    expect([first.value, second.value, stopped.state]).toEqual(["a", "b", "fulfilled"])
    expect(third.error).toBeInstanceOf(Unavailable)
  })

  it("a request under way keeps its deadline", async () => {
    const { definition } = workshop(2)
    const pid = stage.runtime.spawn(definition)
    const asked = watch(pid.call.work("a", { timeoutMs: 50 }))
    await stage.time.advance(50)
    expect(asked.error).toMatchObject({ _tag: "Timeout" })
  })

  it("what needs the process at rest waits for all handlers, and is done before any other message", async () => {
    const { definition, log, open } = workshop(3)
    const pid = stage.runtime.spawn(definition)
    for (const name of ["a", "b"]) void watch(pid.call.work(name))
    await stage.time.settle()
    const replaced = watch(stage.runtime.sys.replaceState(pid, (state: { count: number }) => ({ count: state.count * 10 })))
    pid.cast.note("note")
    await stage.time.settle()
    open("a")
    await stage.time.settle()
    expect([replaced.state, log.includes("note")]).toEqual(["pending", false])
    open("b")
    await stage.time.settle()
    expect([replaced.value, log.at(-1)]).toEqual([{ count: 20 }, "note"])
  })

  it("what only looks does not wait for them", async () => {
    const { definition } = workshop(3)
    const pid = stage.runtime.spawn(definition)
    void watch(pid.call.work("a"))
    await stage.time.settle()
    expect(await stage.runtime.sys.getState(pid)).toEqual({ count: 0 })
  })

  it("what was given up waiting for them keeps no message from being handled; a stop that waits does", async () => {
    const { definition, log, open } = workshop(3)
    const pid = stage.runtime.spawn(definition)
    void watch(pid.call.work("a"))
    await stage.time.settle()
    const suspended = watch(stage.runtime.sys.suspend(pid, { timeoutMs: 10 }))
    pid.cast.note("note")
    await stage.time.advance(10)
    expect([suspended.state, log]).toEqual(["rejected", ["begin a", "note"]])
    const stopped = watch(stage.runtime.stopProcess(pid))
    void watch(stage.runtime.sys.suspend(pid, { timeoutMs: 10 }))
    pid.cast.note("too late")
    await stage.time.advance(10)
    expect(log).toEqual(["begin a", "note"])
    open("a")
    await stage.time.settle()
    expect([stopped.state, log]).toEqual(["fulfilled", ["begin a", "note", "end a", "terminate"]])
  })

  it("self.defer and self.stash are for before the first await: after it, which message is meant is not known", async () => {
    const errors: unknown[] = []
    const pid = stage.runtime.spawn(
      server({
        concurrency: 2,
        init: () => ({}),
        call: {
          early: async (_state, _none: undefined, self) => {
            const deferred = self.defer<string>()
            await Promise.resolve()
            deferred.reply("deferred")
            return deferred
          },
          late: async (_state, _none: undefined, self) => {
            await Promise.resolve()
            try {
              self.defer()
            } catch (error) {
              errors.push(error)
            }
            return "late"
          },
        },
      }),
    )
    expect(await Promise.all([pid.call.early(), pid.call.late()])).toEqual(["deferred", "late"])
    expect(errors).toEqual([expect.objectContaining({ _tag: "Invalid", message: expect.stringContaining("before the first await") })])
  })

  it("a message may be put aside, and comes back", async () => {
    const gate = latch()
    const log: string[] = []
    const pid = stage.runtime.spawn(
      server({
        concurrency: 2,
        init: () => ({ isOpen: false }),
        call: {
          enter: async (state, name: string, self) => {
            if (state.isOpen) return name
            const stashed = self.stash()
            await gate.promise
            return stashed
          },
        },
        cast: {
          open: (state, _none: undefined, self) => {
            state.isOpen = true
            log.push("open")
            self.unstashAll()
          },
        },
      }),
    )
    const entered = watch(pid.call.enter("a"))
    await stage.time.settle()
    gate.open()
    await stage.time.settle()
    expect(entered.state).toBe("pending")
    pid.cast.open()
    await stage.time.settle()
    expect(entered.value).toBe("a")
    expect(stage.runtime.statistics()).toMatchObject({ accepted: 2, handled: 2, waiting: 0 })
  })

  it.each([0, 1.5, Number.POSITIVE_INFINITY, "2"])("takes no %j", (concurrency) => {
    expect(() => server({ init: () => ({}), concurrency: concurrency as number })).toThrow(Invalid)
  })
})
