import { describe, expect, it } from "vitest"
import { setup } from "xstate"
import {
  actor,
  type ChildOptions,
  child,
  dynamicSupervisor,
  pool,
  SupervisorMailbox,
  server,
  store,
  supervisor,
} from "../../actors/index.ts"
import type { VirtualTime } from "../../src/testing.ts"
import { statechart } from "../../src/xstate.ts"
import { bootApp } from "../support/app.ts"
import { fieldOf, refusal } from "../support/errors.ts"
import { refusalBy } from "../support/refusal.ts"
import { watch } from "../support/watched.ts"

/** So many ms of the runtime's time, for handlers. */
const lasting = (time: () => VirtualTime, ms: number): Promise<void> => new Promise((resolve) => void time().setTimer(resolve, ms))

/** Says what it has served, each request in its time. */
function worker(time: () => VirtualTime, story: string[], name = "") {
  return server({
    init: () => ({}),
    call: {
      serve: async (_state, { id, ms = 10 }: { id: string; ms?: number }) => {
        await lasting(time, ms)
        story.push(id)
        return id
      },
    },
    cast: { note: (_state, id: string) => void story.push(id) },
    terminate: (_state, reason) => void story.push(`-${name}${reason === "shutdown" ? "" : String(reason)}`),
  })
}

async function stage(extras: ChildOptions = {}) {
  const story: string[] = []
  const app = await bootApp(
    {
      "app:w": child(
        worker((): VirtualTime => app.time, story),
        extras,
      ),
    },
    { policies: [] },
  )
  const mailbox = await app.runtime.acquire("app:w")
  return { ...app, story, mailbox }
}

const hanging = server({ init: () => ({}), call: { hang: () => new Promise<never>(() => {}) } })

describe("a stop that drains", () => {
  it("waits no longer for what was put aside than whoever asked does", async () => {
    for (const how of [{ timeoutMs: 100 }, { signal: true }]) {
      const keeping = server({ init: () => ({}), call: { keep: (_state, _none: undefined, self) => self.stash() as never as string } })
      const { runtime, time } = await bootApp({ "app:k": keeping }, { policies: [] })
      const mailbox = await runtime.acquire("app:k")
      const controller = new AbortController()
      const limits = "signal" in how ? { signal: controller.signal } : how
      const kept = refusal(mailbox.call.keep(undefined, limits))
      await time.settle()
      const stopped = watch(runtime.stop({ drain: true }))
      await time.advance(99)
      expect(stopped.state).toBe("pending")
      await time.advance(1)
      controller.abort()
      await time.settle()
      expect([(await kept).kind, stopped.state]).toEqual(["signal" in how ? "CANCELED" : "TIMEOUT", "fulfilled"])
    }
  })

  it("serves what was accepted, in order, and then stops; what comes meanwhile is refused at once", async () => {
    const { runtime, time, story, mailbox } = await stage()
    const served = ["a", "b", "c"].map((id) => watch(mailbox.call.serve({ id })))
    mailbox.cast.note("d")
    const stopped = watch(runtime.stop({ drain: true }))
    await time.settle()
    const late = await refusal(mailbox.call.serve({ id: "late" }))
    expect(late).toMatchObject({ kind: "UNAVAILABLE", retryable: false, details: { target: "app:w" } })
    expect(late.message).toBe("app:w is stopping: it serves what it had accepted, and takes nothing more")
    expect(mailbox.cast.note("late")).toBe(false)
    await time.advance(29)
    expect(stopped.state).toBe("pending")
    await time.advance(1)
    expect(story).toEqual(["a", "b", "c", "d", "-"])
    expect(served.map(({ value }) => value)).toEqual(["a", "b", "c"])
    expect([stopped.state, time.armedTimers]).toEqual(["fulfilled", 0])
  })

  it("without it hands back what waits", async () => {
    const { runtime, time, story, mailbox } = await stage()
    const served = ["a", "b"].map((id) => watch(mailbox.call.serve({ id })))
    await time.settle()
    void runtime.stop()
    await time.advance(10)
    expect([story, served.map(({ state }) => state)]).toEqual([
      ["a", "-"],
      ["fulfilled", "rejected"],
    ])
  })

  it("reports what is told to one that drains as a dead letter that it is not available for", async () => {
    const { runtime, time, mailbox, events } = await stage()
    void mailbox.call.serve({ id: "a" })
    void runtime.stop({ drain: true })
    await time.settle()
    mailbox.cast.note("late")
    expect(events.filter(({ type }) => type === "dead_letter")).toMatchObject([{ target: "app:w", cause: "unavailable" }])
    await time.advance(10)
  })

  it("begins with what is outside the tree, which may go on asking the tree", async () => {
    const { runtime, time, story, mailbox } = await stage()
    const outside = runtime.spawn(
      actor<undefined, string>(async (self) => {
        for await (const id of self.inbox) story.push(`outside ${await mailbox.call.serve({ id: String(id) })}`)
      }),
    )
    runtime.tell(outside, "a")
    runtime.tell(outside, "b")
    await time.settle()
    const stopped = watch(runtime.stop({ drain: true }))
    await time.advance(20)
    expect(story).toEqual(["a", "outside a", "b", "outside b", "-"])
    expect(stopped.state).toBe("fulfilled")
  })

  it("goes through the tree in reverse: one that drains may ask those started before it", async () => {
    const story: string[] = []
    const front = server({
      init: async (_none: undefined, self) => ({
        back: await self.acquire<{ call: { serve(r: { id: string }): Promise<string> } }>("app:back"),
      }),
      call: { serve: async ({ back }, id: string) => `front ${await back.call.serve({ id })}` },
    })
    const app = await bootApp({
      "app:back": worker((): VirtualTime => app.time, story),
      "app:below": supervisor({ children: { "app:front": front } }),
    })
    const mailbox = await app.runtime.acquire("app:front")
    const served = ["a", "b"].map((id) => watch(mailbox.call.serve(id)))
    await app.time.settle()
    const stopped = watch(app.runtime.stop({ drain: true }))
    await app.time.advance(20)
    expect(served.map(({ value }) => value)).toEqual(["front a", "front b"])
    expect([story, stopped.state]).toEqual([["a", "b", "-"], "fulfilled"])
  })

  it("drains the children of a dynamic supervisor all at the same time", async () => {
    const story: string[] = []
    const app = await bootApp({ "app:d": dynamicSupervisor() })
    const pool = await app.runtime.acquire("app:d")
    const workers = [await pool.startChild(worker(() => app.time, story, "1")), await pool.startChild(worker(() => app.time, story, "2"))]
    const served = workers.flatMap((pid) => [pid.call.serve({ id: "a" }), pid.call.serve({ id: "b" })]).map(watch)
    await app.time.settle()
    const stopped = watch(app.runtime.stop({ drain: true }))
    await app.time.advance(20)
    expect(served.map(({ value }) => value)).toEqual(["a", "b", "a", "b"])
    expect(story.slice(0, 2)).toEqual(["a", "a"])
    expect(stopped.state).toBe("fulfilled")
  })

  it("waits for answers that are owed, for handlers side by side, and for what was put aside", async () => {
    const answers: { reply(value: string): void }[] = []
    const app = await bootApp({
      "app:s": server({
        init: () => ({ isOpen: false }),
        concurrency: 2,
        call: {
          owed: (_state, _none: undefined, self) => {
            const deferred = self.defer()
            answers.push(deferred as never)
            return deferred as never as string
          },
          beside: async (_state, ms: number) => {
            await lasting((): VirtualTime => app.time, ms)
            return "beside"
          },
          aside: (state, _none: undefined, self) => (state.isOpen ? "opened" : (self.stash() as never as string)),
        },
        cast: {
          open: (state, _none: undefined, self) => {
            state.isOpen = true
            self.unstashAll()
          },
          later: async (_state, ms: number) => lasting((): VirtualTime => app.time, ms),
        },
      }),
    })
    const { call, cast } = await app.runtime.acquire("app:s")
    const owed = [watch(call.owed()), watch(call.owed())]
    const served = [watch(call.aside()), watch(call.beside(10)), watch(call.beside(20))]
    cast.later(30)
    cast.open()
    await app.time.settle()
    const stopped = watch(app.runtime.stop({ drain: true }))
    await app.time.advance(100)
    expect(served.map(({ value }) => value)).toEqual(["opened", "beside", "beside"])
    expect([stopped.state, ...owed.map(({ state }) => state)]).toEqual(["pending", "pending", "pending"])
    for (const answer of answers) answer.reply("at last")
    await app.time.settle()
    expect([stopped.state, ...owed.map(({ value }) => value)]).toEqual(["fulfilled", "at last", "at last"])
  })

  it("lets a server go on with what it sends itself, also after a wait, and with its continuations", async () => {
    const story: string[] = []
    const app = await bootApp(
      {
        "app:s": server({
          init: () => ({ left: 2 }),
          call: {
            begin: async (_state, _none: undefined, self) => {
              await lasting((): VirtualTime => app.time, 10)
              self.tell(self.pid, "step")
            },
          },
          info: (state, message, self) => {
            story.push(String(message))
            state.left -= 1
            if (state.left > 0) self.continue("more")
          },
          continue: (_state, what, self) => {
            story.push(String(what))
            self.tell(self.pid, "last step")
          },
        }),
      },
      { policies: [] },
    )
    const pid = app.runtime.spawn(server({ init: () => ({}) }))
    void pid
    const mailbox = await app.runtime.acquire("app:s")
    void mailbox.call.begin()
    await app.time.settle()
    const stopped = watch(app.runtime.stop({ drain: true }))
    await app.time.advance(10)
    expect([story, stopped.state]).toEqual([["step", "more", "last step"], "fulfilled"])
  })

  it("has a plain process receive until there is nothing left, and then its receive fails", async () => {
    const story: string[] = []
    const app = await bootApp({})
    const pid = app.runtime.spawn(
      actor<undefined, number>(async (self) => {
        try {
          for await (const message of self.inbox) {
            await lasting((): VirtualTime => app.time, 10)
            story.push(`${message} ${self.signal.aborted}`)
            self.reply(message)
          }
        } catch (error) {
          story.push(String((error as Error).message))
        }
      }),
    )
    const answers = [1, 2].map((message) => watch(app.runtime.ask(pid, message)))
    await app.time.settle()
    const stopped = watch(app.runtime.stop({ drain: true }))
    await app.time.advance(20)
    expect(story).toEqual(["1 false", "2 false", `${pid} ended before it answered: shutdown`])
    expect([stopped.state, ...answers.map(({ value }) => value)]).toEqual(["fulfilled", 1, 2])
  })

  it("stops a plain process at once that has received nothing, and waits for no message", async () => {
    const app = await bootApp({})
    app.runtime.spawn(actor(async (self) => new Promise<void>((resolve) => self.signal.addEventListener("abort", () => resolve()))))
    await app.time.settle()
    const stopped = watch(app.runtime.stop({ drain: true }))
    await app.time.settle()
    expect(stopped.state).toBe("fulfilled")
  })

  it("drains a store, and a statechart", async () => {
    const machine = setup({ types: { events: {} as { type: "go" } } }).createMachine({ on: { go: { actions: () => {} } } })
    const app = await bootApp({ "app:cache": store(), "app:chart": statechart(machine) })
    const cache = await app.runtime.acquire("app:cache")
    const chart = await app.runtime.acquire("app:chart")
    // More than one turn.
    const sets = Array.from({ length: 500 }, (_, at) => watch(cache.set(`k${at}`, at, 60)))
    const events = Array.from({ length: 500 }, () => watch(chart.transition({ type: "go" })))
    await app.runtime.stop({ drain: true })
    expect([...sets, ...events].filter(({ state }) => state !== "fulfilled")).toEqual([])
  })

  it("serves what a process was sent while it starts", async () => {
    const served: unknown[] = []
    const app = await bootApp({})
    const pid = app.runtime.spawn(
      server({
        init: async () => {
          await lasting((): VirtualTime => app.time, 10)
          return {}
        },
        info: (_state, message) => void served.push(message),
      }),
    )
    app.runtime.tell(pid, "a")
    const stopped = watch(app.runtime.stop({ drain: true }))
    await app.time.advance(10)
    expect([served, stopped.state]).toEqual([["a"], "fulfilled"])
  })
})

describe("the limit of a drain", () => {
  it("leaves the last fifth of the time, 5 s at most, to stop what has not served all", async () => {
    const { runtime, time, story, mailbox } = await stage()
    const served = ["a", "b", "c"].map((id) => watch(mailbox.call.serve({ id, ms: 300 })))
    await time.settle()
    const stopped = watch(runtime.stop({ drain: true, timeoutMs: 500 }))
    await time.advance(400)
    expect([story, stopped.state]).toEqual([["a"], "pending"])
    await time.advance(100)
    expect(served.map(({ state }) => state)).toEqual(["fulfilled", "rejected", "rejected"])
    expect(stopped.state).toBe("fulfilled")
  })

  it("ends two that ask each other", async () => {
    type Peer = { call: { pass(way: string[]): Promise<string> } }
    const peer = (other: string) =>
      server({
        init: () => ({}),
        call: {
          pass: async (_state, [next, ...rest]: string[], self) =>
            next === undefined ? "end" : (await self.acquire<Peer>(other)).call.pass(rest),
        },
      })
    const app = await bootApp({ "app:a": peer("app:b"), "app:b": peer("app:a") })
    const mailbox = await app.runtime.acquire("app:b")
    const asked = watch(mailbox.call.pass(["a", "b", "a"]))
    await app.time.settle()
    const stopped = watch(app.runtime.stop({ drain: true, timeoutMs: 1000 }))
    await app.time.advance(799)
    expect(stopped.state).toBe("pending")
    // Told to stop while there is time for it: neither is given what the other has asked, and so both end.
    await app.time.advance(1)
    expect([stopped.state, asked.state]).toEqual(["fulfilled", "rejected"])
    expect(app.runtime.statistics().processes).toBe(0)
  })

  it("is brought forward by a later stop, and ended by one that says so", async () => {
    const { runtime, time, story, mailbox } = await stage()
    for (const id of ["a", "b", "c"]) mailbox.call.serve({ id, ms: 100 }).catch(() => {})
    await time.settle()
    const stopped = watch(runtime.stop({ drain: true }))
    void runtime.stop()
    await time.advance(100)
    expect(story).toEqual(["a"])
    void runtime.stop({ drain: false })
    await time.advance(100)
    expect([story, stopped.state]).toEqual([["a", "b", "-"], "fulfilled"])
    expect(time.armedTimers).toBe(0)
  })

  it("of 0 kills at once", async () => {
    const { runtime, time, mailbox } = await stage()
    const served = watch(mailbox.call.serve({ id: "a" }))
    await time.settle()
    const stopped = watch(runtime.stop({ drain: true, timeoutMs: 0 }))
    await time.settle()
    expect([served.state, stopped.state]).toEqual(["rejected", "fulfilled"])
  })

  it("is refused where it is no limit", async () => {
    const { runtime } = await bootApp({})
    expect(fieldOf(() => runtime.stop({ drain: 5 as never }))).toBe("drain")
    await runtime.stop()
  })
})

describe("terminateChild with drain", () => {
  it("serves what the child had accepted, within its shutdown limit", async () => {
    const { runtime, time, story, mailbox } = await stage({ shutdown: 25 })
    const root = await runtime.acquire("root")
    const served = ["a", "b", "c"].map((id) => watch(mailbox.call.serve({ id })))
    await time.settle()
    const terminated = watch(root.terminateChild("app:w", { drain: true }))
    await time.advance(24)
    expect(await refusal(mailbox.call.serve({ id: "late" }))).toMatchObject({ kind: "UNAVAILABLE", retryable: true })
    expect([story, terminated.state]).toEqual([["a", "b"], "pending"])
    await time.advance(1)
    expect([story, terminated.state]).toEqual([["a", "b", "-"], "fulfilled"])
    expect(served.map(({ state }) => state)).toEqual(["fulfilled", "fulfilled", "rejected"])
    await root.restartChild("app:w")
    expect(await Promise.all([mailbox.call.serve({ id: "d" }), time.advance(10)])).toEqual(["d", undefined])
    await runtime.stop()
    expect(time.armedTimers).toBe(0)
  })

  it("kills a child whose terminate hook does not end in its limit after that", async () => {
    const app = await bootApp({
      "app:h": child(server({ init: (_none: undefined) => ({}), terminate: () => new Promise<void>(() => {}) }), { shutdown: 50 }),
    })
    const root = await app.runtime.acquire("root")
    const terminated = watch(root.terminateChild("app:h", { drain: true }))
    await app.time.advance(49)
    expect(terminated.state).toBe("pending")
    await app.time.advance(1)
    expect(terminated.state).toBe("fulfilled")
  })

  it("of a dynamic supervisor's child does so by its pid", async () => {
    const story: string[] = []
    const app = await bootApp({ "app:d": dynamicSupervisor() })
    const pool = await app.runtime.acquire("app:d")
    const pid = await pool.startChild(worker(() => app.time, story))
    const served = ["a", "b"].map((id) => watch(pid.call.serve({ id })))
    const terminated = watch(pool.terminateChild(pid, { drain: true }))
    await app.time.advance(20)
    expect([served.map(({ value }) => value), story, terminated.state]).toEqual([["a", "b"], ["a", "b", "-"], "fulfilled"])
  })

  it.each(["itself", "a pool above it"])(
    "answers at once who asks for its own end, and serves what else was accepted: %s",
    async (whose) => {
      const own = server({
        init: () => ({}),
        call: {
          end: async (_state, _argument: undefined, self) =>
            (await self.acquire("root", { as: SupervisorMailbox })).terminateChild("app:w", { drain: true }),
          serve: (_state, id: string) => id,
        },
      })
      const app = await bootApp({ "app:w": whose === "itself" ? own : pool(own, { size: 1 }) })
      const mailbox = await app.runtime.acquire("app:w")
      const [ended, served] = [watch(mailbox.call.end()), watch(mailbox.call.serve("a"))]
      await app.time.settle()
      expect([ended.state, served.value]).toEqual(["fulfilled", "a"])
      expect(await (await app.runtime.acquire("root")).whichChild("app:w")).toMatchObject({ state: "stopped" })
      await app.runtime.stop()
    },
  )

  it("refuses options that it does not know, and what is neither true nor false", async () => {
    const { runtime } = await stage()
    const root = await runtime.acquire("root")
    expect(await refusal(root.terminateChild("app:w", { drain: 1 as never }))).toMatchObject({
      kind: "INVALID",
      details: { field: "drain" },
    })
    expect(await refusal(root.terminateChild("app:w", { drian: true } as never))).toMatchObject({ details: { field: "drian" } })
    expect(runtime.whereis("app:w")?.isAlive).toBe(true)
  })
})

describe("a child's shutdown: { drain }", () => {
  it("drains it at every stop, within its own limit", async () => {
    const { runtime, time, story, mailbox } = await stage({ shutdown: { drain: 25 } })
    const served = ["a", "b", "c"].map((id) => watch(mailbox.call.serve({ id })))
    await time.settle()
    const stopped = watch(runtime.stop())
    await time.advance(25)
    expect(served.map(({ state }) => state)).toEqual(["fulfilled", "fulfilled", "rejected"])
    expect([story, stopped.state]).toEqual([["a", "b", "-"], "fulfilled"])
    // The handler that was cut short has a timer of its own.
    await time.advance(5)
    expect(time.armedTimers).toBe(0)
  })

  it("counts in a stop that drains, too, and for what is below a supervisor", async () => {
    const app = await bootApp({
      "app:sup": child(supervisor({ children: { "app:h": child(hanging, { shutdown: "infinity" }) } }), { shutdown: { drain: 50 } }),
    })
    const mailbox = await app.runtime.acquire("app:h")
    const asked = watch(mailbox.call.hang())
    await app.time.settle()
    const stopped = watch(app.runtime.stop({ drain: true }))
    await app.time.advance(49)
    expect(stopped.state).toBe("pending")
    await app.time.advance(1)
    expect([asked.state, stopped.state, app.time.armedTimers]).toEqual(["rejected", "fulfilled", 0])
  })

  it("ends the children of a dynamic supervisor that serve too long, each in its limit", async () => {
    const app = await bootApp({ "app:d": dynamicSupervisor() })
    const pool = await app.runtime.acquire("app:d")
    const short = await pool.startChild(child(hanging, { shutdown: { drain: 10 } }))
    const long = await pool.startChild(child(hanging, { shutdown: { drain: 20 } }))
    const asked = [watch(short.call.hang()), watch(long.call.hang())]
    await app.time.settle()
    const stopped = watch(app.runtime.stop())
    await app.time.advance(10)
    expect(asked.map(({ state }) => state)).toEqual(["rejected", "pending"])
    await app.time.advance(10)
    expect([asked.map(({ state }) => state), stopped.state, app.time.armedTimers]).toEqual([["rejected", "rejected"], "fulfilled", 0])
  })

  it.each([
    [{ drain: -1 }, "drain"],
    [{ drain: Number.POSITIVE_INFINITY }, "drain"],
    [{ drian: 1 }, "drian"],
    [[], ""],
  ])("that is none (%o) is refused by name", (shutdown, field) => {
    const refused = refusalBy(() => child(hanging, { shutdown: shutdown as never }))
    expect(refused).toMatchObject({ kind: "INVALID", details: { field: `child.shutdown${field === "" ? "" : `.${field}`}` } })
  })
})
