/** A user's value is data, and what a process that has ended had begun to wait for is nobody's. */

import nodeProcess from "node:process"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { actor, type Deferred, type ProcessSelf, type ServerSelf, server } from "../../src/index.ts"
import { openStage, type Stage } from "../support/stage.ts"
import { thenable, thenableBy } from "../support/thenable.ts"
import { watch } from "../support/watched.ts"

let stage: Stage
let unhandled: unknown[]
const noted = (error: unknown): void => void unhandled.push(error)

beforeEach(async () => {
  stage = await openStage()
  unhandled = []
  nodeProcess.on("unhandledRejection", noted)
})

afterEach(async () => {
  void stage.runtime.stop({ timeoutMs: 0 })
  await stage.time.settle()
  nodeProcess.off("unhandledRejection", noted)
})

const never = (): unknown =>
  thenable(
    () => {},
    () => {},
  )
const unreadable = thenableBy(() => {
  throw new Error("boom")
})

describe("an answer that is a thenable", () => {
  it("of a handler is awaited within the asker's time, served at once or in its turn", async () => {
    const { runtime, time } = stage
    const pid = runtime.spawn(
      server({
        init: () => ({}),
        call: {
          never,
          soon: () =>
            thenable(
              (settle) => settle(42),
              () => {},
            ),
        },
      }),
    )
    await time.settle()
    const [atOnce, inTurn] = [watch(pid.call.soon()), watch(pid.call.never(undefined, { timeoutMs: 100 }))]
    await time.advance(100)
    expect([atOnce.value, inTurn.error]).toEqual([42, expect.objectContaining({ kind: "TIMEOUT" })])
  })

  it("of self.reply or a Deferred is awaited too: it fails with the time, the process, or by itself; a second answer does not count", async () => {
    const { runtime, time } = stage
    const seconds: boolean[] = []
    const echo = runtime.spawn(
      actor(async (self) => {
        for await (const message of self.inbox) {
          self.reply((message as { work: unknown }).work)
          seconds.push(self.reply("second"))
        }
      }),
    )
    const ask = (work: unknown) => watch(runtime.ask(echo, { work }, { timeoutMs: 100 }))
    const [came, failed, timedOut] = [ask(Promise.resolve(1)), ask(Promise.reject(new Error("no"))), ask(never())]
    await time.advance(100)
    expect([came.value, failed.error, timedOut.error]).toEqual([
      1,
      expect.objectContaining({ kind: "INTERNAL" }),
      expect.objectContaining({ kind: "TIMEOUT" }),
    ])
    const open = ask(never())
    await time.settle()
    runtime.exit(echo, "kill")
    await time.settle()
    expect([open.error, seconds]).toEqual([expect.objectContaining({ kind: "UNAVAILABLE" }), [false, false, false, false]])
  })

  it("and cannot be read fails its request alone", async () => {
    const { runtime, time } = stage
    const pid = runtime.spawn(server({ init: () => ({}), call: { echo: (_state, value: unknown) => value } }))
    const [bad, good] = [watch(pid.call.echo(unreadable)), watch(pid.call.echo(1))]
    await time.settle()
    expect([bad.error, good.value]).toEqual([expect.objectContaining({ kind: "INVALID" }), 1])
  })
})

/** What it is cannot be asked for: a caller may have made it, and a handler may give it back. */
const masked = (): object => {
  const getPrototypeOf = (): never => {
    throw new Error("boom")
  }
  return new Proxy({}, { getPrototypeOf })
}

describe("an answer whose class cannot be asked for", () => {
  const wait = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

  it.each([
    ["at once", 1],
    ["later", 1],
    ["later", 2],
    ["deferred", 1],
  ] as const)("is given as it is, %s, by a server of concurrency %i, traced or not, and the server goes on", async (way, concurrency) => {
    const { runtime, time } = stage
    const deferring = (self: ServerSelf): Deferred<object> => {
      const deferred = self.defer<object>()
      void wait().then(() => deferred.reply(masked()))
      return deferred
    }
    const call = {
      get: (_state: object, _: undefined, self: ServerSelf): unknown =>
        way === "at once" ? masked() : way === "later" ? wait().then(masked) : deferring(self),
      ping: () => "pong",
    }
    const pid = runtime.spawn(server({ init: () => ({}), concurrency, call }))
    const client = actor(async () => {
      await undefined
      heard.push(await pid.call.get().catch((error) => error))
    })
    const heard: unknown[] = []
    for (const isTraced of [false, true]) {
      if (isTraced) runtime.sys.trace(pid, () => {})
      heard.push(await pid.call.get().catch((error) => error))
      await time.settle()
      runtime.spawn(client)
      await time.settle()
      await wait()
      await time.settle()
    }
    expect(heard.map((value) => typeof value === "object" && value !== null && "message" in value)).toEqual([false, false, false, false])
    expect(await pid.call.ping()).toBe("pong")
    await wait()
    expect(unhandled).toEqual([])
  })

  it("is an error like others where it is what a promise fails with", async () => {
    const { runtime, time } = stage
    const echo = runtime.spawn(actor(async (self) => void ((await self.receive()) && self.reply(Promise.reject(masked())))))
    const asked = watch(runtime.ask(echo, "x", { timeoutMs: 100 }))
    await time.settle()
    expect(asked.error).toMatchObject({ kind: "INTERNAL" })
    await wait()
    expect(unhandled).toEqual([])
  })
})

describe("a message that is a thenable", () => {
  it("comes as it is by self.inbox; a receive hands it back and goes on waiting", async () => {
    const { runtime, time } = stage
    const seen: unknown[] = []
    const [boxed, bare] = [
      runtime.spawn(
        actor(async (self) => {
          for await (const message of self.inbox) seen.push(message)
        }),
      ),
      runtime.spawn(actor(async (self) => void seen.push(await self.receive()))),
    ]
    const thenable = never()
    runtime.tell(boxed, thenable)
    await time.settle()
    expect(seen).toEqual([thenable])
    const asked = watch(runtime.ask(bare, thenable))
    runtime.tell(bare, "plain")
    await time.settle()
    expect([seen[1], asked.error]).toEqual(["plain", expect.objectContaining({ kind: "INVALID" })])
  })

  it("does not pass an asynchronous match: that fails its receive", async () => {
    const { runtime, time } = stage
    let failure: unknown
    const pid = runtime.spawn(
      actor(async (self) => {
        const match = (async () => Promise.reject(new Error("late"))) as unknown as (message: unknown) => boolean
        failure = await self.receive(match).catch((error) => error)
      }),
    )
    runtime.tell(pid, 1)
    await time.settle()
    await new Promise((resolve) => setImmediate(resolve))
    expect([failure, unhandled]).toEqual([expect.objectContaining({ kind: "INVALID" }), []])
  })
})

describe("what a process that has ended had begun to wait for", () => {
  it("is no unhandled rejection: receives, asks by pid, asks as itself, whichever ends first", async () => {
    const { runtime, time } = stage
    const slow = runtime.spawn(server({ init: () => ({}), call: { work: () => new Promise<number>(() => {}) } }))
    const client = actor(async (self) => {
      const waits = [slow.call.work(undefined, { timeoutMs: 50 }), self.ask(slow, "x", { timeoutMs: 60 })]
      await self.receive()
      waits.push(self.ask(slow, "y", { timeoutMs: 70 }))
      await self.receive((message) => message === "never")
      await Promise.all(waits)
    })
    const [killed, stopped] = [runtime.spawn(client), runtime.spawn(client)]
    await time.settle()
    for (const pid of [killed, stopped]) runtime.tell(pid, "go on")
    await time.advance(10)
    runtime.exit(killed, "kill")
    runtime.exit(stopped, "shutdown")
    await time.advance(100)
    const last = runtime.spawn(client)
    await time.settle()
    runtime.exit(slow, "kill")
    runtime.exit(last, "kill")
    await time.settle()
    await new Promise((resolve) => setImmediate(resolve))
    expect(unhandled).toEqual([])
  })

  it.each<[string, (self: ProcessSelf<unknown>) => unknown]>([
    ["a receive with wrong options", (self) => self.receive({ timeoutMs: -1 })],
    ["a receive without a match", (self) => self.receive("x" as never, {})],
    ["a second receive beside the first", (self) => [self.receive(), self.receive()]],
    ["an outcome of tasks that still run", (self) => outcomeOf(self, () => new Promise(() => {}))],
    ["two outcomes of them", (self) => [outcomeOf(self, () => new Promise(() => {})), outcomeOf(self, () => new Promise(() => {}))]],
    ["an outcome of a source that fails", (self) => outcomeOf(self, () => 1, failing())],
  ])("is none where it is %s", async (_what, begin) => {
    const { runtime, time } = stage
    runtime.spawn(actor(async (self) => void begin(self)))
    await time.settle()
    await new Promise((resolve) => setImmediate(resolve))
    expect(unhandled).toEqual([])
  })
})

/** Asked for by hand. */
function outcomeOf(self: ProcessSelf<unknown>, work: () => unknown, items: Iterable<number> = [1]): unknown {
  return self.asyncStream(items, work)[Symbol.asyncIterator]().next()
}

function* failing(): Generator<number> {
  yield* []
  throw new Error("no source")
}
