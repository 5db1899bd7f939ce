import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { Invalid, type ServerSelf, server, Unavailable } from "../../src/index.ts"
import { bootApp } from "../support/app.ts"
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

describe("self.continue", () => {
  it("runs the second half of an init before any message, though messages waited already", async () => {
    const log: unknown[] = []
    const pid = stage.runtime.spawn(
      server({
        init: (_none: undefined, self) => self.continue("load"),
        continue: (_state, argument: string) => void log.push(`continue ${argument}`),
        cast: { note: (_state, text: string) => void log.push(text) },
      }),
    )
    pid.cast.note("first")
    await stage.time.settle()
    expect(log).toEqual(["continue load", "first"])
  })

  it("runs right after the handler that asked for it, before what waits, in the order asked for", async () => {
    const log: unknown[] = []
    const pid = stage.runtime.spawn(
      server({
        init: () => ({}),
        continue: (_state, argument: string) => void log.push(argument),
        cast: {
          split: (_state, _none: undefined, self) => {
            log.push("split")
            self.continue("one")
            self.continue("two")
          },
          note: (_state, text: string) => void log.push(text),
        },
      }),
    )
    pid.cast.split()
    pid.cast.note("waits")
    await stage.time.settle()
    expect(log).toEqual(["split", "one", "two", "waits"])
  })

  it("may be asked for in a continuation, and may be asynchronous: messages go on waiting", async () => {
    const log: unknown[] = []
    const gate = latch()
    const pid = stage.runtime.spawn(
      server({
        init: (_none: undefined, self) => self.continue(1),
        continue: async (_state, step: number, self) => {
          if (step === 2) await gate.promise
          log.push(step)
          if (step < 3) self.continue(step + 1)
        },
        cast: { note: (_state, text: string) => void log.push(text) },
      }),
    )
    pid.cast.note("waits")
    await stage.time.settle()
    expect(log).toEqual([1])
    gate.open()
    await stage.time.settle()
    expect(log).toEqual([1, 2, 3, "waits"])
  })

  it("comes before what unstashAll puts back, whichever was asked for first", async () => {
    const log: unknown[] = []
    const definition = server({
      init: () => ({ isOpen: false }),
      continue: (_state, argument: string) => void log.push(argument),
      cast: {
        work: (state, text: string, self) => (state.isOpen ? void log.push(text) : self.stash()),
        open: (state, isContinuedFirst: boolean, self) => {
          state.isOpen = true
          if (isContinuedFirst) self.continue("continued")
          self.unstashAll()
          if (!isContinuedFirst) self.continue("continued")
        },
      },
    })
    for (const isContinuedFirst of [true, false]) {
      const pid = stage.runtime.spawn(definition)
      pid.cast.work("stashed")
      pid.cast.open(isContinuedFirst)
      await stage.time.settle()
    }
    expect(log).toEqual(["continued", "stashed", "continued", "stashed"])
  })

  it("is not taken up once the process was told to stop", async () => {
    const log: unknown[] = []
    const pid = stage.runtime.spawn(
      server({
        init: () => ({}),
        continue: () => void log.push("continued"),
        cast: {
          finish: (_state, _none: undefined, self) => {
            self.continue()
            self.stop()
          },
        },
        terminate: () => void log.push("terminated"),
      }),
    )
    pid.cast.finish()
    await stage.time.settle()
    expect(log).toEqual(["terminated"])
  })

  it("is no message: it takes no room, and is counted nowhere", async () => {
    const pid = stage.runtime.spawn(
      server({
        init: () => ({}),
        continue: () => {},
        call: { go: (_state, _none: undefined, self) => self.continue() },
      }),
      undefined,
      { inbox: { capacity: 1 } },
    )
    await pid.call.go()
    expect(stage.runtime.statistics()).toMatchObject({ accepted: 1, handled: 1, waiting: 0, reported: 0 })
  })

  it("whose handler throws crashes the server", async () => {
    const boom = new Error("boom")
    const pid = stage.runtime.spawn(
      server({
        init: (_none: undefined, self) => self.continue(),
        continue: () => {
          throw boom
        },
      }),
    )
    const end = watch(stage.runtime.whenEnded(pid))
    await stage.time.settle()
    expect(end.value).toEqual({ error: boom })
  })

  it("waits for the handlers of a concurrent server no longer than they take their messages", async () => {
    const log: unknown[] = []
    const gate = latch()
    const pid = stage.runtime.spawn(
      server({
        concurrency: 2,
        init: (_none: undefined, self) => self.continue(),
        continue: async () => {
          await gate.promise
          log.push("continued")
        },
        cast: { note: (_state, text: string) => void log.push(text) },
      }),
    )
    pid.cast.note("waits")
    await stage.time.settle()
    expect(log).toEqual([])
    gate.open()
    await stage.time.settle()
    expect(log).toEqual(["continued", "waits"])
  })

  it("without a continue handler is Invalid; from a function of a server that has ended, Unavailable", async () => {
    const selves: ServerSelf[] = []
    const keep = (_none: undefined, self: ServerSelf): void => void selves.push(self)
    const [without, withOne] = [
      stage.runtime.spawn(server({ init: keep })),
      stage.runtime.spawn(server({ init: keep, continue: () => {} })),
    ]
    await stage.time.settle()
    expect(refusalBy(() => selves[0]?.continue())).toMatchObject({ _tag: "Invalid", details: { field: "continue" } })
    for (const pid of [without, withOne]) stage.runtime.exit(pid, "kill")
    await stage.time.settle()
    expect(refusalBy(() => selves[1]?.continue())).toBeInstanceOf(Unavailable)
  })

  it("asked for by a function of an earlier incarnation does nothing in the next, though both share an inbox", async () => {
    const log: unknown[] = []
    const selves: ServerSelf[] = []
    const keeper = server({
      init: (_none: undefined, self) => void selves.push(self),
      continue: (_state, argument: string) => void log.push(argument),
      cast: {
        crash: () => {
          throw new Error("boom")
        },
        note: (_state, text: string, self) => (log.length > 1 ? void log.push(text) : self.stash()),
      },
    })
    const { runtime, time } = await bootApp({ "app:keeper": keeper })
    const mailbox = await runtime.acquire("app:keeper")
    mailbox.cast.crash()
    await time.advance(1000)
    mailbox.cast.note("aside")
    await time.settle()
    expect(refusalBy(() => selves[0]?.continue("stale"))).toBeInstanceOf(Unavailable)
    expect(refusalBy(() => selves[0]?.unstashAll())).toBeInstanceOf(Unavailable)
    selves[1]?.continue("own")
    await time.settle()
    expect([log, runtime.sys.statistics("app:keeper").stashed]).toEqual([["own"], 1])
    void runtime.stop({ timeoutMs: 0 })
    await time.settle()
  })

  it("must be a function where it is defined", () => {
    expect(() => server({ init: () => ({}), continue: 1 } as never)).toThrow(Invalid)
  })
})
