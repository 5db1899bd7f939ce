/** Handlers that do what none should: the server and its neighbours go on, or end, as the rules say. */

import { inspect } from "node:util"
import { Effect, Fiber } from "effect"
import { describe, expect, it } from "vitest"
import { child, server as plainServer, start, supervisor } from "../../actors/index.ts"
import { EffectCrash, process, server } from "../../src/effect.ts"
import { virtualTime } from "../../src/testing.ts"

const thrown = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  )

async function begun() {
  const time = virtualTime()
  return { time, runtime: await start({}, { host: time, log: () => {} }) }
}

const trapped = (): Error =>
  new Proxy(new Error("trap"), {
    get: () => {
      throw new Error("gotcha")
    },
    getPrototypeOf: () => {
      throw new Error("gotcha")
    },
  })

describe("an Effect that", () => {
  it.each([
    ["dies with an error whose getters throw", () => Effect.die(trapped())],
    ["dies with what cannot be printed", () => Effect.die(Object.create(null))],
    [
      "dies with a revoked proxy",
      () => {
        const { proxy, revoke } = Proxy.revocable({}, {})
        revoke()
        return Effect.die(proxy)
      },
    ],
    [
      "throws inside",
      () =>
        Effect.sync(() => {
          throw trapped()
        }),
    ],
  ])("%s crashes its server alone, once, and its asker is told", async (_what, die) => {
    const { runtime } = await begun()
    const pid = runtime.spawn(server({ init: () => ({}), call: { die } }))
    const ended = runtime.whenEnded(pid)
    expect(await thrown(pid.call.die())).toMatchObject({ kind: "INTERNAL" })
    expect(await ended).toEqual({ error: expect.any(EffectCrash) })
    await runtime.stop()
  })

  it("fails with what cannot be read answers with it, and nobody else is concerned", async () => {
    const { runtime } = await begun()
    const pid = runtime.spawn(server({ init: () => ({}), call: { fail: () => Effect.fail(trapped()), ping: () => "pong" } }))
    expect(await pid.call.fail().then(undefined, () => "failed")).toBe("failed")
    expect(await pid.call.ping()).toBe("pong")
    await runtime.stop()
  })

  it("never ends holds its server alone, and a stop ends it", async () => {
    const { runtime, time } = await begun()
    const pid = runtime.spawn(server({ init: () => ({}), call: { wait: () => Effect.never } }))
    const waiting = thrown(pid.call.wait(undefined, { timeoutMs: Number.POSITIVE_INFINITY }))
    await time.advance(1_000_000)
    await runtime.stop()
    expect(await waiting).toMatchObject({ kind: "UNAVAILABLE" })
    expect(time.armedTimers).toBe(0)
  })

  it("yields a hundred thousand times lets the host have its turns, and answers", async () => {
    const { runtime } = await begun()
    const busy = server({
      init: () => ({}),
      call: {
        spin: (_state, times: number) =>
          Effect.gen(function* () {
            let sum = 0
            for (let i = 0; i < times; i += 1) sum += yield* Effect.sync(() => 1)
            return sum
          }),
      },
    })
    const pid = runtime.spawn(busy)
    let turns = 0
    let isDone = false
    const count = (): void => {
      turns += 1
      if (!isDone) setImmediate(count)
    }
    setImmediate(count)
    expect(await pid.call.spin(100_000)).toBe(100_000)
    isDone = true
    expect(turns).toBeGreaterThan(10)
    await runtime.stop()
  })

  it("asks its own process is told so at once", async () => {
    const { runtime } = await begun()
    const own = server({
      init: () => ({}),
      call: {
        again: (_state, _nothing: undefined, self) => Effect.promise(() => thrown(self.ask(self.pid, "hello"))),
      },
      info: () => Effect.succeed("never"),
    })
    expect(await runtime.spawn(own).call.again()).toMatchObject({ kind: "CONFLICT" })
    const asking = process((self) =>
      Effect.flatMap(Effect.flip(self.ask(self.pid, 1)), (error) => Effect.sync(() => said.push(error.kind))),
    )
    const said: string[] = []
    expect(await runtime.whenEnded(runtime.spawn(asking))).toBe("normal")
    expect(said).toEqual(["CONFLICT"])
    await runtime.stop()
  })

  it("forks what outlives it takes that along with its process, by its Scope", async () => {
    const { runtime, time } = await begun()
    let ticks = 0
    const forking = server({
      init: () =>
        Effect.as(
          Effect.forkScoped(
            Effect.forever(
              Effect.andThen(
                Effect.sleep(10),
                Effect.sync(() => (ticks += 1)),
              ),
            ),
          ),
          {},
        ),
      call: { ping: () => "pong" },
    })
    const pid = runtime.spawn(forking)
    await time.advance(35)
    expect([ticks, await pid.call.ping()]).toEqual([3, "pong"])
    await runtime.stopProcess(pid)
    await time.advance(100)
    expect(ticks).toBe(3)
    await runtime.stop()
    expect(time.armedTimers).toBe(0)
  })
})

describe("a brutal kill", () => {
  it("interrupts, and waits for nothing", async () => {
    const said: string[] = []
    const slow = server({
      init: () =>
        Effect.as(
          Effect.acquireRelease(Effect.void, () => Effect.sync(() => said.push("released"))),
          {},
        ),
      call: {
        wait: () =>
          Effect.onInterrupt(Effect.never, () =>
            Effect.andThen(
              Effect.sync(() => said.push("interrupted")),
              Effect.sleep(1000),
            ),
          ),
      },
    })
    const time = virtualTime()
    const tree = supervisor({ children: { "app:slow": child(slow, { shutdown: "brutal_kill" }) } })
    const runtime = await start(tree, { host: time, log: () => {} })
    const box = await runtime.acquire("app:slow")
    const waiting = thrown(box.call.wait())
    await time.settle()
    await runtime.stop()
    expect(said).toEqual(["interrupted", "released"])
    expect(await waiting).toMatchObject({ kind: "UNAVAILABLE" })
  })
})

describe("a handler", () => {
  it("sees nothing of its caller's fiber", async () => {
    const { runtime } = await begun()
    const seen: unknown[] = []
    const looking = server({ init: () => ({}), call: { look: () => Effect.withFiber((fiber) => Effect.sync(() => seen.push(fiber.id))) } })
    const pid = runtime.spawn(looking)
    await pid.call.look()
    const caller = await Effect.runPromise(
      Effect.withFiber((fiber) => Effect.promise(() => pid.call.look()).pipe(Effect.map(() => [fiber.id, Fiber.getCurrent() === fiber]))),
    )
    expect(seen).not.toContain(caller[0])
    await runtime.stop()
  })

  it("may still stash, defer and fail as a plain one does", async () => {
    const { runtime, time } = await begun()
    const gate = server({
      init: () => ({ isOpen: false }),
      call: {
        enter: (state, who: string, self) => Effect.sync(() => (state.isOpen ? `hello ${who}` : self.stash())),
        later: (_state, who: string, self) =>
          Effect.gen(function* () {
            const deferred = self.defer<string>()
            yield* Effect.sleep(5)
            deferred.reply(`later ${who}`)
            return deferred
          }),
      },
      cast: {
        open: (state, _nothing: undefined, self) =>
          Effect.sync(() => {
            state.isOpen = true
            self.unstashAll()
          }),
      },
    })
    const pid = runtime.spawn(gate)
    const entered = pid.call.enter("alice")
    pid.cast.open()
    expect(await entered).toBe("hello alice")
    const later = pid.call.later("bob")
    await time.advance(5)
    expect(await later).toBe("later bob")
    await runtime.stop()
  })
})

it("what one caller's Effect has died of is told to that caller, and to no other", async () => {
  const { runtime, time } = await begun()
  const dying = server({
    init: () => ({}),
    concurrency: 2,
    call: { wait: () => Effect.never, die: (_state, secret: string) => Effect.die(new Error(secret)) },
  })
  const pid = runtime.spawn(dying)
  const other = thrown(pid.call.wait())
  await time.settle()
  expect(String(await thrown(pid.call.die("secret")))).toContain("secret")
  const told = await other
  expect(told).toMatchObject({ kind: "UNAVAILABLE" })
  expect(inspect(told, { depth: 20 })).not.toContain("secret")
  await runtime.stop()
})

it("the code of a plain server is changed to none with Effects, and stays; one with Effects is changed to plain code and back", async () => {
  const { runtime } = await begun()
  const plain = plainServer({ init: () => ({ n: 1 }), call: { get: (state) => state.n } })
  const own = server({ init: () => ({ n: 1 }), call: { get: (state) => Effect.andThen(Effect.yieldNow, Effect.succeed(state.n + 1)) } })
  const pid = runtime.spawn(plain)
  expect(await thrown(runtime.sys.changeCode(pid, own))).toMatchObject({ kind: "INVALID" })
  expect(await pid.call.get()).toBe(1)
  const other = runtime.spawn(own)
  expect(await (await runtime.sys.changeCode(other, plain)).call.get()).toBe(1)
  expect(await (await runtime.sys.changeCode(other, own)).call.get()).toBe(2)
  await runtime.stop()
})
