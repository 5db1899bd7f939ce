/** What is below a supervisor that is down until somebody wants it: whoever wants that waits for the supervisor, does nothing meanwhile, and never for itself. */

import { describe, expect, it, vi } from "vitest"
import { child, type ProcessSelf, SupervisorMailbox, server, supervisor } from "../../actors/index.ts"
import { CallerRequests } from "../../src/supervision/caller-requests.ts"
import { bootApp, bootTree } from "../support/app.ts"
import { refusal } from "../support/errors.ts"
import { latch } from "../support/latch.ts"

const plain = server({
  init: () => ({}),
  call: { ping: () => "pong" },
  cast: { crash: () => Promise.reject(new Error("boom")) },
})
const late = { initialMs: 500, maxMs: 500, jitter: 0 } as const
const below = (...requires: string[]) => child(supervisor({ children: { "a:x": plain } }), { autoStart: false, requires })

/** Acquires what is below as it starts, and answers what came of that. */
const wanting = server({
  init: async (_argument: undefined, self) => ({ outcome: await outcomeOf(self) }),
  call: { outcome: ({ outcome }) => outcome },
})

function outcomeOf(self: Pick<ProcessSelf<unknown>, "acquire">): Promise<unknown> {
  return Promise.resolve(self.acquire<object>("a:x")).then(
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
    const outcome = (await app.runtime.acquire("a:a")).call.want(undefined, { timeoutMs: Number.POSITIVE_INFINITY })
    await app.time.settle()
    ;(await app.runtime.acquire("a:c")).cast.crash()
    await app.time.advance(10)
    expect(await outcome).toMatchObject({ kind: "UNAVAILABLE", details: { id: "s", awaits: "a:a" } })
    gate.open()
    await app.time.advance(10)
    expect(await (await app.runtime.acquire("a:x")).call.ping()).toBe("pong")
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
})
