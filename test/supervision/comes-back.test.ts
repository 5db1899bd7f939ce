/** What waits for a service when it ends: the next incarnation's, where that comes; else it is handed back, and says whether it is to be tried again. */

import { describe, expect, it } from "vitest"
import { type Children, child, type Runtime, ServerMailbox, SupervisorMailbox, server, supervisor } from "../../actors/index.ts"
import { bootApp, bootTree } from "../support/app.ts"
import { latch } from "../support/latch.ts"
import { type Watched, watch } from "../support/watched.ts"

/** Has others wait behind who asks it to hang. */
const hanging = server({ init: () => ({}), call: { hang: () => new Promise<string>(() => {}), ping: () => "pong" } })
const mortal = child(hanging, { shutdown: 10 })

type Hanging = ServerMailbox<{ hang: () => Promise<string>; ping: () => string }, object>

/** Of one that is busy, and one that waits. */
async function askTwice(runtime: Runtime<object>, id: string): Promise<Watched> {
  const { call }: Hanging = await runtime.acquire(id, { as: ServerMailbox<{ hang: () => Promise<string>; ping: () => string }, object> })
  call.hang().catch(() => {})
  return watch(call.ping())
}

function crash(runtime: Runtime<object>, id: string): void {
  const pid = runtime.whereis(id)
  if (pid !== undefined) runtime.exit(pid, { error: new Error("crash") })
}

const root = (runtime: Runtime<object>) => runtime.acquire("root", { as: SupervisorMailbox })

const below = (children: Children) => child(supervisor({ children }), { shutdown: "infinity" })

describe("what waits for a service that stops with its supervisor is handed back", () => {
  const deep = below({ low: below({ "d:service": mortal }), "t:service": mortal })
  const ids = ["t:service", "d:service"]

  it("to be tried again where the supervisor is stopped to be started again, however far above", async () => {
    const { runtime, time } = await bootTree(supervisor({ strategy: "one_for_all", children: { a: mortal, top: deep } }))
    const waiting = await Promise.all(ids.map((id) => askTwice(runtime, id)))
    crash(runtime, "a")
    await time.advance(100)
    expect(waiting).toMatchObject(ids.map(() => ({ error: { kind: "UNAVAILABLE", retryable: true } })))
    await runtime.stop()
  })

  it("to be tried again where the supervisor gives up, and is started again", async () => {
    const top = supervisor({ intensity: 0, children: { low: below({ "d:service": mortal }), "t:service": mortal, a: mortal } })
    const { runtime, time } = await bootApp({ top })
    const waiting = await Promise.all(ids.map((id) => askTwice(runtime, id)))
    crash(runtime, "a")
    await time.advance(100)
    expect(waiting).toMatchObject(ids.map(() => ({ error: { kind: "UNAVAILABLE", retryable: true } })))
    await runtime.stop()
  })

  it("for good where the supervisor is to stay down, gives up where nobody starts it again, or the application stops", async () => {
    const ends = [
      async (runtime: Runtime<object>) => (await root(runtime)).terminateChild("top"),
      async (runtime: Runtime<object>) => crash(runtime, "a"),
      (runtime: Runtime<object>) => runtime.stop(),
    ]
    for (const end of ends) {
      const { runtime, time } = await bootTree(supervisor({ intensity: 0, children: { top: deep, a: mortal } }))
      const waiting = await Promise.all(ids.map((id) => askTwice(runtime, id)))
      const ended = watch(end(runtime))
      await time.advance(100)
      expect(waiting).toMatchObject(ids.map(() => ({ error: { kind: "UNAVAILABLE", retryable: false } })))
      expect(ended.state).toBe("fulfilled")
      await runtime.stop()
    }
  })

  it("and so is who asks once it has stopped, while the supervisor still does", async () => {
    const slow = child(hanging, { shutdown: 1000 })
    const top = below({ "t:slow": slow, low: below({ "d:service": mortal }) })
    for (const isRestarted of [true, false]) {
      const { runtime, time } = await bootTree(supervisor({ strategy: "one_for_all", children: { a: mortal, top } }))
      await askTwice(runtime, "t:slow")
      const [box, low] = [
        await runtime.acquire("d:service", { as: ServerMailbox }),
        await runtime.acquire("top", { as: SupervisorMailbox }),
      ]
      if (isRestarted) crash(runtime, "a")
      else (await root(runtime)).terminateChild("top").catch(() => {})
      await time.advance(100)
      const answers = [watch((box as Hanging).call.ping()), watch(low.whichChildren())]
      await time.settle()
      const refused = { error: { kind: "UNAVAILABLE", retryable: isRestarted } }
      expect(answers).toMatchObject([refused, refused])
      await runtime.stop({ timeoutMs: 0 })
    }
  })
})

describe("what waits for a service waits for its next incarnation", () => {
  it("where a start is ended before it is over, whatever by: it is tried again", async () => {
    let gate = latch<object>()
    gate.open({})
    const starting = server({ init: () => gate.promise, call: { ping: () => "pong" } })
    const { runtime, time } = await bootApp({ service: child(starting, { restart: "transient" }) })
    const box = await runtime.acquire("service")
    gate = latch<object>()
    crash(runtime, "service")
    await time.settle()
    const answer = watch(box.call.ping())
    const pid = runtime.whereis("service")
    if (pid !== undefined) runtime.exit(pid, "shutdown")
    gate.open({})
    await time.advance(10_000)
    expect(answer).toMatchObject({ value: "pong" })
    await runtime.stop()
  })

  it("where its work is done while its group goes down: that is started again as a whole", async () => {
    const job = child(hanging, { restart: "transient", shutdown: 1000 })
    const { runtime, time } = await bootTree(
      supervisor({ strategy: "one_for_all", children: { job, b: child(hanging, { shutdown: 500 }), a: mortal } }),
    )
    await askTwice(runtime, "b")
    const answer = await askTwice(runtime, "job")
    crash(runtime, "a")
    await time.advance(10)
    const pid = runtime.whereis("job")
    if (pid !== undefined) runtime.exit(pid, "shutdown")
    await time.advance(10_000)
    expect(answer).toMatchObject({ value: "pong" })
    await runtime.stop()
  })
})
