/** What a process receives and acquires as an Effect, and gives up. */

import { Effect, Exit, Fiber } from "effect"
import { describe, expect, it, vi } from "vitest"
import { type EffectSelf, process } from "../../actors/effect.ts"
import { child, type InspectionEvent, server, start } from "../../actors/index.ts"
import { latch } from "../support/latch.ts"

const quiet = { log: () => {} }
const turns = async (): Promise<void> => {
  for (let left = 10; left > 0; left -= 1) await new Promise((resolve) => setImmediate(resolve))
}

/** Receives in a fiber that others may interrupt, and then once more. */
function twice(got: [string, unknown][], fibers: Fiber.Fiber<unknown, unknown>[]) {
  const named = (name: string, self: EffectSelf<string>) =>
    Effect.tap(self.receive(), (message) => Effect.sync(() => got.push([name, message])))
  return process<undefined, string>((self) =>
    Effect.gen(function* () {
      const first = yield* Effect.forkChild(named("first", self), { startImmediately: true })
      fibers.push(first)
      yield* Fiber.await(first)
      yield* named("second", self)
      yield* named("third", self)
    }),
  )
}

describe("a receive that is interrupted", () => {
  it.each([0, 1, 2, 3, 4])("loses no message that came %i microtasks before, and changes no order", async (microtasks) => {
    const runtime = await start({}, quiet)
    const got: [string, unknown][] = []
    const fibers: Fiber.Fiber<unknown, unknown>[] = []
    const pid = runtime.spawn(twice(got, fibers))
    await turns()
    const before = runtime.statistics().handled
    runtime.tell(pid, "one")
    for (let left = microtasks; left > 0; left -= 1) await null
    fibers[0]?.interruptUnsafe()
    runtime.tell(pid, "two")
    runtime.tell(pid, "three")
    await turns()
    const messages = got.map(([, message]) => message)
    expect(messages).toEqual(got[0]?.[0] === "first" ? ["one", "two", "three"] : ["one", "two"])
    expect(runtime.statistics().handled - before).toBe(messages.length)
    await runtime.stop()
  })

  it.each([0, 1, 2])("%i microtasks after a request leaves that to be answered", async (microtasks) => {
    const runtime = await start({}, quiet)
    const fibers: Fiber.Fiber<unknown, unknown>[] = []
    const answering = process<undefined, string>((self) =>
      Effect.gen(function* () {
        const first = yield* Effect.forkChild(self.receive(), { startImmediately: true })
        fibers.push(first)
        const exit = yield* Fiber.await(first)
        const message = Exit.isSuccess(exit) ? exit.value : yield* self.receive()
        yield* self.reply(`${message}!`)
      }),
    )
    const pid = runtime.spawn(answering)
    await turns()
    const answer = runtime.ask(pid, "hello", { timeoutMs: 1000 })
    for (let left = microtasks; left > 0; left -= 1) await null
    fibers[0]?.interruptUnsafe()
    expect(await answer).toBe("hello!")
    await runtime.stop()
  })

  it("and was refused, as another one waits, leaves that alone", async () => {
    const runtime = await start({}, quiet)
    const got: unknown[] = []
    const refused = process<undefined, string>((self) =>
      Effect.gen(function* () {
        const waiting = yield* Effect.forkChild(self.receive(), { startImmediately: true })
        const other = yield* Effect.forkChild(self.receive(), { startImmediately: true })
        other.interruptUnsafe()
        got.push(yield* Fiber.join(waiting))
        got.push(Exit.isFailure(yield* Fiber.await(other)))
      }),
    )
    const pid = runtime.spawn(refused)
    await turns()
    runtime.tell(pid, "hello")
    await turns()
    expect(got).toEqual(["hello", true])
    await runtime.stop()
  })
})

it("a mailbox that comes after its process has given up is given back", async () => {
  const seen: string[] = []
  const inspect = (event: InspectionEvent): void => {
    if ("service" in event && event.service === "app:slow") seen.push(event.type)
  }
  const gate = latch<object>()
  const slow = child(server({ init: () => gate.promise }), { autoStart: false })
  const runtime = await start({ "app:slow": slow }, { ...quiet, inspect })
  const givenUp = latch<void>()
  const tell = Effect.sync(() => givenUp.open())
  const giving = process((self) =>
    Effect.andThen(Effect.exit(Effect.timeout(self.acquire("app:slow"), 1)), Effect.andThen(tell, Effect.never)),
  )
  runtime.spawn(giving)
  await givenUp.promise
  gate.open({})
  await vi.waitFor(() => expect(seen).toEqual(["attached", "detached"]))
  await runtime.stop()
})
