import { Context, Effect, Option } from "effect"
import { describe, expect, it } from "vitest"
import { start } from "../../actors/index.ts"
import { provideHost } from "../../src/effect/runtime-context.ts"
import { EffectCrash, process, server, task } from "../../src/effect.ts"
import { virtualTime } from "../../src/testing.ts"

class Mail extends Context.Service<Mail, { readonly send: (to: string) => void }>()("test/Mail") {}

async function begun(context: Context.Context<never> = Context.empty()) {
  const time = virtualTime()
  provideHost(time, context)
  return { time, runtime: await start({}, { host: time, log: () => {} }) }
}

describe("a process that is an Effect", () => {
  it("receives, answers and ends with its Effect", async () => {
    const { runtime } = await begun()
    const adder = process<number, number>((self, from) =>
      Effect.gen(function* () {
        const first = (yield* self.receive()) as number
        yield* self.reply(from + first)
        const second = (yield* self.receive((message) => message === 3)) as number
        yield* self.reply(second)
      }),
    )
    const pid = runtime.spawn(adder, 1)
    const ended = runtime.whenEnded(pid)
    expect(await runtime.ask(pid, 41)).toBe(42)
    runtime.tell(pid, 1)
    expect(await runtime.ask(pid, 3)).toBe(3)
    expect(await ended).toBe("normal")
    await runtime.stop()
  })

  it("loses no message by a receive that it gave up", async () => {
    const { runtime, time } = await begun()
    const got: unknown[] = []
    const patient = process<undefined, string>((self) =>
      Effect.gen(function* () {
        got.push(Option.isNone(yield* Effect.timeoutOption(self.receive(), "1 second")))
        got.push(yield* self.receive({ timeoutMs: "1 minute" }))
        got.push(yield* Effect.flip(self.receive({ timeoutMs: "1 minute" })))
      }),
    )
    const pid = runtime.spawn(patient)
    const ended = runtime.whenEnded(pid)
    await time.advance(1000)
    runtime.tell(pid, "hello")
    await time.advance(59_999)
    expect(got).toEqual([true, "hello"])
    await time.advance(1)
    expect(got).toEqual([true, "hello", expect.objectContaining({ kind: "TIMEOUT" })])
    expect(await ended).toBe("normal")
    await runtime.stop()
  })

  it("is interrupted by a stop, and its finalizers have their time", async () => {
    const { runtime, time } = await begun()
    const said: string[] = []
    const waiting = process((self) =>
      Effect.gen(function* () {
        yield* Effect.acquireRelease(Effect.void, () =>
          Effect.andThen(
            Effect.sleep(10),
            Effect.sync(() => said.push("released")),
          ),
        )
        yield* self.receive().pipe(Effect.onInterrupt(() => Effect.sync(() => said.push("interrupted"))))
      }),
    )
    const pid = runtime.spawn(waiting)
    await time.settle()
    let reason: unknown
    void runtime.whenEnded(pid).then((end) => (reason = end))
    const stopped = runtime.stopProcess(pid, "shutdown")
    await time.advance(9)
    expect([said, reason]).toEqual([["interrupted"], undefined])
    await time.advance(1)
    await stopped
    expect([said, reason]).toEqual([["interrupted", "released"], "shutdown"])
    await runtime.stop()
  })

  it.each([
    ["a defect", Effect.die(new Error("boom")), { error: expect.any(EffectCrash) }],
    ["a typed failure", Effect.fail(new Error("no")), { error: new Error("no") }],
    ["an interruption", Effect.andThen(Effect.sleep(1), Effect.interrupt), "shutdown"],
    ["success", Effect.succeed(42), "normal"],
  ])("ends by what its Effect comes to: %s", async (_what, effect, expected) => {
    const { runtime, time } = await begun()
    const ended = runtime.whenEnded(runtime.spawn(process(() => effect as Effect.Effect<unknown, unknown>)))
    await time.advance(1)
    expect(await ended).toEqual(expected)
    await runtime.stop()
  })

  it("asks with a limit, and withdraws what it asked when it is interrupted", async () => {
    const { runtime, time } = await begun()
    const said: string[] = []
    const deaf = server({
      init: () => ({}),
      call: { wait: () => Effect.onInterrupt(Effect.never, () => Effect.sync(() => said.push("withdrawn"))) },
      info: () => Effect.onInterrupt(Effect.never, () => Effect.sync(() => said.push("withdrawn"))),
    })
    const pid = runtime.spawn(deaf)
    const asking = process((self) =>
      Effect.gen(function* () {
        yield* Effect.timeoutOption(self.ask(pid, "hello", { timeoutMs: "1 hour" }), 100)
        said.push("gave up")
      }),
    )
    const ended = runtime.whenEnded(runtime.spawn(asking))
    await time.advance(100)
    expect(await ended).toBe("normal")
    expect(said.toSorted()).toEqual(["gave up", "withdrawn"])
    await runtime.stop()
    expect(time.armedTimers).toBe(0)
  })
})

describe("a task that is an Effect", () => {
  it("does its work in the runtime's services, and ends", async () => {
    const sent: string[] = []
    const { runtime } = await begun(Context.make(Mail, { send: (to) => void sent.push(to) }))
    const mailing = task((to: string, self) =>
      Effect.gen(function* () {
        const mail = yield* Mail
        mail.send(`${to} by ${self.pid === undefined ? "nobody" : "somebody"}`)
      }),
    )
    expect(await runtime.whenEnded(runtime.spawn(mailing, "alice"))).toBe("normal")
    expect(sent).toEqual(["alice by somebody"])
    await runtime.stop()
  })

  it("is interrupted by a stop, and is a crash where it dies", async () => {
    const { runtime, time } = await begun()
    const pid = runtime.spawn(task(() => Effect.never))
    const ended = runtime.whenEnded(pid)
    await time.settle()
    await runtime.stopProcess(pid, "shutdown")
    expect(await ended).toBe("shutdown")
    expect(await runtime.whenEnded(runtime.spawn(task(() => Effect.die("boom"))))).toEqual({ error: expect.any(EffectCrash) })
    await runtime.stop()
  })
})
