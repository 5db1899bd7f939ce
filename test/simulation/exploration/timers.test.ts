/** When timers fire: late for somebody, early for nobody, and those of one process, or of the scenario, in the order of their moments. */

import { explore } from "pigeonhole/simulation"
import { describe, expect, it } from "vitest"
import { type ServerSelf, server } from "../../../actors/index.ts"
import { type Outcomes, only, outcomesOf, patient, together } from "../../support/explored.ts"

/** Arms timers of those delays, in their order, and notes each as it comes. */
const clock = (notes: string[], note: (delay: number, lateMs: number) => string = (delay) => `${delay}`) =>
  server({
    init: (delays: readonly number[], self: ServerSelf) => {
      for (const delay of delays) self.after(delay, { delay, due: self.now() + delay })
    },
    cast: { note: (_state, text: string) => void notes.push(text) },
    info: (_state, message, self) => {
      const { delay, due } = message as { readonly delay: number; readonly due: number }
      notes.push(note(delay, self.now() - due))
    },
  })

/** Until so many notes are there: as long as only time passes a scenario that has ended is over. */
async function noted(notes: readonly string[], count: number): Promise<void> {
  while (notes.length < count) await new Promise((resolve) => setTimeout(resolve, 5))
}

const lateness: Outcomes = async (runtime, _world, notes) => {
  const late = clock(notes, (_delay, lateMs) => (lateMs < 0 ? "early" : lateMs === 0 ? "in time" : "late"))
  runtime.spawn(late, [10])
  runtime.spawn(late, [20])
  await noted(notes, 2)
}

describe("a timer", () => {
  it("is late for somebody, and early for nobody", async () => {
    const found = await outcomesOf(lateness)
    expect(found).toContain("in time in time")
    expect(found).toContain("in time late")
    expect(found.join(" ")).not.toContain("early")
  })

  it("may come before what could go on at once", async () => {
    const found = await outcomesOf(async (runtime, _world, notes) => {
      const pid = runtime.spawn(clock(notes), [10])
      pid.cast.note("message")
      await noted(notes, 2)
    })
    expect(found).toEqual(["10 message", "message 10"])
  })

  it("moves the clock to its moment, and never back", async () => {
    let last = 0
    const forward = ({ now }: { readonly now: number }): boolean => {
      const isForward = now === 0 || now >= last
      last = now
      return isForward
    }
    const found = await outcomesOf(
      async (runtime, world, notes) => {
        runtime.spawn(clock([]), [10])
        await new Promise((resolve) => setTimeout(resolve, 20))
        notes.push(`${world.now}`)
      },
      { always: { forward } },
    )
    expect(found).toEqual(["20"])
  })

  it("of a process comes in the order of the moments, whichever was armed first", async () => {
    const found = await outcomesOf(async (runtime, _world, notes) => {
      runtime.spawn(clock(notes), [30, 10, 20])
      await noted(notes, 3)
    })
    expect(found).toEqual(["10 20 30"])
  })

  it("of a process comes in the order of arming, where the moments are one", async () => {
    const found = await outcomesOf(async (runtime, _world, notes) => {
      const same = server({
        init: (_none: undefined, self: ServerSelf) => {
          for (const text of ["a", "b", "c"]) self.after(10, text)
        },
        info: (_state, text) => void notes.push(String(text)),
      })
      runtime.spawn(same)
      await noted(notes, 3)
    })
    expect(found).toEqual(["a b c"])
  })

  it("of the scenario comes in the order of the moments, as in the one program that it is", async () => {
    const armed = await outcomesOf(async (_runtime, _world, notes) => {
      for (const delay of [30, 10, 20, 10]) setTimeout(() => void notes.push(`${delay}`), delay)
      await noted(notes, 4)
    })
    expect(armed).toEqual(["10 10 20 30"])
    const guarded = await outcomesOf(async (runtime, _world, notes) => {
      runtime.spawn(clock([]), [5, 15, 50])
      const guard = setTimeout(() => void notes.push("given up"), 40)
      let ticks = 0
      const ticking = setInterval(() => {
        ticks += 1
      }, 10)
      await new Promise((resolve) => setTimeout(resolve, 25))
      clearTimeout(guard)
      clearInterval(ticking)
      notes.push(`${ticks > 0}`)
    })
    expect(guarded).toEqual(["true"])
  })

  it("of one process has no order with that of another", async () => {
    const found = await outcomesOf(async (runtime, _world, notes) => {
      runtime.spawn(clock(notes), [10])
      runtime.spawn(clock(notes), [20])
      await noted(notes, 2)
    })
    expect(found).toEqual(["10 20", "20 10"])
  })

  it("that was cancelled never comes, though it could have been next", async () => {
    const found = await outcomesOf(async (runtime, _world, notes) => {
      const once = server({
        init: (_none: undefined, self: ServerSelf) => self.after(10, "tick"),
        call: { cancel: (timer) => void notes.push(timer.cancel() === false ? "over" : "cancelled") },
        info: (_state, text) => void notes.push(String(text)),
      })
      await runtime.spawn(once).call.cancel(undefined, patient)
      await new Promise((resolve) => setTimeout(resolve, 50))
    })
    expect(found).toEqual(["cancelled", "tick over"])
  })
})

describe("a scenario that looks again and again", () => {
  it("gets what it looks for, in each order: who has nothing but time to wait for is kept from nothing", async () => {
    const found = await outcomesOf(
      async (runtime, _world, notes) => {
        const texts: string[] = []
        runtime.spawn(clock(texts), [2000])
        await noted(texts, 1)
        notes.push("there")
      },
      { schedules: 30 },
    )
    expect(found).toEqual(["there"])
  })

  it("is stuck where nothing comes, though something else is due some time", async () => {
    const polling = () =>
      only(() => {
        setTimeout(() => {}, 7 * 86_400_000)
        return noted([], 1)
      })
    const { failure } = await explore(polling(), { schedules: 1 })
    expect(failure).toMatchObject({ kind: "stuck", message: "nothing happens but by time, and the scenario has not ended" })
  })

  it("is stuck where nothing comes", async () => {
    const { failure } = await explore(
      only(() => noted([], 1)),
      { schedules: 1 },
    )
    expect(failure).toMatchObject({ kind: "stuck", message: "nothing happens but by time, and the scenario has not ended" })
  })
})

describe("who sleeps", () => {
  const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
  const counting = (rounds: number) => async () => {
    for (let left = rounds; left > 0; left -= 1) await sleep(100)
  }

  it("again and again, for a minute ten times a second, is not stuck; for longer where a schedule may have more steps, as the failure says", async () => {
    expect((await explore(only(counting(600)), { schedules: 2 })).failure).toBeUndefined()
    const { failure } = await explore(only(counting(3000)), { schedules: 2 })
    expect(failure).toMatchObject({ kind: "stuck", details: expect.stringContaining("a tenth of `maxSteps`") })
    expect((await explore(only(counting(3000)), { schedules: 2, maxSteps: 40_000 })).failure).toBeUndefined()
  })

  const ticking = (everyMs: number) =>
    server({
      init: (_none: undefined, self: ServerSelf) => void self.every(everyMs, "tick"),
      call: { count: () => 1 },
      info: () => {},
    })

  it("is waited for, however often something ticks meanwhile, again and again, and as long as it takes", async () => {
    const found = await outcomesOf(
      async (runtime, _world, notes) => {
        runtime.spawn(ticking(10))
        for (let left = 3; left > 0; left -= 1) await sleep(6000)
        notes.push("18 s later")
      },
      { schedules: 10 },
    )
    expect(found).toEqual(["18 s later"])
    const hour: Outcomes = async (runtime, _world, notes) => {
      runtime.spawn(ticking(1000))
      await sleep(3_600_000)
      notes.push("an hour later")
    }
    expect(await outcomesOf(hour, { schedules: 2 })).toEqual(["an hour later"])
  })

  it("is waited for where it is slow by a fault, and others tick", async () => {
    const asking: Outcomes = (runtime) => {
      const pid = runtime.spawn(ticking(10))
      return together(runtime, async () => void (await pid.call.count(undefined, patient)))
    }
    await outcomesOf(asking, { schedules: 100, faults: { slowReply: 1, slowHandler: 1 } })
  })
})

describe("who waits for an answer", () => {
  const answering = server({ init: () => ({}), call: { ask: () => "answer" } })

  it("waits no longer than its time, also for an answer that is under way", async () => {
    const found = await outcomesOf(async (runtime, world, notes) => {
      const began = world.now
      const pid = runtime.spawn(answering)
      const ask = (): Promise<unknown> => pid.call.ask(undefined, { timeoutMs: 50 })
      notes.push(await ask().then(String, (error: Error) => `${error.name} after ${world.now - began}`))
    })
    expect(found).toEqual(["Timeout after 50", "answer"])
  })

  const silent = server({ init: () => ({}), call: { ask: () => new Promise<string>(() => {}), later: () => after(1000, "later") } })
  const after = (ms: number, text: string) => new Promise<string>((resolve) => setTimeout(resolve, ms, text))
  const told = (asked: Promise<unknown>): Promise<string> =>
    asked.then(
      (answer) => `${answer}`,
      (error: Error) => error.name,
    )

  it("waits longer than for a timer that is due before its time is over, where that is long", async () => {
    const found = await outcomesOf(async (runtime, _world, notes) => {
      notes.push(await told(runtime.spawn(silent).call.later()))
    })
    expect(found).toEqual(["later"])
  })

  it("is told that its time is over, however often something ticks meanwhile", async () => {
    const found = await outcomesOf(
      async (runtime, world, notes) => {
        const ticking = setInterval(() => {}, 5)
        notes.push(`${await told(runtime.spawn(silent).call.ask())} ${world.now >= 5000}`)
        clearInterval(ticking)
      },
      { schedules: 20 },
    )
    expect(found).toEqual(["Timeout true"])
  })

  it("is stuck where it asks again and again, and is never answered", async () => {
    const { failure } = await explore(
      only(async (runtime) => {
        const pid = runtime.spawn(silent)
        for (;;) await told(pid.call.ask())
      }),
      { schedules: 1 },
    )
    expect(failure).toMatchObject({ kind: "stuck" })
  })

  it("hears of one that came too late no more", async () => {
    const found = await outcomesOf(async (runtime, _world, notes) => {
      const pid = runtime.spawn(answering)
      await together(runtime, async () => {
        await pid.call.ask(undefined, { timeoutMs: 50 }).then(
          () => notes.push("answer"),
          () => notes.push("late"),
        )
        await pid.call.ask(undefined, patient)
      })
    })
    expect(found).toEqual(["answer", "late"])
  })
})

describe("the order of one runtime", () => {
  const inRuntime = (run: Outcomes): Promise<string[]> => outcomesOf(run, { order: "runtime" })
  const noting = (notes: string[]) =>
    server({
      init: () => ({}),
      call: { note: (_state, text: string) => void notes.push(text) },
      cast: { note: (_state, text: string) => void notes.push(text) },
    })

  it("has timers in the order of their moments, whosever they are", async () => {
    const alarm = (delay: number, notes: string[]) => () =>
      new Promise<void>((resolve) => setTimeout(() => resolve(void notes.push(`${delay}`)), delay))
    expect(await inRuntime((_runtime, _world, notes) => Promise.all([20, 10].map((delay) => alarm(delay, notes)())))).toEqual(["10 20"])
    const found = await outcomesOf((runtime, _world, notes) => together(runtime, alarm(20, notes), alarm(10, notes)))
    expect(found).toEqual(["10 20", "20 10"])
  })

  it("has messages in the order in which they were sent, whoever sends them", async () => {
    const found = await inRuntime(async (runtime, _world, notes) => {
      const book = runtime.spawn(noting(notes))
      const two = (who: string) => (): void => {
        book.cast.note(`${who}1`)
        book.cast.note(`${who}2`)
      }
      await together(runtime, two("a"), two("b"))
    })
    expect(found).toEqual(["a1 a2 b1 b2", "b1 b2 a1 a2"])
  })

  it("has an answer with its asker as soon as it is given", async () => {
    const found = async (order: "contract" | "runtime"): Promise<string[]> =>
      outcomesOf(
        async (runtime, _world, notes) => {
          const book = runtime.spawn(noting(notes))
          const ask = (who: string) => async (): Promise<void> => {
            await book.call.note(who, patient)
            notes.push(`${who}!`)
          }
          await together(runtime, ask("a"), ask("b"))
        },
        { order },
      )
    expect(await found("runtime")).toEqual(["a a! b b!", "b b! a a!"])
    expect(await found("contract")).toHaveLength(6)
  })
})
