import { afterEach, describe, expect, it, vi } from "vitest"
import { actor, child, type Pid, server, start, store } from "../../actors/index.ts"
import { virtualTime } from "../../src/testing.ts"
import { run } from "../house/command.ts"
import { bootApp } from "../support/app.ts"
import { refusal } from "../support/errors.ts"
import { avenging, STOP_CASES, STOP_MS } from "../support/stop-cases.ts"
import { watch } from "../support/watched.ts"

const never = (): Promise<void> => new Promise<void>(() => {})
const hanging = server({ init: () => ({}), terminate: never })
const policies = [{ effect: "allow" as const, actions: "*", resources: "*" }]
const SIGNALS = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM"]
const listeners = (): number => SIGNALS.reduce((sum, signal) => sum + process.listenerCount(signal), 0)

describe("a stop is over in time, and leaves no process, timer, message or listener, with", () => {
  afterEach(() => void vi.restoreAllMocks())

  it.each(STOP_CASES)("$name", async ({ begin }) => {
    vi.spyOn(console, "error").mockImplementation(() => {})
    const time = virtualTime()
    const before = listeners()
    const { runtime, stopped } = await begin({ host: time, log: () => {} }, () => time.settle())
    const watched = watch(stopped)
    await time.advance(STOP_MS)
    expect(watched.state).toBe("fulfilled")
    expect(runtime.statistics()).toMatchObject({ processes: 0, waiting: 0 })
    expect(time.armedTimers).toBe(0)
    expect(listeners()).toBe(before)
    const { accepted, handled, returned, reported } = runtime.statistics()
    expect(handled + returned + reported).toBe(accepted)
  })

  it("each of them on Node's own host", async () => {
    const { code, stdout, stderr } = await run("node", ["test/support/stop-on-node.ts"])
    expect(code, stderr).toBe(0)
    const nothing = { resources: [], timers: 0, listeners: 0, processes: 0 }
    expect(
      stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual(STOP_CASES.map(({ name }) => ({ name, ...nothing })))
  })
})

describe("the limit", () => {
  it("is for everything: half of it at most goes to what is outside the tree", async () => {
    const { runtime, time, log } = await bootApp({ "app:h": child(hanging, { shutdown: "infinity" }) }, { policies })
    const outside = runtime.spawn(hanging)
    const ends: string[] = []
    void runtime.whenEnded(outside).then(() => ends.push("outside"))
    const stopped = watch(runtime.stop({ timeoutMs: 1000 }))
    void runtime.ended.then(() => ends.push("tree"))
    await time.advance(499)
    expect(ends).toEqual([])
    await time.advance(1)
    expect(ends).toEqual(["outside"])
    await time.advance(499)
    expect(stopped.state).toBe("pending")
    await time.advance(1)
    expect(stopped.state).toBe("fulfilled")
    expect(ends).toEqual(["outside", "tree"])
    expect(log.map(({ level, message }) => [level, message])).toEqual([
      ["warn", `killed, as they had not stopped after 500 ms: ${outside}`],
      ["warn", "killed, as they had not stopped after 1000 ms: app:h, root"],
    ])
  })

  it("is 5 s at most for what is outside the tree, before it and after it", async () => {
    const { runtime, time } = await bootApp({ "app:s": store() })
    runtime.spawn(hanging)
    const stopped = watch(runtime.stop({ timeoutMs: Number.POSITIVE_INFINITY }))
    await time.advance(4999)
    expect(stopped.state).toBe("pending")
    await time.advance(1)
    expect(stopped.state).toBe("fulfilled")
  })

  it("keeps the program alive only while it limits somebody", async () => {
    const { runtime, time } = await bootApp({ "app:h": child(hanging, { shutdown: "infinity" }) })
    const stopped = watch(runtime.stop({ timeoutMs: Number.POSITIVE_INFINITY }))
    await time.settle()
    expect([stopped.state, time.heldTimers]).toEqual(["pending", 0])
    await runtime.stop({ timeoutMs: 0 })
  })

  it("names ten of those that it has killed, and says how many there were beside", async () => {
    const { runtime, time, log } = await bootApp({}, { policies })
    for (let left = 12; left > 0; left -= 1) runtime.spawn(hanging)
    void runtime.stop({ timeoutMs: 100 })
    await time.advance(100)
    expect(log.map(({ message, fields }) => [message, fields?.killed])).toEqual([
      [expect.stringMatching(/^killed, as they had not stopped after 50 ms: (<\d+>, ){9}<\d+> and 2 more$/), 12],
    ])
  })

  it("of 0 kills at once, without a hook, and says nothing of it", async () => {
    const story: string[] = []
    const telling = server({ init: () => ({}), terminate: () => void story.push("terminate") })
    const { runtime, time, log } = await bootApp({ "app:t": telling }, { policies })
    runtime.spawn(telling)
    const stopped = watch(runtime.stop({ timeoutMs: 0 }))
    await time.settle()
    expect(stopped.state).toBe("fulfilled")
    expect(story).toEqual([])
    expect(log).toEqual([])
    expect(await runtime.ended).toBe("killed")
  })

  it.each([[-1], [Number.NaN], ["5" as never]])("that is none (%o) is refused", async (timeoutMs) => {
    const { runtime } = await bootApp({})
    expect(() => runtime.stop({ timeoutMs })).toThrow("timeoutMs")
    expect(() => runtime.stop({ timeout: 5 } as never)).toThrow("did you mean timeoutMs?")
    await runtime.stop()
  })
})

describe("a second stop", () => {
  it("is the same one", async () => {
    const { runtime } = await bootApp({ "app:s": store() })
    await Promise.all([runtime.stop(), runtime.stop(), runtime[Symbol.asyncDispose]()])
    expect(await runtime.ended).toBe("shutdown")
    await runtime.stop()
  })

  it("brings the end forward, and puts it off no more", async () => {
    const { runtime, time } = await bootApp({ "app:h": child(hanging, { shutdown: "infinity" }) })
    const stopped = watch(runtime.stop({ timeoutMs: 10_000 }))
    await time.advance(100)
    void runtime.stop({ timeoutMs: 200 })
    void runtime.stop({ timeoutMs: 60_000 })
    await time.advance(199)
    expect(stopped.state).toBe("pending")
    await time.advance(1)
    expect(stopped.state).toBe("fulfilled")
    expect(time.armedTimers).toBe(0)
  })

  it("brings forward the end of what is outside the tree too, so that the tree has its half", async () => {
    const story: string[] = []
    const orderly = server({ init: () => ({}), terminate: () => void story.push("tree") })
    const { runtime, time } = await bootApp({ "app:t": orderly })
    runtime.spawn(hanging)
    void runtime.stop()
    await time.settle()
    const stopped = watch(runtime.stop({ timeoutMs: 100 }))
    await time.advance(50)
    expect([story, stopped.state]).toEqual([["tree"], "fulfilled"])
  })

  it("kills at once with a limit of 0, whatever the first one waits for", async () => {
    const { runtime, time } = await bootApp({ "app:h": hanging })
    void runtime.stop()
    await time.settle()
    const stopped = watch(runtime.stop({ timeoutMs: 0 }))
    await time.settle()
    expect(stopped.state).toBe("fulfilled")
  })
})

describe("the order of a stop", () => {
  it("is: what is tied to nothing of the tree, then the tree; what is linked to a service goes with it", async () => {
    const story: string[] = []
    const named = (name: string) => server({ init: () => ({}), terminate: () => void story.push(name) })
    const owner = server({
      init: (_argument: undefined, self) => {
        self.spawn(named("helper"), undefined)
        return { pid: self.spawnLink(named("linked"), undefined) }
      },
      terminate: () => void story.push("owner"),
    })
    const { runtime, time, events } = await bootApp({ "app:s": named("first"), "app:owner": owner })
    runtime.spawn(named("outside"))
    await time.settle()
    await runtime.stop()
    expect(story.toSorted()).toEqual(["first", "helper", "linked", "outside", "owner"])
    expect(story.slice(0, 2).toSorted()).toEqual(["helper", "outside"])
    expect(story.slice(2)).toEqual(["owner", "linked", "first"])
    expect(events.filter(({ type }) => type === "restarting")).toEqual([])
  })

  it("asks those too whom a stopping process starts, and gives them their share of the time", async () => {
    const story: string[] = []
    const last = server({ init: () => ({}), terminate: () => void story.push("last words") })
    const { runtime } = await bootApp({ "app:s": store() })
    runtime.spawn(server({ init: () => ({}), terminate: (_state, _reason, self) => void self.spawn(last, undefined) }))
    await runtime.stop()
    expect(story).toEqual(["last words"])
  })

  it("lets a process that traps exits clear up after the service it was linked to", async () => {
    const story: string[] = []
    const cleaner = actor(async (self) => {
      self.trapExit(true)
      const told = (await self.receive()) as { type: string }
      await new Promise<void>((resolve) => setImmediate(resolve))
      story.push(`cleared up after ${told.type}`)
    })
    const owner = server({ init: (_argument: undefined, self) => ({ pid: self.spawnLink(cleaner, undefined) }) })
    const { runtime, time } = await bootApp({ "app:owner": owner })
    await time.settle()
    await runtime.stop()
    expect(story).toEqual(["cleared up after EXIT"])
  })
})

/** Says goodbye to another service in its `terminate`; `ask` waits for what the other owes. */
const leaving = (other: string) =>
  server({
    init: () => ({ other: undefined as Neighbour | undefined }),
    call: {
      meet: async (state, _: undefined, self) => {
        state.other = await self.acquire<Neighbour>(other)
      },
      bye: () => "bye",
      ask: async (state): Promise<string> => (await state.other?.call.owe()) ?? "nobody",
      owe: (_state, _: undefined, self) => self.defer<string>(),
    },
    cast: {
      crash: (): void => {
        throw new Error("crash")
      },
    },
    terminate: async (state) => {
      await state.other?.call.bye().catch(() => {})
    },
  })

interface Neighbour {
  readonly call: { bye(): Promise<string>; owe(): Promise<string> }
}

describe("two services that ask each other by their mailboxes while both end", () => {
  it.each([
    ["crash", "app:a", "app:b"],
    ["stop", "app:a", "app:b"],
    ["stop", "app:b", "app:a"],
    ["busy", "app:a", "app:b"],
    ["busy", "app:b", "app:a"],
  ] as const)("do not wait for a time limit: %s, %s first", async (way, first, second) => {
    const { runtime, time } = await bootApp({
      "app:a": child(leaving("app:b"), { shutdown: 60_000 }),
      "app:b": child(leaving("app:a"), { shutdown: 60_000 }),
    })
    const [one, other] = [await runtime.acquire(first), await runtime.acquire(second)]
    await Promise.all([one.call.meet(), other.call.meet()])
    const pids = [runtime.whereis(first), runtime.whereis(second)] as Pid[]
    const ends = watch(Promise.all(pids.map((pid) => runtime.whenEnded(pid))))
    if (way === "busy") void one.call.ask().catch(() => {})
    await time.settle()
    if (way === "crash") [one, other].forEach(({ cast }) => void cast.crash())
    else for (const pid of pids) void runtime.stopProcess(pid).catch(() => {})
    await time.advance(100)
    expect(ends.state).toBe("fulfilled")
    await runtime.stop({ timeoutMs: 0 })
  })
})

describe("what waits for a service that will not be started again", () => {
  const boot = async () => {
    const opened = Promise.withResolvers<void>()
    const slow = server({ init: () => ({}), call: { wait: () => opened.promise, quick: () => "quick" }, terminate: () => opened.promise })
    const app = await bootApp({ "app:slow": slow })
    const slowly = await app.runtime.acquire("app:slow")
    const outcomes = [watch(slowly.call.wait()), watch(slowly.call.quick())]
    await app.time.settle()
    return { ...app, slowly, outcomes, open: () => opened.resolve(), root: await app.runtime.acquire("root") }
  }

  it("is handed back when its end begins, as what comes after that is, though its handler and its terminate go on", async () => {
    const { runtime, time, slowly, outcomes, open, root } = await boot()
    const terminated = root.terminateChild("app:slow")
    await time.settle()
    const refused = { state: "rejected", error: { kind: "UNAVAILABLE", retryable: false } }
    expect(outcomes).toMatchObject([{ state: "pending" }, refused])
    const late = watch(slowly.call.quick())
    await time.settle()
    expect(late).toMatchObject(refused)
    open()
    await terminated
    await runtime.stop()
  })

  it("waits on where the service is started again", async () => {
    const { runtime, time, outcomes, open } = await boot()
    runtime.exit(runtime.whereis("app:slow") as Pid, { error: new Error("boom") })
    await time.settle()
    expect(outcomes[1]?.state).toBe("pending")
    open()
    await time.settle()
    expect(outcomes[1]?.value).toBe("quick")
    await runtime.stop()
  })

  it("keeps nobody waiting for a time limit whose own handler that service waits for", async () => {
    const asking = (other: string) =>
      server({
        init: () => ({}),
        call: { hello: () => "hello" },
        cast: {
          ask: async (_state, _: undefined, self) => {
            const mailbox = (await self.acquire(other)) as { call: { hello(argument: undefined, options: object): Promise<string> } }
            await mailbox.call.hello(undefined, { timeoutMs: Number.POSITIVE_INFINITY })
          },
        },
      })
    const { runtime, time } = await bootApp({ "app:one": asking("app:other"), "app:other": asking("app:one") })
    for (const id of ["app:one", "app:other"] as const) (await runtime.acquire(id)).cast.ask()
    await time.settle()
    const stopped = watch(runtime.stop())
    await time.settle()
    expect(stopped.state).toBe("fulfilled")
  })
})

describe("what is stopping starts nothing any more", () => {
  it("from the moment that stop is called, for those outside", async () => {
    const { runtime, time } = await bootApp({ "app:s": store() })
    runtime.spawn(hanging)
    await time.settle()
    void runtime.stop({ timeoutMs: 100 })
    expect(() => runtime.spawn(hanging)).toThrow("stopping")
    await time.advance(100)
    expect(await refusal(runtime.acquire("app:s"))).toMatchObject({ kind: "UNAVAILABLE" })
  })

  it("once the time is over, for processes too: what they spawn is refused, and leaves no name", async () => {
    const refused: unknown[] = []
    const restless = server({
      init: (_argument: undefined, self) => {
        self.signal.addEventListener("abort", () => {
          try {
            self.spawn(hanging, undefined)
          } catch (error) {
            refused.push(error)
          }
        })
        return {}
      },
      terminate: never,
    })
    const { runtime, time, events } = await bootApp({ "app:r": child(restless, { shutdown: "brutal_kill" }) })
    await time.settle()
    const before = events.filter(({ type }) => type === "spawned").length
    await runtime.stop({ timeoutMs: 0 })
    expect(refused).toMatchObject([{ kind: "UNAVAILABLE", retryable: false }])
    expect(events.filter(({ type }) => type === "spawned")).toHaveLength(before)
  })
})

describe("a process that starts another when it is killed", () => {
  it("starts none at the last kill, however much time is left", async () => {
    const { runtime, time, events } = await bootApp({})
    runtime.spawn(avenging)
    await time.settle()
    const stopped = watch(runtime.stop({ timeoutMs: 60_000 }))
    await time.advance(10_000)
    expect(stopped.state).toBe("fulfilled")
    expect(runtime.statistics().processes).toBe(0)
    // Beside the root: the first, one at the kill before the tree's end, one at the kill after it.
    expect(events.filter(({ type }) => type === "spawned")).toHaveLength(4)
  })
})

describe("a start that fails", () => {
  it("kills what does not stop, and leaves nothing", async () => {
    const time = virtualTime()
    const broken = server({ init: (): Promise<object> => Promise.reject(new Error("no disk")) })
    const starting = watch(start({ "app:h": hanging, "app:broken": broken }, { host: time, log: () => {} }))
    await time.advance(60_000)
    expect(starting).toMatchObject({ state: "rejected", error: { kind: "UNAVAILABLE" } })
    expect(time.armedTimers).toBe(0)
  })
})

describe("an idle pid", () => {
  it("is of no use after the stop", async () => {
    const { runtime } = await bootApp({ "app:s": store() })
    const pid = runtime.whereis("app:s") as Pid
    await runtime.stop()
    expect(pid.isAlive).toBe(false)
    expect(runtime.whereis("app:s")).toBeUndefined()
    expect(await refusal(runtime.ask(pid, 1))).toMatchObject({ kind: "UNAVAILABLE" })
  })
})

describe("who is started after the stop", () => {
  it("is refused, and leaves no name", async () => {
    const { runtime } = await bootApp({ "app:s": store() })
    await runtime.stop()
    const before = runtime.statistics()
    expect(() =>
      runtime.spawn(
        actor(async () => {}),
        undefined,
        { name: "late" },
      ),
    ).toThrow(/is stopping|has stopped/)
    expect([runtime.registered(), runtime.statistics()]).toEqual([[], before])
  })
})
