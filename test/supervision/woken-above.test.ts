/** What is below a supervisor that is down until somebody wants it: whoever wants that waits for the supervisor, does nothing meanwhile, and never for itself. */

import { describe, expect, it, vi } from "vitest"
import {
  type AskOptions,
  child,
  type MailboxOf,
  type Pid,
  type ProcessSelf,
  ServerMailbox,
  SupervisorMailbox,
  server,
  supervisor,
} from "../../actors/index.ts"
import { CallerRequests } from "../../src/supervision/caller-requests.ts"
import { bootApp, bootTree } from "../support/app.ts"
import { refusal } from "../support/errors.ts"
import { latch } from "../support/latch.ts"

const plain = server({
  init: () => ({}),
  call: { ping: () => "pong" },
  cast: { crash: () => Promise.reject(new Error("boom")) },
})
const FOR_EVER = { timeoutMs: Number.POSITIVE_INFINITY }
const late = { initialMs: 500, maxMs: 500, jitter: 0 } as const
const below = (...requires: string[]) => child(supervisor({ children: { "a:x": plain } }), { autoStart: false, requires })

/** Acquires as it starts, and answers what came of that. */
const acquiring = (id: string) =>
  server({
    init: async (_argument: undefined, self) => ({ outcome: await outcomeOf(self, id) }),
    call: { outcome: ({ outcome }) => outcome },
  })
const wanting = acquiring("a:x")

function outcomeOf(self: Pick<ProcessSelf<unknown>, "acquire">, id = "a:x"): Promise<unknown> {
  return Promise.resolve(self.acquire<object>(id)).then(
    () => "served",
    (error) => error,
  )
}

describe("who wants what is below a supervisor that is down", () => {
  it("asks once, and waits for as long as the supervisor waits for what it requires", async () => {
    const app = await bootApp({ "a:a": child(plain, { backoff: late }), s: below("a:a") })
    const box = await app.runtime.acquire("a:a")
    for (const _time of [1, 2]) {
      box.cast.crash()
      await app.time.settle()
    }
    const serve = vi.spyOn(CallerRequests.prototype, "serve")
    const wanted = app.runtime.acquire("a:x")
    for (let ms = 0; ms < 490; ms += 10) await app.time.advance(10)
    const asked = serve.mock.calls.length
    serve.mockRestore()
    expect(asked).toBe(1)
    await app.time.advance(20)
    expect(await (await wanted).call.ping()).toBe("pong")
    await app.runtime.stop()
  })

  it("is told where the supervisor waits for it to start, by way of another too", async () => {
    for (const required of ["a:a", "a:b"]) {
      const app = await bootApp({ "a:a": wanting, "a:b": child(plain, { requires: ["a:a"] }), s: below(required) })
      const outcome = await (await app.runtime.acquire("a:a")).call.outcome()
      expect(outcome).toMatchObject({ kind: "UNAVAILABLE", details: { id: "s", awaits: "a:a", asker: "a:a" } })
      expect(app.runtime.whereis("a:x")).toBeUndefined()
      await app.runtime.stop()
    }
  })

  it("is told where the supervisor waits for one that boots behind it", async () => {
    const app = await bootApp({ "a:a": wanting, "a:late": plain, s: below("a:late") })
    const outcome = await (await app.runtime.acquire("a:a")).call.outcome()
    expect(outcome).toMatchObject({ kind: "UNAVAILABLE", details: { id: "s", awaits: "a:a", asker: "a:a" } })
    expect(await (await app.runtime.acquire("a:x")).call.ping()).toBe("pong")
    await app.runtime.stop()
  })

  it("is told where the supervisor waits for another that waits for it: by what both acquire as they start", async () => {
    const here = supervisor({ children: { "a:first": acquiring("a:x"), "a:last": plain } })
    const there = supervisor({ children: { "a:x": acquiring("a:last") } })
    const app = await bootApp({ here: child(here, { autoStart: false }), there: child(there, { autoStart: false }) })
    const first = await app.runtime.acquire("a:first")
    expect(await first.call.outcome()).toBe("served")
    const told = await (await app.runtime.acquire("a:x")).call.outcome()
    expect(told).toMatchObject({ kind: "UNAVAILABLE", details: { id: "here", asker: "a:x" } })
    await app.runtime.stop()
  })

  it.each(["start", "end"] as const)(
    "is told where one starts and waits for the end of one that acquires it, whichever is first: the %s",
    async (first) => {
      const told: unknown[] = []
      const starting = server({
        init: async (_argument: undefined, self) => {
          const root = await self.acquire("root", { as: SupervisorMailbox })
          told.push(await root.terminateChild("a:ending", FOR_EVER).catch((error) => error))
          return {}
        },
      })
      const ending = server({ init: () => ({}), terminate: async (_state, _reason, self) => void told.push(await outcomeOf(self)) })
      const s = child(supervisor({ children: { "a:first": starting, "a:x": plain } }), { autoStart: false })
      const app = await bootApp({ s, "a:ending": child(ending, { shutdown: "infinity" }) })
      const root = await app.runtime.acquire("root", { as: SupervisorMailbox })
      if (first === "end") await root.terminateChild("a:ending", FOR_EVER)
      await app.runtime.acquire("a:x")
      const refused = {
        start: { kind: "UNAVAILABLE", details: { id: "s", asker: "a:ending" } },
        end: { kind: "CONFLICT", details: { target: "a:ending" } },
      }
      expect(told).toMatchObject([refused[first], first === "start" ? undefined : "served"].slice(0, told.length))
      expect(told).toHaveLength(2)
      await app.runtime.stop()
    },
  )

  /** An application in which the end of one waits for the start of another, and that start for the end, for as long as `limits` says. */
  async function circleOf(limits: (self: Pick<ProcessSelf<unknown>, "signal">) => AskOptions) {
    const told: unknown[] = []
    const starting = server({
      init: async (_argument: undefined, self) => {
        const root = await self.acquire("root", { as: SupervisorMailbox })
        told.push(await root.terminateChild("a:ending", limits(self)).catch(({ kind }) => kind))
        return {}
      },
    })
    const ending = server({ init: () => ({}), terminate: async (_state, _reason, self) => void told.push(await outcomeOf(self)) })
    const s = child(supervisor({ children: { "a:first": starting, "a:x": plain } }), { autoStart: false })
    const { runtime, time } = await bootApp({ s, "a:ending": child(ending, { shutdown: "infinity" }) })
    return { runtime, time, told, wanted: runtime.acquire("a:x") }
  }

  it("is waited for no longer than a wait for its end that has a time limit: it is served behind that", async () => {
    const { runtime, time, told, wanted } = await circleOf(() => ({ timeoutMs: 100 }))
    await time.advance(99)
    expect(told).toEqual([])
    await time.advance(1)
    expect(told).toEqual(["TIMEOUT", "served"])
    await wanted
    await runtime.stop()
  })

  it.each<[string, (self: Pick<ProcessSelf<unknown>, "signal">) => AskOptions]>([
    ["its asker's own", ({ signal }) => ({ ...FOR_EVER, signal })],
    ["one that nobody aborts", () => ({ ...FOR_EVER, signal: new AbortController().signal })],
  ])("is refused at once where the wait for its end has a signal, which is no limit: %s", async (_which, limits) => {
    const { runtime, time, told, wanted } = await circleOf(limits)
    await time.settle()
    expect(told).toEqual([expect.objectContaining({ kind: "UNAVAILABLE" }), undefined])
    await wanted
    await runtime.stop()
  })

  it("is served while the whole stops, as long as it and what it requires have not been told to", async () => {
    let outcome: unknown
    const last = server({
      init: () => ({}),
      terminate: async (_state, _reason, self) => {
        outcome = await outcomeOf(self)
      },
    })
    const idle = supervisor({ children: { "a:one": plain, "a:x": child(plain, { requires: ["a:one"] }) } })
    const here = supervisor({ children: { s: child(idle, { autoStart: false }) } })
    const whole = supervisor({ children: { here, "a:last": child(last, { shutdown: "infinity" }) } })
    const app = await bootApp({ whole })
    await app.runtime.stop()
    expect(outcome).toBe("served")
  })

  it("is refused, and not asked for ever, where the supervisor has outlived the one above it", async () => {
    const starts: Pid[] = []
    const once = server({
      init: (_argument: undefined, self) => (starts.push(self.pid) === 1 ? {} : new Promise<object>(() => {})),
    })
    const endless = child(once, { shutdown: "infinity" })
    const orphan = supervisor({ children: { "a:x": child(plain, { autoStart: false }), "a:endless": endless } })
    const killed = supervisor({ children: { orphan: child(orphan, { shutdown: "infinity" }) } })
    const app = await bootApp({ killed: child(killed, { restart: "temporary" }) })
    const pidOf = async (id: "killed" | "orphan", above: "root" | "killed") =>
      (await (await app.runtime.acquire(above, { as: SupervisorMailbox })).whichChild(id)).pid as Pid
    const pids = [await pidOf("orphan", "killed"), await pidOf("killed", "root")]
    for (const pid of pids) {
      app.runtime.exit(pid, "kill")
      await app.time.settle()
    }
    expect(await refusal(app.runtime.acquire("a:x"))).toMatchObject({ kind: "UNAVAILABLE", details: { id: "a:x" } })
    for (const pid of starts) app.runtime.exit(pid, "kill")
    await app.runtime.stop()
  })

  it("is told where the supervisor comes to wait for its end meanwhile", async () => {
    const gate = latch()
    const slow = server({ init: () => gate.promise.then(() => ({})) })
    const asking = server({ init: () => ({}), call: { want: (_state, _argument, self) => outcomeOf(self) } })
    const children = {
      "a:c": plain,
      "a:slow": child(slow, { autoStart: false }),
      s: child(supervisor({ children: { "a:x": plain } }), { autoStart: false, requires: ["a:slow"] }),
      "a:a": child(asking, { shutdown: "infinity" }),
    }
    const app = await bootTree(supervisor({ strategy: "one_for_all", children }))
    const outcome = (await app.runtime.acquire("a:a")).call.want(undefined, FOR_EVER)
    await app.time.settle()
    ;(await app.runtime.acquire("a:c")).cast.crash()
    await app.time.advance(10)
    expect(await outcome).toMatchObject({ kind: "UNAVAILABLE", details: { id: "s", awaits: "a:a" } })
    gate.open()
    await app.time.advance(10)
    expect(await (await app.runtime.acquire("a:x")).call.ping()).toBe("pong")
    await app.runtime.stop()
  })

  it("waits for no request of what the supervisor requires: whoever asks last, and would wait for itself, is told", async () => {
    for (const isAskedFirst of [true, false]) {
      const [asks, wants] = [latch(), latch()]
      const requiring = server({
        init: async (_argument: undefined, self) => {
          const root = await self.acquire("root", { as: SupervisorMailbox })
          await asks.promise
          return { outcome: await root.terminateChild("a:a", FOR_EVER).catch((error) => error) }
        },
        call: { outcome: ({ outcome }) => outcome },
      })
      const asking = server({ init: () => ({}), call: { want: (_state, _argument, self) => wants.promise.then(() => outcomeOf(self)) } })
      const children = { "a:y": child(requiring, { autoStart: false }), s: below("a:y"), "a:a": child(asking, { shutdown: "infinity" }) }
      const app = await bootApp(children)
      const outcome = (await app.runtime.acquire("a:a")).call.want(undefined, FOR_EVER)
      const required = app.runtime.acquire("a:y")
      for (const gate of isAskedFirst ? [asks, wants] : [wants, asks]) {
        await app.time.advance(10)
        gate.open()
      }
      await app.time.advance(10)
      const told = await (await required).call.outcome()
      if (isAskedFirst) expect(await outcome).toMatchObject({ kind: "UNAVAILABLE", details: { id: "s", asker: "a:a" } })
      else expect(await outcome).toBe("served")
      if (isAskedFirst) expect(told).toBeUndefined()
      else expect(told).toMatchObject({ kind: "CONFLICT", details: { target: "a:a", asker: "a:y" } })
      await app.runtime.stop()
    }
  })

  it("is waited for by nobody whom the supervisor waits for, by way of what that has started", async () => {
    const asks = latch()
    const starting = acquiring("a:a")
    const requiring = server({
      init: async (_argument: undefined, self) => {
        const root = await self.acquire("root", { as: SupervisorMailbox })
        await asks.promise
        await root.startChild("a:k", starting, FOR_EVER)
        return {}
      },
    })
    const outcomes: unknown[] = []
    const leaving = server({
      init: () => ({}),
      terminate: async (_state, _reason, self) => void outcomes.push(await outcomeOf(self)),
    })
    const children = { "a:y": child(requiring, { autoStart: false }), s: below("a:y"), "a:a": child(leaving, { shutdown: "infinity" }) }
    const app = await bootApp(children)
    const root = await app.runtime.acquire("root", { as: SupervisorMailbox })
    const terminated = root.terminateChild("a:a", FOR_EVER)
    await app.time.advance(10)
    asks.open()
    await app.time.advance(10)
    const told = await (
      await app.runtime.acquire("a:k" as string, { as: ServerMailbox<{ outcome: () => unknown }, object> })
    ).call.outcome()
    expect(told).toMatchObject({ kind: "UNAVAILABLE", details: { id: "a:a", asker: "a:k" } })
    expect(outcomes).toEqual(["served"])
    await terminated
    await app.runtime.stop()
  })

  it.each(["acquires", "asks"])(
    "is told where the supervisor could not start, and waits for the end of one that waits for it: it %s",
    async (how) => {
      const outcomes: unknown[] = []
      const leaving = server({
        init: () => ({}),
        terminate: async (_state, _reason, self) => void outcomes.push(await outcomeOf(self, "a:y")),
      })
      const failing = server({ init: () => Promise.reject(new Error("no")) })
      const asking = server({
        init: async (_argument: undefined, self) => {
          const root = await self.acquire("root", { as: SupervisorMailbox })
          return { outcome: (await root.terminateChild("s", FOR_EVER).catch((error) => error)) as unknown }
        },
        call: { outcome: ({ outcome }) => outcome },
      })
      const children = {
        s: child(supervisor({ children: { "a:a": child(leaving, { shutdown: "infinity" }), "a:b": failing } }), {
          autoStart: false,
          backoff: late,
        }),
        t: child(supervisor({ children: { "a:y": how === "asks" ? asking : acquiring("a:b") } }), { autoStart: false }),
      }
      const app = await bootApp(children)
      const refused = refusal(app.runtime.acquire("a:a"))
      await app.time.advance(10)
      expect(outcomes[0]).toBe("served")
      const told = await (
        await app.runtime.acquire("a:y" as string, { as: ServerMailbox<{ outcome: () => unknown }, object> })
      ).call.outcome()
      if (how === "asks") expect(told).toMatchObject({ kind: "CONFLICT", details: { target: "s", asker: "a:y" } })
      else expect(told).toMatchObject({ kind: "UNAVAILABLE", details: { id: "s", asker: "a:y" } })
      await app.runtime.stop()
      expect(await refused).toMatchObject({ kind: "UNAVAILABLE" })
    },
  )

  it("waits for no end that waits for nothing: who has asked, and runs on without the answer, ends at once", async () => {
    const outcomes: unknown[] = []
    const leaving = server({
      init: () => ({}),
      call: {
        go: async (_state, _argument, self) => {
          const root = await self.acquire("root", { as: SupervisorMailbox })
          void root.terminateChild("a:b", FOR_EVER).catch(() => {})
        },
      },
    })
    const ending = server({
      init: () => ({}),
      terminate: async (_state, _reason, self) => {
        const root = await self.acquire("root", { as: SupervisorMailbox })
        outcomes.push(await root.terminateChild("a:a", FOR_EVER).catch((error) => error))
      },
    })
    const app = await bootApp({ "a:a": child(leaving, { shutdown: "infinity" }), "a:b": child(ending, { shutdown: "infinity" }) })
    await (await app.runtime.acquire("a:a")).call.go()
    await app.time.advance(10)
    expect(outcomes).toEqual([undefined])
    await app.runtime.stop()
  })

  it("is refused where the supervisor is terminated meanwhile, or cannot start", async () => {
    const gate = latch()
    const slow = server({ init: () => gate.promise.then(() => ({})) })
    const app = await bootApp({ "a:a": child(slow, { autoStart: false }), s: below("a:a") })
    const stopped = refusal(app.runtime.acquire("a:x"))
    await app.time.settle()
    await (await app.runtime.acquire("root", { as: SupervisorMailbox })).terminateChild("s")
    expect(await stopped).toMatchObject({ kind: "UNAVAILABLE", details: { id: "s" } })
    gate.open()
    await app.runtime.stop()
    const bad = child(server({ init: () => Promise.reject(new Error("no")) }), { autoStart: false, backoff: { ...late, maxAttempts: 1 } })
    const failing = await bootApp({ "a:a": bad, s: below("a:a") })
    const wanted = refusal(failing.runtime.acquire("a:x"))
    await failing.time.advance(2000)
    expect(await wanted).toMatchObject({ kind: "UNAVAILABLE" })
    await failing.runtime.stop()
  })

  it("is told where it asks, as it starts, what lies below a supervisor that its group starts behind it, however deep", async () => {
    let starts = 0
    const first = server({
      init: async (_argument: undefined, self) => {
        starts += 1
        if (starts === 1) return { outcome: undefined as unknown }
        const box = await self.acquire<MailboxOf<typeof plain>>("a:x")
        return { outcome: (await box.call.ping(undefined, FOR_EVER).catch((error) => error)) as unknown }
      },
      call: { outcome: ({ outcome }) => outcome },
      cast: { crash: () => Promise.reject(new Error("boom")) },
    })
    const deep = supervisor({ children: { deeper: supervisor({ children: { "a:x": plain } }) } })
    const children = { "a:a": first, s: child(deep, { shutdown: "brutal_kill" }) }
    const app = await bootTree(supervisor({ strategy: "one_for_all", children }))
    const box = await app.runtime.acquire("a:a")
    box.cast.crash()
    await app.time.advance(10)
    expect(await box.call.outcome()).toMatchObject({ kind: "UNAVAILABLE", details: { id: "a:x", asker: "a:a" } })
    await app.runtime.stop()
  })
})
