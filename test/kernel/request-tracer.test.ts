/** What a tracer is told of messages: each once when it is posted, once when it is over, with what became of it and in whose handling it was posted. */

import { AsyncLocalStorage } from "node:async_hooks"
import { type Application, explore } from "pigeonhole/simulation"
import { describe, expect, it } from "vitest"
import {
  type AddressOf,
  actor,
  child,
  type Deferred,
  failure,
  type MailboxOf,
  NotFound,
  type Pid,
  type PostedRequest,
  type ProcessSelf,
  partitionSupervisor,
  pool,
  type RequestTrace,
  type RequestTracer,
  server,
  start,
  store,
} from "../../actors/index.ts"
import { virtualTime } from "../../src/testing.ts"
import { bootApp } from "../support/app.ts"
import { RecordingTracer } from "../support/tracer.ts"

const desk = server({
  init: () => ({ kept: undefined as Deferred<number> | undefined, isOpen: false }),
  call: {
    add: (_state, n: number) => n + 1,
    slow: (_state, until: Promise<number>) => until,
    later: (state, _argument: undefined, self) => {
      state.kept = self.defer<number>()
      return state.kept
    },
    wait: (state, n: number, self) => (state.isOpen ? n : self.stash()),
    open: (state, _argument: undefined, self) => {
      state.isOpen = true
      self.unstashAll()
    },
    crash: () => {
      throw new Error("boom")
    },
    refuse: () => failure(new NotFound("nothing")),
    reply: (state) => state.kept?.reply(7),
  },
  cast: {
    note: () => {},
    noteSlowly: (_state, until: Promise<void>) => until,
    noteCrash: () => {
      throw new Error("boom")
    },
    put: (state, _argument: undefined, self) => (state.isOpen ? undefined : self.stash()),
  },
  stashCapacity: 10,
})

const app = async (tracer: RequestTracer, options: object = {}) =>
  bootApp({ "app:desk": child(desk, { backoff: { initialMs: 100 } }) }, { tracer, ...options })

const kind = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error) => error.kind,
  )

describe("a tracer is told what became of", () => {
  it("an answer, given at once, by a promise, deferred, or after it was put aside", async () => {
    const tracer = new RecordingTracer()
    const { runtime, time } = await app(tracer)
    const mailbox = await runtime.acquire("app:desk")
    tracer.followed.length = 0
    await mailbox.call.add(1)
    await mailbox.call.slow(Promise.resolve(3))
    const deferred = mailbox.call.later()
    await time.settle()
    await mailbox.call.reply()
    expect(await deferred).toBe(7)
    const stashed = mailbox.call.wait(5)
    await time.settle()
    expect(tracer.of("app:desk").at(-1)).toBe("wait:open")
    await mailbox.call.open()
    expect(await stashed).toBe(5)
    expect(tracer.of("app:desk")).toEqual([
      "add:answered",
      "slow:answered",
      "later:answered",
      "reply:answered",
      "wait:answered",
      "open:answered",
    ])
    expect(tracer.followed.map(({ handles }) => handles)).toEqual([1, 1, 1, 1, 2, 1])
  })

  it("an error of the handler's, a crash, a time that was over, one that was given up", async () => {
    const tracer = new RecordingTracer()
    const { runtime, time } = await app(tracer)
    const mailbox = await runtime.acquire("app:desk")
    tracer.followed.length = 0
    expect(await kind(mailbox.call.refuse())).toBe("NOT_FOUND")
    expect(await kind(mailbox.call.crash())).toBe("INTERNAL")
    await time.advance(1000)
    const late = kind(mailbox.call.slow(new Promise(() => {}), { timeoutMs: 50 }))
    const abort = new AbortController()
    const givenUp = kind(mailbox.call.add(1, { signal: abort.signal }))
    abort.abort()
    expect(await givenUp).toBe("CANCELED")
    await time.advance(50)
    expect(await late).toBe("TIMEOUT")
    expect(tracer.of("app:desk")).toEqual([
      "refuse:failed NOT_FOUND",
      "crash:failed INTERNAL",
      "slow:failed TIMEOUT",
      "add:failed CANCELED",
    ])
  })

  it("a cast: handled, handled by a promise, crashed, put aside and taken again, taken by nobody", async () => {
    const tracer = new RecordingTracer()
    const { runtime, time } = await app(tracer)
    const mailbox = await runtime.acquire("app:desk")
    tracer.followed.length = 0
    const until = Promise.withResolvers<void>()
    mailbox.cast.note()
    mailbox.cast.noteSlowly(until.promise)
    await time.settle()
    expect(tracer.of("app:desk")).toEqual(["note:handled", "noteSlowly:open"])
    until.resolve()
    mailbox.cast.put()
    await time.settle()
    expect(tracer.of("app:desk").slice(1)).toEqual(["noteSlowly:handled", "put:open"])
    await mailbox.call.open()
    await time.settle()
    mailbox.cast.noteCrash()
    await time.settle()
    expect(tracer.of("app:desk").slice(2)).toEqual(["put:handled", "open:answered", "noteCrash:failed INTERNAL"])
    const pid = runtime.spawn(server({ init: () => ({}) }))
    tracer.followed.length = 0
    runtime.tell(pid, "nobody")
    await time.settle()
    expect(tracer.of(String(pid))).toEqual(["message:failed INVALID"])
  })

  it("a cast whose handler waits when its process is killed, alone and beside others", async () => {
    const tracer = new RecordingTracer()
    const never = { noteSlowly: (_state: object) => new Promise<void>(() => {}) }
    const one = server({ init: () => ({}), cast: never })
    const beside = server({ init: () => ({}), cast: never, concurrency: 4 })
    const { runtime, time } = await bootApp({}, { tracer })
    for (const definition of [one, beside]) {
      const pid = runtime.spawn(definition)
      pid.cast.noteSlowly()
      pid.cast.noteSlowly()
      await time.settle()
      runtime.exit(pid, "kill")
      await time.settle()
      expect(tracer.of(String(pid))).toEqual(["noteSlowly:failed UNAVAILABLE", "noteSlowly:failed UNAVAILABLE"])
    }
  })

  it.each([1, 3])("a cast whose handler gives up as its process is told to stop, %i at a time", async (concurrency) => {
    const tracer = new RecordingTracer()
    const waiting = server({
      init: () => ({}),
      cast: {
        wait: (_state, _argument: undefined, self) =>
          new Promise<void>((_resolve, reject) => self.signal.addEventListener("abort", () => reject(self.signal.reason))),
      },
      concurrency,
    })
    const { runtime, time } = await bootApp({}, { tracer })
    const pid = runtime.spawn(waiting)
    pid.cast.wait()
    await time.settle()
    expect(tracer.of(String(pid))).toEqual(["wait:open"])
    await runtime.stopProcess(pid)
    expect(tracer.of(String(pid))).toEqual(["wait:failed UNAVAILABLE"])
  })

  it("what waits when the service is stopped, what is posted after it, and what finds the inbox full", async () => {
    const tracer = new RecordingTracer()
    const { runtime, time } = await bootApp({ "app:desk": child(desk, { inbox: { capacity: 1 } }) }, { tracer })
    const mailbox = await runtime.acquire("app:desk")
    tracer.followed.length = 0
    const open = kind(mailbox.call.slow(new Promise(() => {}), { timeoutMs: 20_000 }))
    await time.settle()
    const waiting = kind(mailbox.call.add(1))
    expect(mailbox.cast.note()).toBe(false)
    expect(await kind(mailbox.call.add(2))).toBe("RATE_LIMITED")
    const stopped = runtime.stop()
    await time.advance(10_000)
    await stopped
    expect([await open, await waiting]).toEqual(["UNAVAILABLE", "UNAVAILABLE"])
    expect(await kind(mailbox.call.add(3))).toBeDefined()
    const shown = tracer.of("app:desk")
    expect(shown.slice(0, 4)).toEqual([
      "slow:failed UNAVAILABLE",
      "add:failed UNAVAILABLE",
      "note:failed RATE_LIMITED",
      "add:failed RATE_LIMITED",
    ])
    expect(shown[4]).toMatch(/^add:failed [A-Z_]+$/)
  })

  it("what a full inbox drops", async () => {
    const tracer = new RecordingTracer()
    const { runtime, time } = await bootApp({ "app:desk": child(desk, { inbox: { capacity: 1, overflow: "drop_oldest" } }) }, { tracer })
    const mailbox = await runtime.acquire("app:desk")
    const until = Promise.withResolvers<number>()
    const open = kind(mailbox.call.slow(until.promise))
    await time.settle()
    mailbox.cast.note()
    mailbox.cast.put()
    const last = kind(mailbox.call.add(1))
    until.resolve(1)
    expect([await open, await last]).toEqual([undefined, undefined])
    expect(tracer.of("app:desk").slice(-4)).toEqual([
      "slow:answered",
      "note:failed RATE_LIMITED",
      "put:failed RATE_LIMITED",
      "add:answered",
    ])
  })

  it("a denial, which posts nothing, and other refusals at the door", async () => {
    const tracer = new RecordingTracer()
    const policies = [
      { effect: "deny", actions: "service.call.add", resources: "*" } as const,
      { effect: "allow", actions: "*", resources: "*" } as const,
    ]
    const { runtime, time } = await bootApp({ "app:desk": desk, "app:cache": store() }, { tracer, policies })
    const mailbox = await runtime.as({ id: "ann" }).acquire("app:desk")
    tracer.followed.length = 0
    expect(await kind(mailbox.call.add(1))).toBe("PERMISSION_DENIED")
    await mailbox.release()
    expect(await kind(mailbox.call.refuse())).toBe("INVALID")
    expect(mailbox.cast.note()).toBe(false)
    expect(tracer.of("app:desk")).toEqual(["add:denied PERMISSION_DENIED", "refuse:failed INVALID", "note:failed INVALID"])
    expect(tracer.followed[0]).toMatchObject({ principal: "ann", kind: "call", handles: 0 })
    const guarded = runtime.whereis("app:cache") as Pid
    tracer.followed.length = 0
    expect(await kind(runtime.ask(guarded, "x"))).toBe("PERMISSION_DENIED")
    expect(runtime.tell(guarded, "x")).toBe(false)
    const dead = runtime.spawn(actor(() => {}))
    await time.settle()
    expect(await kind(runtime.ask(dead, "x"))).toBe("UNAVAILABLE")
    expect(runtime.tell(dead, "x")).toBe(false)
    expect(tracer.all.map((line) => line.replace(/<\d+>/, "pid"))).toEqual([
      "app:cache.message:denied PERMISSION_DENIED",
      "app:cache.message:denied PERMISSION_DENIED",
      "pid.message:failed UNAVAILABLE",
      "pid.message:failed UNAVAILABLE",
    ])
    expect(tracer.followed.map((each) => each.kind)).toEqual(["ask", "tell", "ask", "tell"])
  })

  it("what a plain process receives: a request with its answer, a message when it is taken", async () => {
    const tracer = new RecordingTracer()
    const { runtime, time } = await bootApp({}, { tracer })
    const pid = runtime.spawn(
      actor(async (self: ProcessSelf<string>) => {
        const wanted = await self.receive((message) => message === "second")
        expect(wanted).toBe("second")
        await self.receive()
        await self.receive((message) => message === "ask")
        self.reply(1)
        await self.receive(() => false)
      }),
    )
    runtime.tell(pid, "first")
    await time.settle()
    expect(tracer.of(String(pid))).toEqual(["message:open"])
    expect(tracer.followed[0]?.handles).toBe(0)
    runtime.tell(pid, "second")
    await time.settle()
    expect(tracer.of(String(pid))).toEqual(["message:handled", "message:handled"])
    runtime.tell(pid, "left")
    expect(await runtime.ask(pid, "ask")).toBe(1)
    runtime.exit(pid, "kill")
    await time.settle()
    expect(tracer.of(String(pid)).slice(2)).toEqual(["message:failed UNAVAILABLE", "message:answered"])
    expect(tracer.followed.map(({ handles }) => handles)).toEqual([1, 1, 0, 1])
  })

  it("stores, whose handlers look at no context, supervisors and partitions", async () => {
    const tracer = new RecordingTracer()
    const { runtime } = await bootApp(
      { "app:cache": store(), "app:parts": partitionSupervisor({ child: desk, partitions: 2 }) },
      { tracer },
    )
    const cache = await runtime.acquire("app:cache")
    const root = await runtime.acquire("root")
    const part = await runtime.acquire("app:parts", { key: "x" })
    tracer.followed.length = 0
    await cache.set("k", 1)
    await cache.get("k")
    await root.countChildren()
    await part.call.add(1)
    expect(tracer.all.map((line) => line.replace(/#\d/, "#n"))).toEqual([
      "app:cache.set:answered",
      "app:cache.get:answered",
      "root.countChildren:answered",
      "app:parts#n.add:answered",
    ])
  })

  it("a pool's job and, as its child, what the worker was asked; it waits until a worker is free", async () => {
    const tracer = new RecordingTracer()
    const worker = server({ init: () => ({}), call: { work: (_state, until: Promise<number>) => until }, cast: { note: () => {} } })
    const { runtime, time } = await bootApp({ "app:pool": pool(worker, { size: 1, queue: 10 }) }, { tracer })
    const mailbox = await runtime.acquire("app:pool")
    tracer.followed.length = 0
    const first = Promise.withResolvers<number>()
    const one = mailbox.call.work(first.promise)
    const two = mailbox.call.work(Promise.resolve(2))
    await time.advance(20)
    first.resolve(1)
    expect(await Promise.all([one, two])).toEqual([1, 2])
    mailbox.cast.note()
    await time.settle()
    expect(tracer.parents).toEqual([
      "app:pool.work < none",
      "app:pool#0.work < app:pool.work",
      "app:pool.work < none",
      "app:pool#0.work < app:pool.work",
      "app:pool.note < none",
      "app:pool#0.note < app:pool.note",
    ])
    expect(tracer.followed.map(({ parentId }) => parentId)).toEqual([undefined, 1, undefined, 3, undefined, 5])
    expect(tracer.of("app:pool")).toEqual(["work:answered", "work:answered", "note:handled"])
    expect(tracer.followed[2]?.outcomes[0]).toMatchObject({ waitedMs: 20, handledMs: 0 })
    expect(tracer.followed.map(({ handles }) => handles)).toEqual([1, 1, 1, 1, 1, 1])
  })
})

describe("times", () => {
  it("are told apart: what it waited, and what its handler took", async () => {
    const tracer = new RecordingTracer()
    const { runtime, time } = await app(tracer)
    const mailbox = await runtime.acquire("app:desk")
    tracer.followed.length = 0
    const until = [Promise.withResolvers<number>(), Promise.withResolvers<number>()]
    const answers = until.map(({ promise }) => mailbox.call.slow(promise))
    await time.advance(30)
    until[0]?.resolve(1)
    await time.advance(20)
    until[1]?.resolve(2)
    await Promise.all(answers)
    expect(tracer.followed.map(({ outcomes }) => outcomes[0])).toMatchObject([
      { waitedMs: 0, handledMs: 30 },
      { waitedMs: 30, handledMs: 20 },
    ])
  })

  it("of what was put aside are waited until the handler that answers, of what no handler had all waited", async () => {
    const tracer = new RecordingTracer()
    const { runtime, time } = await app(tracer)
    const mailbox = await runtime.acquire("app:desk")
    tracer.followed.length = 0
    const answered = mailbox.call.wait(1)
    const late = kind(mailbox.call.wait(2, { timeoutMs: 10 }))
    await time.advance(10)
    await late
    await time.advance(15)
    await mailbox.call.open()
    await answered
    expect(tracer.followed.map(({ outcomes }) => outcomes[0])).toMatchObject([
      { outcome: "answered", waitedMs: 25, handledMs: 0 },
      { outcome: "failed", errorKind: "TIMEOUT", waitedMs: 10, handledMs: 0 },
      {},
    ])
  })
})

describe("the parent", () => {
  const back = server({ init: () => ({}), call: { get: () => 1 }, cast: { note: () => {} } })
  type Back = MailboxOf<typeof back>

  it("is the request in whose handling it was posted, before an await, after it, and by whichever door", async () => {
    const tracer = new RecordingTracer()
    const front = server({
      init: async (_argument: undefined, self) => ({ back: await self.acquire<Back>("app:back") }),
      call: {
        sync: ({ back }) => back.call.get(),
        late: async ({ back }, until: Promise<void>) => {
          await until
          back.cast.note()
          return await back.call.get()
        },
        byPid: async (_state, pid: AddressOf<typeof back>, self) => {
          await Promise.resolve()
          self.tell(pid, 1)
          await pid.call.get()
          return await self.ask(pid, 2).catch(() => 0)
        },
      },
    })
    const { runtime } = await bootApp({ "app:back": back, "app:front": front }, { tracer })
    const other = () => runtime.spawn(back, undefined, { name: "other" })
    const mailbox = await runtime.acquire("app:front")
    tracer.followed.length = 0
    await mailbox.call.sync()
    await mailbox.call.late(Promise.resolve())
    await mailbox.call.byPid(other())
    expect(tracer.parents).toEqual([
      "app:front.sync < none",
      "app:back.get < app:front.sync",
      "app:front.late < none",
      "app:back.note < app:front.late",
      "app:back.get < app:front.late",
      "app:front.byPid < none",
      "other.message < app:front.byPid",
      "other.get < app:front.byPid",
      "other.message < app:front.byPid",
    ])
  })

  it("is told apart where handlers run side by side", async () => {
    const tracer = new RecordingTracer()
    const front = server({
      init: async (_argument: undefined, self) => ({ back: await self.acquire<Back>("app:back") }),
      call: {
        late: async ({ back }, until: Promise<void>) => {
          await until
          return await back.call.get()
        },
      },
      concurrency: 3,
    })
    const { runtime } = await bootApp({ "app:back": back, "app:front": front }, { tracer })
    const mailbox = await runtime.acquire("app:front")
    tracer.followed.length = 0
    const first = Promise.withResolvers<void>()
    const second = Promise.withResolvers<void>()
    const answers = [mailbox.call.late(first.promise), mailbox.call.late(second.promise)]
    second.resolve()
    await answers[1]
    first.resolve()
    await answers[0]
    expect(tracer.followed.map(({ target, parentId }) => [target, parentId])).toEqual([
      ["app:front", undefined],
      ["app:front", undefined],
      ["app:back", 2],
      ["app:back", 1],
    ])
  })

  it("of what a plain process asks is the message that it received last", async () => {
    const tracer = new RecordingTracer()
    const { runtime, time } = await bootApp({ "app:back": back }, { tracer })
    const pid = runtime.spawn(
      actor(async (self: ProcessSelf<number>) => {
        const mailbox = await self.acquire<Back>("app:back")
        for (;;) {
          await self.receive()
          await mailbox.call.get()
        }
      }),
      undefined,
      { name: "plain" },
    )
    await time.settle()
    tracer.followed.length = 0
    runtime.tell(pid, 1)
    await time.settle()
    expect(tracer.parents).toEqual(["plain.message < none", "app:back.get < plain.message"])
  })

  it("is of another runtime where both have one tracer, and none where each has its own", async () => {
    const there = new RecordingTracer()
    for (const here of [there, new RecordingTracer()]) {
      const other = await bootApp({ "app:back": server({ init: () => ({}), call: { get: () => 1 } }) }, { tracer: here })
      const back = await other.runtime.acquire("app:back")
      const { runtime } = await bootApp({}, { tracer: there })
      const pid = runtime.spawn(server({ init: () => ({}), call: { go: () => back.call.get() } }))
      await pid.call.go()
      const [asked] = here.followed.filter(({ operation }) => operation === "get").slice(-1)
      expect(asked?.parent === undefined).toBe(here !== there)
      if (here === there) expect(here.parents.at(-1)).toBe(`app:back.get < ${pid}.go`)
      await runtime.stop()
      await other.runtime.stop()
    }
  })

  it("is none where the message in between was not followed", async () => {
    const tracer = new RecordingTracer(({ target }) => target !== "app:front")
    const front = server({
      init: async (_argument: undefined, self) => ({ back: await self.acquire<Back>("app:back") }),
      call: { sync: ({ back }) => back.call.get() },
    })
    const first = server({
      init: async (_argument: undefined, self) => ({ front: await self.acquire<MailboxOf<typeof front>>("app:front") }),
      call: { go: ({ front }) => front.call.sync() },
    })
    const { runtime } = await bootApp({ "app:back": back, "app:front": front, "app:first": first }, { tracer })
    const mailbox = await runtime.acquire("app:first")
    tracer.followed.length = 0
    await mailbox.call.go()
    expect(tracer.parents).toEqual(["app:first.go < none", "app:back.get < none"])
  })
})

it("is told of a restart while a message waits, and why; what waits for no restart hears of none", async () => {
  const tracer = new RecordingTracer()
  const { runtime, time } = await app(tracer)
  const mailbox = await runtime.acquire("app:desk")
  tracer.followed.length = 0
  const crash = kind(mailbox.call.crash(undefined, { signal: new AbortController().signal }))
  const waits = mailbox.call.add(1)
  mailbox.cast.note()
  await crash
  await time.advance(100)
  expect(await waits).toBe(2)
  const restart = { name: "restart", attributes: { target: "app:desk", reason: "crash" } }
  expect(tracer.followed.map(({ events }) => events)).toEqual([[], [restart], [restart]])
  await mailbox.call.add(1)
  expect(tracer.followed.at(-1)?.events).toEqual([])
})

it("begins in its sender's async context, and what its handler does is within what its trace enters", async () => {
  const storage = new AsyncLocalStorage<string>()
  const seen: (string | undefined)[] = []
  const tracer: RequestTracer = {
    begin: (request): RequestTrace => {
      seen.push(`${request.operation} begun in ${storage.getStore()}`)
      return {
        ids: undefined,
        handle: (work) => storage.run(`span of ${request.operation}`, work),
        event: () => {},
        end: () => {},
      }
    },
  }
  const echo = server({
    init: () => ({}),
    call: {
      where: async () => {
        await Promise.resolve()
        return storage.getStore()
      },
    },
  })
  const plain = server({ init: () => ({}), call: { where: () => storage.getStore() }, asyncContext: "any" })
  const { runtime } = await bootApp({ "app:echo": echo, "app:plain": plain }, { tracer })
  const mailboxes = [await runtime.acquire("app:echo"), await runtime.acquire("app:plain")]
  seen.length = 0
  for (const mailbox of mailboxes) expect(await storage.run("caller", () => mailbox.call.where())).toBe("span of where")
  expect(seen).toEqual(["where begun in caller", "where begun in caller"])
})

it("log lines of what it follows carry its ids: reports, after an await too, crashes and dead letters", async () => {
  const tracer = new RecordingTracer()
  const talker = server({
    init: () => ({}),
    call: {
      talk: async (_state, _argument: undefined, self) => {
        self.report({ message: "now" })
        await Promise.resolve()
        self.report({ message: "later" })
      },
      lose: (_state, pid: Pid, self) => void self.tell(pid, "lost"),
      crash: () => {
        throw new Error("boom")
      },
    },
    cast: {
      crash: () => {
        throw new Error("boom")
      },
    },
    info: (_state, _message, self) => self.report({ message: "of nobody" }),
  })
  const dead = () => runtime.spawn(actor(() => {}))
  const { runtime, log, time } = await bootApp({}, { tracer })
  const gone = dead()
  await time.settle()
  const traceOf = (index: number) => `${tracer.followed[index]?.operation} ${tracer.followed[index]?.id.toString(16).padStart(32, "0")}`
  const pid = runtime.spawn(talker)
  tracer.followed.length = 0
  await pid.call.talk()
  await pid.call.lose(gone)
  await kind(pid.call.crash())
  const other = runtime.spawn(talker)
  other.cast.crash()
  await time.settle()
  const lines = log.filter(({ fields }) => ["reported", "dead_letter", "crash_report"].includes(String(fields?.event)))
  expect(lines.map(({ fields, trace }) => [fields?.event, trace?.traceId])).toEqual(
    [
      ["reported", 0],
      ["reported", 0],
      ["dead_letter", 1],
      ["crash_report", 3],
      ["crash_report", 4],
    ].map(([event, index]) => [event, traceOf(index as number).split(" ")[1]]),
  )
})

it("changes nothing of a simulation: a schedule that fails is the same one, traced and not", async () => {
  const counter = server({
    init: () => ({ count: 0 }),
    call: { get: ({ count }) => count, set: (state, to: number) => void Object.assign(state, { count: to }) },
  })
  const racing = (tracer?: RequestTracer) => (): Application => ({
    tree: { "app:counter": counter },
    ...(tracer === undefined ? {} : { options: { tracer } }),
    run: async (runtime) => {
      const mailbox = (await runtime.acquire("app:counter" as never)) as MailboxOf<typeof counter>
      if (tracer !== undefined) runtime.inspect(() => {}, { sampleRequests: 1 })
      const add = actor(async (self) => {
        const own = await self.acquire<MailboxOf<typeof counter>>("app:counter")
        await own.call.set((await own.call.get()) + 1)
      })
      await Promise.all([runtime.spawn(add), runtime.spawn(add)].map((pid) => runtime.whenEnded(pid)))
      if ((await mailbox.call.get()) !== 2) throw new Error("lost")
    },
  })
  const options = { schedules: 100, seed: 3, shrink: false }
  const plain = await explore(racing(), options)
  const tracer = new RecordingTracer()
  const traced = await explore(racing(tracer), options)
  expect(plain.failure).toBeDefined()
  expect(traced.schedule).toBe(plain.schedule)
  expect(tracer.of("app:counter").length).toBeGreaterThan(5)
})

describe("a tracer that fails", () => {
  const works = async (tracer: RequestTracer): Promise<number> => {
    const { runtime, log, time } = await app(tracer)
    const mailbox = await runtime.acquire("app:desk")
    expect(await mailbox.call.add(1)).toBe(2)
    expect(await kind(mailbox.call.crash())).toBe("INTERNAL")
    await time.advance(1000)
    mailbox.cast.note()
    for (let index = 0; index < 100; index += 1) expect(await mailbox.call.add(index)).toBe(index + 1)
    await time.settle()
    return log.filter(({ message }) => message === "a tracer threw").length
  }
  const fine: RequestTrace = { ids: undefined, handle: (work) => work(), event: () => {}, end: () => {} }
  const boom = (): never => {
    throw new Error("tracer")
  }

  it("by throwing in any of its methods is contained, and logged at a bounded rate", async () => {
    const tracers: RequestTracer[] = [
      { begin: boom },
      ...(["handle", "end"] as const).map((name) => ({ begin: () => ({ ...fine, [name]: boom }) })),
    ]
    for (const tracer of tracers) {
      const lines = await works(tracer)
      expect(lines).toBeGreaterThan(0)
      expect(lines).toBeLessThanOrEqual(10)
    }
  })

  it("by giving what is no trace, or promises that fail, is contained", async () => {
    const failing = async (): Promise<never> => boom()
    for (const give of [() => 1, () => "x", () => ({}), () => null, failing, () => ({ ...fine, end: 1 })]) {
      expect(await works({ begin: () => give() as unknown as RequestTrace })).toBeGreaterThan(0)
    }
    expect(await works({ begin: () => ({ ...fine, end: failing as unknown as () => void }) })).toBeGreaterThan(0)
  })

  it("by calling the handler never, twice, or later, has it run once", async () => {
    const handles: RequestTrace["handle"][] = [
      () => {},
      (work) => {
        work()
        work()
      },
      (work) => void Promise.resolve().then(work),
    ]
    for (const handle of handles) expect(await works({ begin: () => ({ ...fine, handle }) })).toBe(0)
  })

  it("by asking in the middle of it all is not told of what it asks", async () => {
    const { runtime, time } = await app({ begin: (request) => begin(request) })
    const mailbox = await runtime.acquire("app:desk")
    const told: string[] = []
    const answers: Promise<unknown>[] = []
    const ask = (): void => void answers.push(kind(mailbox.call.add(1)))
    const begin = (request: PostedRequest): RequestTrace => {
      told.push(request.operation)
      ask()
      return { ids: undefined, handle: (work) => [ask(), work(), ask()], event: ask, end: ask }
    }
    await mailbox.call.add(1)
    await time.settle()
    expect(told).toEqual(["add"])
    expect(await Promise.allSettled(answers)).toHaveLength(4)
  })

  it("or is none, is refused before anything has begun", async () => {
    for (const tracer of [1, null, {}, { begin: 1 }]) {
      await expect(start({}, { tracer: tracer as unknown as RequestTracer, host: virtualTime() })).rejects.toMatchObject({
        kind: "INVALID",
        details: { field: expect.stringContaining("tracer") },
      })
    }
  })
})
