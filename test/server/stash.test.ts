import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { actor, Invalid, type ProcessSelf, RateLimited, type ServerSelf, server, Timeout, Unavailable } from "../../src/index.ts"
import { bootApp } from "../support/app.ts"
import { type Latch, latch } from "../support/latch.ts"
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

/** Puts everything aside until it is opened. */
function door(stashCapacity?: number) {
  return server({
    ...(stashCapacity === undefined ? {} : { stashCapacity }),
    init: () => ({ isOpen: false, seen: [] as unknown[] }),
    call: {
      enter: (state, name: string, self) => {
        if (!state.isOpen) return self.stash()
        state.seen.push(name)
        return `hello ${name}`
      },
      seen: (state) => [...state.seen],
    },
    cast: {
      open: (state, _none: undefined, self) => {
        state.isOpen = true
        self.unstashAll()
      },
      close: (state) => {
        state.isOpen = false
      },
      note: (state, text: string, self) => (state.isOpen ? void state.seen.push(text) : self.stash()),
    },
    info: (state, message, self) => (state.isOpen ? void state.seen.push(message) : self.stash()),
  })
}

/** Puts what comes aside until it is opened; each handler goes on until the gate of its number opens. */
async function desk(concurrency: number, stashCapacity = 1024) {
  const gates: Latch[] = Array.from({ length: 5 }, () => latch())
  const seen: number[] = []
  const definition = server({
    concurrency,
    stashCapacity,
    init: () => ({ isOpen: false }),
    call: {
      put: async (state, n: number, self): Promise<unknown> => {
        if (state.isOpen) return seen.push(n) && n
        const stashed = self.stash()
        await gates[n]?.promise
        return stashed
      },
      open: (state, _none: undefined, self) => {
        state.isOpen = true
        self.unstashAll()
      },
    },
  })
  return { pid: stage.runtime.spawn(definition), gates, seen }
}

describe("self.stash of a server", () => {
  it("puts the message aside until unstashAll; they come before what waits, in their order, and the caller gets its answer", async () => {
    const pid = stage.runtime.spawn(door())
    const [one, two] = [watch(pid.call.enter("one")), watch(pid.call.enter("two"))]
    pid.cast.note("three")
    await stage.time.settle()
    expect([one.state, two.state]).toEqual(["pending", "pending"])
    pid.cast.open()
    pid.cast.note("four")
    await stage.time.settle()
    expect([one.value, two.value]).toEqual(["hello one", "hello two"])
    expect(await pid.call.seen()).toEqual(["one", "two", "three", "four"])
  })

  it("counts as not handled: it waits, in the same inbox", async () => {
    const pid = stage.runtime.spawn(door())
    pid.cast.note("aside")
    await stage.time.settle()
    expect(stage.runtime.statistics()).toMatchObject({ accepted: 1, handled: 0, waiting: 1 })
    pid.cast.open()
    await stage.time.settle()
    expect(stage.runtime.statistics()).toMatchObject({ accepted: 2, handled: 2, waiting: 0 })
  })

  it("may put the same message aside again and again", async () => {
    const pid = stage.runtime.spawn(door())
    pid.cast.note("patient")
    for (let i = 0; i < 3; i += 1) {
      pid.cast.open()
      pid.cast.close()
      await stage.time.settle()
      pid.cast.note(`later ${i}`)
    }
    pid.cast.open()
    await stage.time.settle()
    expect(await pid.call.seen()).toEqual(["patient", "later 0", "later 1", "later 2"])
  })

  it("leaves a request its deadline, and one whose time has run out does not come back", async () => {
    const pid = stage.runtime.spawn(door())
    const asked = watch(pid.call.enter("late", { timeoutMs: 100 }))
    await stage.time.advance(100)
    expect(asked.error).toBeInstanceOf(Timeout)
    pid.cast.open()
    expect(await pid.call.seen()).toEqual([])
    expect(stage.runtime.statistics()).toMatchObject({ waiting: 0, returned: 1 })
  })

  it("one message too many is RateLimited, which crashes the server that does not catch it", async () => {
    const pid = stage.runtime.spawn(door(2))
    const asked = ["a", "b", "c"].map((name) => watch(pid.call.enter(name)))
    const end = watch(stage.runtime.whenEnded(pid))
    await stage.time.settle()
    expect(end.value).toMatchObject({ error: { _tag: "RateLimited", details: { stashCapacity: 2 } } })
    expect(asked.map(({ error }) => error)).toEqual([
      expect.any(Unavailable),
      expect.any(Unavailable),
      expect.objectContaining({ _tag: "Internal" }),
    ])
  })

  it("of a timer's tick gives it back as an ordinary message", async () => {
    const pid = stage.runtime.spawn(door())
    stage.runtime.tell(pid, "told")
    await stage.time.settle()
    pid.cast.open()
    await stage.time.settle()
    expect(await pid.call.seen()).toEqual(["told"])
    const ticking = server({
      init: (_none: undefined, self) => {
        self.after(10, "tick")
        return { isOpen: false, seen: [] as unknown[] }
      },
      cast: {
        open: (state, _none: undefined, self) => {
          state.isOpen = true
          self.unstashAll()
        },
      },
      call: { seen: (state) => state.seen },
      info: (state, message, self) => (state.isOpen ? void state.seen.push(message) : self.stash()),
    })
    const other = stage.runtime.spawn(ticking)
    await stage.time.advance(10)
    other.cast.open()
    expect(await other.call.seen()).toEqual(["tick"])
  })

  it("by an asynchronous handler puts it aside when the handler is done, though asked for before or after its await", async () => {
    const gate = latch()
    const seen: string[] = []
    const slow = server({
      init: () => ({ isOpen: false }),
      cast: {
        early: async (state, text: string, self) => {
          if (state.isOpen) return void seen.push(text)
          self.stash()
          await gate.promise
        },
        late: async (state, text: string, self) => {
          if (state.isOpen) return void seen.push(text)
          await gate.promise
          return self.stash()
        },
        open: (state, _none: undefined, self) => {
          state.isOpen = true
          self.unstashAll()
        },
      },
    })
    const pid = stage.runtime.spawn(slow)
    pid.cast.early("early")
    pid.cast.late("late")
    pid.cast.open()
    gate.open()
    await stage.time.settle()
    expect(seen).toEqual(["early", "late"])
  })

  it("by a handler that outlives its caller's patience puts nothing aside", async () => {
    const gate = latch()
    const slow = server({
      init: () => ({}),
      call: {
        wait: async (_state, _none: undefined, self) => {
          await gate.promise
          return self.stash()
        },
      },
    })
    const pid = stage.runtime.spawn(slow)
    const asked = watch(pid.call.wait(undefined, { timeoutMs: 10 }))
    await stage.time.advance(10)
    gate.open()
    await stage.time.settle()
    expect(asked.error).toBeInstanceOf(Timeout)
    expect(stage.runtime.statistics()).toMatchObject({ accepted: 1, handled: 1, returned: 0, waiting: 0 })
    expect(stage.runtime.sys.statistics(pid).stashed).toBe(0)
  })

  it("has its bound for handlers that wait side by side, too", async () => {
    const refusals: unknown[] = []
    const slow = server({
      concurrency: 2,
      stashCapacity: 1,
      init: () => ({}),
      cast: {
        wait: async (_state, _none: undefined, self) => {
          try {
            const stashed = self.stash()
            await new Promise(() => {})
            return stashed
          } catch (error) {
            return void refusals.push(error)
          }
        },
      },
    })
    const pid = stage.runtime.spawn(slow)
    pid.cast.wait()
    pid.cast.wait()
    await stage.time.settle()
    expect(refusals).toEqual([expect.any(RateLimited)])
  })

  it("keeps the order in which it was asked for, whichever handler is done first", async () => {
    const { pid, seen, gates } = await desk(4)
    const asked = [0, 1, 2, 3].map((n) => watch(pid.call.put(n)))
    for (const n of [2, 0, 3, 1]) {
      await stage.time.settle()
      gates[n]?.open()
    }
    await stage.time.settle()
    expect([seen, asked.map(({ state }) => state)]).toEqual([[], Array(4).fill("pending")])
    await pid.call.open()
    await stage.time.settle()
    expect([seen, asked.map(({ value }) => value)]).toEqual([
      [0, 1, 2, 3],
      [0, 1, 2, 3],
    ])
  })

  it("is given back in that order, too, when the server ends", async () => {
    const gates = [0, 1, 2].map(() => latch())
    const aside = async (_state: object, n: number, self: ServerSelf): Promise<unknown> => {
      const stashed = self.stash()
      await gates[n]?.promise
      return stashed
    }
    const pid = stage.runtime.spawn(server({ concurrency: 3, init: () => ({}), cast: { aside } }))
    for (const n of [0, 1, 2]) pid.cast.aside(n)
    for (const n of [2, 0, 1]) {
      await stage.time.settle()
      gates[n]?.open()
    }
    await stage.time.settle()
    stage.runtime.exit(pid, "kill")
    await stage.time.settle()
    expect(stage.events.flatMap((event) => (event.type === "dead_letter" ? [event.message] : []))).toEqual([0, 1, 2])
  })

  it("is undone by an unstashAll that comes while its handler runs: the message comes back as soon as that is done, before what waits", async () => {
    const { pid, seen, gates } = await desk(5)
    for (const n of [0, 1, 2, 3]) void watch(pid.call.put(n))
    await stage.time.settle()
    gates[2]?.open()
    await stage.time.settle()
    await pid.call.open()
    expect(seen).toEqual([2])
    for (const n of [3, 0, 1]) gates[n]?.open()
    void watch(pid.call.put(4))
    await stage.time.settle()
    expect(seen).toEqual([2, 4, 0, 1, 3])
    expect(stage.runtime.sys.statistics(pid)).toMatchObject({ stashed: 0, waiting: 0 })
  })

  it("of the present message is not undone by an unstashAll of the same handler, or it would come back for ever", async () => {
    const seen: string[] = []
    const odd = server({
      init: () => ({}),
      cast: {
        note: (_state, text: string, self) => {
          seen.push(text)
          const stashed = self.stash()
          self.unstashAll()
          return stashed
        },
      },
    })
    const pid = stage.runtime.spawn(odd)
    pid.cast.note("a")
    await stage.time.settle()
    expect(seen).toEqual(["a"])
  })

  it("takes no room once the caller's time has run out, be it aside or its handler at work", async () => {
    const { pid, seen, gates } = await desk(4, 2)
    const [aside, atWork] = [0, 1].map((n) => watch(pid.call.put(n, { timeoutMs: 10 })))
    gates[0]?.open()
    await stage.time.advance(10)
    expect([aside?.error, atWork?.error]).toEqual([expect.any(Timeout), expect.any(Timeout)])
    for (const n of [2, 3]) gates[n]?.open()
    const later = [2, 3].map((n) => watch(pid.call.put(n)))
    await stage.time.settle()
    gates[1]?.open()
    await pid.call.open()
    await stage.time.settle()
    expect([seen, later.map(({ value }) => value)]).toEqual([
      [2, 3],
      [2, 3],
    ])
    expect(stage.runtime.statistics()).toMatchObject({ accepted: 5, handled: 4, returned: 1, waiting: 0 })
  })

  it.each([1, 4])(
    "and defer exclude each other, also with a wait between them; once said, twice is no more (concurrency %i)",
    async (concurrency) => {
      const refusals: unknown[] = []
      const later = async (ask: () => unknown, andThen: () => unknown): Promise<unknown> => {
        const first = ask()
        if (concurrency === 1) await null
        try {
          andThen()
        } catch (error) {
          refusals.push((error as Invalid).details.field)
        }
        return first
      }
      const odd = server({
        concurrency,
        stashCapacity: 2,
        init: () => ({ isOpen: false }),
        call: {
          stashDefer: (_state, _none: undefined, self): Promise<unknown> =>
            later(
              () => self.stash(),
              () => self.defer(),
            ),
          deferStash: (_state, _none: undefined, self): Promise<unknown> =>
            later(
              () => self.defer(),
              () => self.stash(),
            ),
          twice: (state, _none: undefined, self): unknown =>
            state.isOpen
              ? "served"
              : later(
                  () => self.stash(),
                  () => self.stash(),
                ),
        },
        cast: { open: (state) => void Object.assign(state, { isOpen: true }), back: (_state, _none: undefined, self) => self.unstashAll() },
      })
      const pid = stage.runtime.spawn(odd)
      const wavering = [watch(pid.call.stashDefer(undefined, { timeoutMs: 10 })), watch(pid.call.deferStash(undefined, { timeoutMs: 10 }))]
      await stage.time.advance(10)
      expect([refusals, wavering.map(({ error }) => error)]).toEqual([
        ["defer", "stash"],
        [expect.any(Timeout), expect.any(Timeout)],
      ])
      const asked = [watch(pid.call.twice()), watch(pid.call.twice())]
      await stage.time.settle()
      pid.cast.open()
      pid.cast.back()
      await stage.time.settle()
      expect(asked.map(({ value }) => value)).toEqual(["served", "served"])
    },
  )

  it("is given back when the server ends, oldest first, before what waited", async () => {
    const pid = stage.runtime.spawn(door())
    const asked = watch(pid.call.enter("stashed"))
    pid.cast.note("stashed too")
    await stage.time.settle()
    stage.runtime.exit(pid, "shutdown")
    pid.cast.note("waited")
    await stage.time.settle()
    expect(asked.error).toBeInstanceOf(Unavailable)
    const letters = stage.events.flatMap((event) => (event.type === "dead_letter" ? [event.message] : []))
    expect(letters).toEqual(["stashed too", "waited"])
  })

  it("goes to the next incarnation where it came through a mailbox, before what waited", async () => {
    const fragile = server({
      init: () => ({ isOpen: true, seen: [] as string[] }),
      call: { seen: (state) => state.seen },
      cast: {
        note: (state, text: string, self) => (state.isOpen ? void state.seen.push(text) : self.stash()),
        close: (state) => {
          state.isOpen = false
        },
        crash: () => {
          throw new Error("boom")
        },
      },
    })
    const { runtime, time } = await bootApp({ "app:door": fragile })
    const mailbox = await runtime.acquire("app:door")
    mailbox.cast.close()
    mailbox.cast.note("one")
    mailbox.cast.note("two")
    mailbox.cast.crash()
    mailbox.cast.note("three")
    await time.advance(1000)
    expect(await mailbox.call.seen()).toEqual(["one", "two", "three"])
    void runtime.stop({ timeoutMs: 0 })
    await time.settle()
  })

  it("where no message is handled is Invalid; so is one in a continuation, and one beside a defer", async () => {
    const refusals: unknown[] = []
    const odd = server({
      init: (_none: undefined, self) => {
        refusals.push(refusalBy(() => self.stash()))
        self.continue()
      },
      continue: (_state, _none: undefined, self) => void refusals.push(refusalBy(() => self.stash())),
      call: {
        both: (_state, _none: undefined, self) => {
          const deferred = self.defer<number>()
          refusals.push(refusalBy(() => self.stash()))
          deferred.reply(1)
          return deferred
        },
        bothAgain: (_state, _none: undefined, self) => {
          self.stash()
          refusals.push(refusalBy(() => self.defer()))
          return self.stash()
        },
      },
    })
    const pid = stage.runtime.spawn(odd)
    await pid.call.both()
    void watch(pid.call.bothAgain())
    await stage.time.settle()
    expect(refusals).toEqual([
      expect.objectContaining({ _tag: "Invalid", details: { field: "stash" } }),
      expect.objectContaining({ _tag: "Invalid", details: { field: "stash" } }),
      expect.objectContaining({ _tag: "Invalid", details: { field: "stash" } }),
      expect.objectContaining({ _tag: "Invalid", details: { field: "defer" } }),
    ])
  })

  it.each([0, 1.5, "9"])("takes no %j for its capacity", (stashCapacity) => {
    expect(() => server({ init: () => ({}), stashCapacity: stashCapacity as number })).toThrow(
      "stashCapacity must be a whole number from 1",
    )
    expect(() => actor(() => {}, { stashCapacity: stashCapacity as number })).toThrow("stashCapacity must be a whole number from 1")
  })
})

describe("self.stash of a plain process", () => {
  async function acting(stashCapacity?: number) {
    const selves: ProcessSelf<unknown>[] = []
    const body = async (self: ProcessSelf<unknown>): Promise<void> => {
      selves.push(self)
      await new Promise(() => {})
    }
    const pid = stage.runtime.spawn(actor(body, stashCapacity === undefined ? {} : { stashCapacity }))
    await stage.time.settle()
    return { pid, self: selves[0] as ProcessSelf<unknown> }
  }

  it("puts the message received last aside until unstashAll, and the others go on", async () => {
    const { pid, self } = await acting()
    for (const message of ["a", "b", "c"]) stage.runtime.tell(pid, message)
    await self.receive()
    self.stash()
    await self.receive()
    self.stash()
    self.unstashAll()
    expect([await self.receive(), await self.receive(), await self.receive()]).toEqual(["a", "b", "c"])
  })

  it("comes before what a selective receive left, as it is older", async () => {
    const { pid, self } = await acting()
    for (const message of ["a", "b", 1]) stage.runtime.tell(pid, message)
    await self.receive()
    self.stash()
    expect(await self.receive((message) => message === 1)).toBe(1)
    self.unstashAll()
    expect([await self.receive(), await self.receive()]).toEqual(["a", "b"])
  })

  it("reaches a receive that waits already", async () => {
    const { pid, self } = await acting()
    for (const message of ["a", "b"]) stage.runtime.tell(pid, message)
    await self.receive()
    self.stash()
    const received = watch(self.receive((message) => message === "a"))
    await stage.time.settle()
    expect(received.state).toBe("pending")
    self.unstashAll()
    await stage.time.settle()
    expect(received.value).toBe("a")
    expect(await self.receive()).toBe("b")
  })

  it("takes a request's answer from it until it is received again", async () => {
    const { pid, self } = await acting()
    const asked = watch(stage.runtime.ask(pid, "question"))
    await self.receive()
    self.stash()
    expect(self.reply("too early")).toBe(false)
    self.unstashAll()
    await self.receive()
    expect(self.reply("answer")).toBe(true)
    await stage.time.settle()
    expect(asked.value).toBe("answer")
    expect(stage.runtime.statistics()).toMatchObject({ accepted: 1, handled: 1, waiting: 0 })
  })

  it("of a request whose time has run out puts nothing aside", async () => {
    const { pid, self } = await acting()
    const asked = watch(stage.runtime.ask(pid, "question", { timeoutMs: 10 }))
    await self.receive()
    await stage.time.advance(10)
    expect(asked.error).toBeInstanceOf(Timeout)
    self.stash()
    expect(stage.runtime.sys.statistics(pid)).toMatchObject({ waiting: 0, stashed: 0 })
    expect(stage.runtime.statistics()).toMatchObject({ accepted: 1, handled: 1, waiting: 0 })
  })

  it("takes no room once the caller's time has run out", async () => {
    const { pid, self } = await acting(1)
    const asked = watch(stage.runtime.ask(pid, "question", { timeoutMs: 10 }))
    await self.receive()
    self.stash()
    await stage.time.advance(10)
    expect(asked.error).toBeInstanceOf(Timeout)
    stage.runtime.tell(pid, "a")
    await self.receive()
    self.stash()
    self.unstashAll()
    expect(await self.receive()).toBe("a")
  })

  it("has a bound", async () => {
    const { pid, self } = await acting(1)
    for (const message of ["a", "b"]) stage.runtime.tell(pid, message)
    await self.receive()
    self.stash()
    await self.receive()
    expect(refusalBy(() => self.stash())).toBeInstanceOf(RateLimited)
    expect(stage.runtime.statistics()).toMatchObject({ handled: 1, waiting: 1 })
  })

  it("needs a message that was received and not put aside yet", async () => {
    const { pid, self } = await acting()
    expect(refusalBy(() => self.stash())).toBeInstanceOf(Invalid)
    stage.runtime.tell(pid, "a")
    await self.receive()
    self.stash()
    expect(refusalBy(() => self.stash())).toBeInstanceOf(Invalid)
    stage.runtime.exit(pid, "kill")
    await stage.time.settle()
    expect(refusalBy(() => self.unstashAll())).toBeInstanceOf(Unavailable)
  })
})
