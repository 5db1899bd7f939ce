import { Cause, Context, Data, Effect } from "effect"
import { describe, expect, it } from "vitest"
import {
  type Children,
  child,
  type ExitReason,
  failure,
  Invalid,
  type SupervisorDefinition,
  start,
  supervisor,
} from "../../actors/index.ts"
import { provideHost } from "../../src/effect/runtime-context.ts"
import { EffectCrash, Principal, server } from "../../src/effect.ts"
import { virtualTime } from "../../src/testing.ts"

class Overdrawn extends Data.TaggedError("Overdrawn")<{ readonly by: number }> {}
class Prices extends Context.Service<Prices, { readonly of: (what: string) => number }>()("test/Prices") {}

const quiet = { log: () => {} }

async function begun(tree: Children | SupervisorDefinition<object>, context: Context.Context<never> = Context.empty()) {
  const time = virtualTime()
  provideHost(time, context)
  const runtime = await start(tree as Children, { host: time, ...quiet })
  return { time, runtime }
}

const account = server({
  init: (balance: number) => Effect.succeed({ balance }),
  call: {
    balance: (state) => Effect.sync(() => state.balance),
    plain: (state) => state.balance,
    withdraw: (state, amount: number) =>
      Effect.gen(function* () {
        if (amount > state.balance) return yield* new Overdrawn({ by: amount - state.balance })
        state.balance -= amount
        return state.balance
      }),
    die: () => Effect.die(new Error("boom")),
    quit: () => Effect.interrupt,
    nap: (state) => Effect.as(Effect.sleep("1 second"), state.balance),
    refuse: () => Effect.succeed(failure(new Invalid("no"))),
  },
  cast: {
    add: (state, by: number) =>
      Effect.sync(() => {
        state.balance += by
      }),
    fail: () => Effect.fail(new Overdrawn({ by: 1 })),
  },
})

describe("a handler that is an Effect", () => {
  it("answers, changes the state in place, and stands beside plain ones", async () => {
    const { runtime } = await begun({})
    const pid = runtime.spawn(account, 50)
    expect(await pid.call.withdraw(8)).toBe(42)
    pid.cast.add(1)
    expect(await pid.call.plain()).toBe(43)
    expect(await pid.call.balance()).toBe(43)
    await runtime.stop()
  })

  it("that does not wait is done where its request is asked", async () => {
    const { runtime } = await begun({})
    let done = 0
    const counting = server({ init: () => ({}), call: { add: () => Effect.sync(() => (done += 1)) } })
    const pid = runtime.spawn(counting)
    await pid.call.add()
    await pid.call.add()
    await Promise.resolve()
    const answer = pid.call.add()
    expect(done).toBe(3)
    expect(await answer).toBe(3)
    await runtime.stop()
  })

  it("answers with its typed failure, which is the very error, and the server goes on", async () => {
    const { runtime } = await begun({})
    const pid = runtime.spawn(account, 1)
    const error = await pid.call.withdraw(43).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(Overdrawn)
    expect(error).toMatchObject({ _tag: "Overdrawn", by: 42 })
    expect(await pid.call.balance()).toBe(1)
    expect(await pid.call.refuse().catch((thrown: unknown) => thrown)).toMatchObject({ kind: "INVALID", message: "no" })
    await runtime.stop()
  })

  it("that dies crashes the server, with the Cause in the exit reason", async () => {
    const { runtime } = await begun({})
    const pid = runtime.spawn(account, 1)
    const ended = runtime.whenEnded(pid)
    const error = await pid.call.die().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ kind: "INTERNAL", message: expect.stringContaining("boom") })
    const reason = (await ended) as { readonly error: EffectCrash }
    expect(reason.error).toBeInstanceOf(EffectCrash)
    expect(reason.error.message).toBe("boom")
    expect(Cause.isCause(reason.error.cause)).toBe(true)
    expect(Cause.hasDies(reason.error.cause)).toBe(true)
    expect(reason.error.stack).toContain("boom")
    await runtime.stop()
  })

  it("whose cast fails crashes the server with that error", async () => {
    const { runtime } = await begun({})
    const pid = runtime.spawn(account, 1)
    pid.cast.fail()
    expect(await runtime.whenEnded(pid)).toEqual({ error: new Overdrawn({ by: 1 }) })
    await runtime.stop()
  })

  it("that interrupts itself ends the server by shutdown", async () => {
    const { runtime } = await begun({})
    const pid = runtime.spawn(account, 1)
    const error = await pid.call.quit().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ kind: "UNAVAILABLE", details: { reason: "shutdown" } })
    expect(await runtime.whenEnded(pid)).toBe("noproc")
    await runtime.stop()
  })

  it("sleeps by the runtime's clock, and keeps the server busy meanwhile", async () => {
    const { runtime, time } = await begun({})
    const pid = runtime.spawn(account, 7)
    const told: unknown[] = []
    void pid.call.nap().then((value) => told.push(value))
    void pid.call.balance().then((value) => told.push(value))
    await time.advance(999)
    expect(told).toEqual([])
    await time.advance(1)
    expect(told).toEqual([7, 7])
    await runtime.stop()
    expect(time.armedTimers).toBe(0)
  })
})

describe("an Effect that waits", () => {
  it("is interrupted when its process is stopped, and clears up within the limit", async () => {
    const said: string[] = []
    const waiting = server({
      init: () => ({}),
      call: {
        wait: () => Effect.onInterrupt(Effect.never, () => Effect.sleep(50).pipe(Effect.andThen(Effect.sync(() => said.push("cleared"))))),
      },
    })
    const { runtime, time } = await begun({})
    const pid = runtime.spawn(waiting)
    const answer = pid.call.wait(undefined, { timeoutMs: Number.POSITIVE_INFINITY }).catch((thrown: unknown) => thrown)
    await time.settle()
    const stopped = runtime.stopProcess(pid, "shutdown")
    await time.advance(100)
    await stopped
    expect(said).toEqual(["cleared"])
    expect(await answer).toMatchObject({ kind: "UNAVAILABLE" })
    await runtime.stop()
  })

  it("is interrupted when nobody waits for its answer any more, and the server goes on", async () => {
    const said: string[] = []
    const waiting = server({
      init: () => ({}),
      call: { wait: () => Effect.onInterrupt(Effect.never, () => Effect.sync(() => said.push("interrupted"))), ping: () => "pong" },
    })
    const { runtime, time } = await begun({})
    const pid = runtime.spawn(waiting)
    const given = new AbortController()
    const canceled = pid.call.wait(undefined, { signal: given.signal }).catch((thrown: unknown) => thrown)
    await time.settle()
    given.abort()
    expect(await canceled).toMatchObject({ kind: "CANCELED" })
    expect(await pid.call.ping()).toBe("pong")
    const late = pid.call.wait(undefined, { timeoutMs: 10 }).catch((thrown: unknown) => thrown)
    await time.advance(10)
    expect(await late).toMatchObject({ kind: "TIMEOUT" })
    expect(await pid.call.ping()).toBe("pong")
    expect(said).toEqual(["interrupted", "interrupted"])
    await runtime.stop()
  })

  it("that nothing can interrupt is left alone by a stop, until its supervisor's limit", async () => {
    const stubborn = server({ init: () => ({}), call: { wait: () => Effect.uninterruptible(Effect.never) } })
    const tree = supervisor({ children: { "app:stubborn": child(stubborn, { shutdown: 1000 }) } })
    const { runtime, time } = await begun(tree)
    const pid = runtime.whereis("app:stubborn")
    const box = (await runtime.acquire("app:stubborn" as never)) as { call: { wait: () => Promise<unknown> } }
    void box.call.wait().catch(() => {})
    await time.settle()
    let reason: ExitReason | undefined
    if (pid !== undefined) void runtime.whenEnded(pid).then((end) => (reason = end))
    const stopped = runtime.stop()
    await time.advance(999)
    expect(reason).toBeUndefined()
    await time.advance(1)
    await stopped
    expect(reason).toBe("killed")
    expect(time.armedTimers).toBe(0)
  })

  it("runs beside others where the server is concurrent", async () => {
    const naps = server({ init: () => ({}), concurrency: 2, call: { nap: (_state, ms: number) => Effect.as(Effect.sleep(ms), ms) } })
    const { runtime, time } = await begun({})
    const pid = runtime.spawn(naps)
    const told: number[] = []
    for (const ms of [20, 10]) void pid.call.nap(ms).then((value) => told.push(value))
    await time.advance(20)
    expect(told).toEqual([10, 20])
    const quits = server({ init: () => ({}), concurrency: 2, call: { quit: () => Effect.andThen(Effect.sleep(1), Effect.interrupt) } })
    const quitting = runtime.spawn(quits)
    const ended = runtime.whenEnded(quitting)
    void quitting.call.quit().catch(() => {})
    await time.advance(1)
    expect(await ended).toBe("shutdown")
    await runtime.stop()
  })
})

describe("services", () => {
  const shop = server({
    init: () => Effect.map(Effect.service(Prices), (prices) => ({ prices })),
    call: { price: (_state, what: string) => Effect.map(Effect.service(Prices), (prices) => prices.of(what)) },
  })

  it("come from the runtime, not from the definition", async () => {
    const prices = (factor: number) => Context.make(Prices, { of: (what: string) => what.length * factor })
    const [one, two] = [await begun({ "app:shop": shop }, prices(1)), await begun({ "app:shop": shop }, prices(10))]
    const price = async (runtime: typeof one.runtime) => {
      const box = (await runtime.acquire("app:shop" as never)) as { call: { price: (what: string) => Promise<number> } }
      return box.call.price("tea")
    }
    expect(await price(one.runtime)).toBe(3)
    expect(await price(two.runtime)).toBe(30)
    await Promise.all([one.runtime.stop(), two.runtime.stop()])
  })

  it("that nobody provides fail the start by their names", async () => {
    const error = await start({ "app:shop": shop }, { host: virtualTime(), ...quiet }).catch((thrown: unknown) => thrown)
    const text = JSON.stringify([String(error), String((error as Error).cause)])
    expect(text).toContain("needs the Effect service test/Prices")
  })
})

describe("a Scope", () => {
  const lived: string[] = []
  const living = (name: string) =>
    Effect.acquireRelease(
      Effect.sync(() => lived.push(`+${name}`)),
      () => Effect.sync(() => lived.push(`-${name}`)),
    )
  const scoped = server({
    init: () => Effect.as(living("init"), {}),
    call: { die: () => Effect.die("boom"), own: () => Effect.scoped(living("own")), more: () => living("more") },
    terminate: () => Effect.sync(() => void lived.push("terminate")),
  })

  it.each([
    ["a stop", "shutdown", ["+init", "+own", "-own", "+more", "terminate", "-more", "-init"]],
    ["a kill", "kill", ["+init", "+own", "-own", "+more", "-more", "-init"]],
  ] as const)("lives as long as its process: %s", async (_what, reason, expected) => {
    lived.length = 0
    const { runtime, time } = await begun({})
    const pid = runtime.spawn(scoped)
    await pid.call.own()
    await pid.call.more()
    runtime.exit(pid, reason)
    await time.settle()
    expect(lived).toEqual(expected)
    await runtime.stop()
  })

  it("is closed behind terminate after a crash, too", async () => {
    lived.length = 0
    const { runtime } = await begun({})
    const pid = runtime.spawn(scoped)
    await pid.call.die().catch(() => {})
    expect(lived).toEqual(["+init", "terminate", "-init"])
    await runtime.stop()
  })
})

it("knows who has asked, and nobody else", async () => {
  const whoami = server({
    init: () => ({}),
    call: { who: () => Effect.map(Principal.current, (principal) => principal?.id) },
  })
  const runtime = await start({ "app:whoami": whoami }, { host: virtualTime(), ...quiet })
  const [alice, bob] = [await runtime.as({ id: "alice" }).acquire("app:whoami"), await runtime.as({ id: "bob" }).acquire("app:whoami")]
  expect(await Promise.all([alice.call.who(), bob.call.who(), alice.call.who()])).toEqual(["alice", "bob", "alice"])
  await runtime.stop()
})
