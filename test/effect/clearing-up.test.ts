/** What clears up is done, whatever ends its process; who asked is told, wherever the request was served. */

import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { Pigeonhole, server } from "../../actors/effect.ts"
import { type InspectionEvent, start, store } from "../../actors/index.ts"
import { virtualTime } from "../../src/testing.ts"

const quiet = { log: () => {} }

describe("a finalizer that sleeps", () => {
  it("goes on when its process is killed meanwhile, and those behind it have their turn", async () => {
    const said: string[] = []
    const flushing = server({
      init: () =>
        Effect.gen(function* () {
          yield* Effect.addFinalizer(() => Effect.sync(() => said.push("closed")))
          yield* Effect.addFinalizer(() =>
            Effect.andThen(
              Effect.sleep(1000),
              Effect.sync(() => said.push("flushed")),
            ),
          )
          return {}
        }),
    })
    const time = virtualTime()
    const runtime = await start({}, { host: time, ...quiet })
    const pid = runtime.spawn(flushing)
    await time.settle()
    const stopping = runtime.stopProcess(pid)
    await time.settle()
    runtime.exit(pid, "kill")
    await stopping.catch(() => {})
    expect(said).toEqual([])
    await time.advance(1000)
    expect(said).toEqual(["flushed", "closed"])
    await runtime.stop()
    expect(time.armedTimers).toBe(0)
  })

  it("goes on likewise in a handler that was interrupted", async () => {
    const said: string[] = []
    const released = Effect.andThen(
      Effect.sleep(1000),
      Effect.sync(() => said.push("released")),
    )
    const using = server({
      init: () => ({}),
      call: {
        go: () =>
          Effect.acquireUseRelease(
            Effect.void,
            () => Effect.never,
            () => released,
          ),
      },
    })
    const time = virtualTime()
    const runtime = await start({}, { host: time, ...quiet })
    const pid = runtime.spawn(using)
    void pid.call.go().catch(() => {})
    await time.settle()
    const stopping = runtime.stopProcess(pid)
    await time.settle()
    runtime.exit(pid, "kill")
    await stopping.catch(() => {})
    await time.advance(1000)
    expect(said).toEqual(["released"])
    await runtime.stop()
    expect(time.armedTimers).toBe(0)
  })
})

it("who asks a server at rest whose Effect interrupts itself is told, and the server ends by shutdown", async () => {
  const runtime = await start({}, quiet)
  const pid = runtime.spawn(server({ init: () => ({}), call: { ping: () => "pong", leave: () => Effect.interrupt } }))
  await pid.call.ping()
  const ended = runtime.whenEnded(pid)
  const told = await Promise.race([
    pid.call.leave().then(
      () => undefined,
      (error: unknown) => error,
    ),
    ended.then(() => new Promise((resolve) => setImmediate(resolve, "nothing"))),
  ])
  expect(told).toMatchObject({ kind: "UNAVAILABLE" })
  expect(await ended).toBe("shutdown")
  await runtime.stop()
})

it("a mailbox whose face cannot be made is given back", async () => {
  const seen: string[] = []
  const inspect = (event: InspectionEvent): void => {
    if ("service" in event && event.service === "app:cache") seen.push(event.type)
  }
  const faceless = Effect.flatMap(Pigeonhole, (service) =>
    service.acquireAs("app:cache", () => {
      throw new Error("no face")
    }),
  )
  const program = Effect.andThen(
    Effect.exit(Effect.scoped(faceless)),
    Effect.sync(() => [...seen]),
  )
  const told = await Effect.runPromise(Effect.provide(program, Pigeonhole.layer({ "app:cache": store() }, { ...quiet, inspect })))
  expect(told).toEqual(["attached", "detached"])
})

it("a terminate that interrupts itself is no crash, and its Scope is closed behind it", async () => {
  const said: string[] = []
  const leaving = (end: Effect.Effect<void>) =>
    server({
      init: () =>
        Effect.as(
          Effect.addFinalizer(() => Effect.sync(() => said.push("closed"))),
          {},
        ),
      terminate: () => end,
    })
  const runtime = await start({}, quiet)
  for (const end of [Effect.interrupt, Effect.andThen(Effect.yieldNow, Effect.interrupt)]) {
    const pid = runtime.spawn(leaving(end))
    const ended = runtime.whenEnded(pid)
    await runtime.stopProcess(pid)
    expect(await ended).toBe("normal")
  }
  expect(said).toEqual(["closed", "closed"])
  await runtime.stop()
})
