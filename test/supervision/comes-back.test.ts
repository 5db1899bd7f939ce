/** What waits for a service when it ends: the next incarnation's, where that comes; else it is handed back, and says whether it is to be tried again. */

import { describe, expect, it } from "vitest"
import { type Children, child, type Runtime, ServerMailbox, SupervisorMailbox, server, supervisor } from "../../actors/index.ts"
import { bootApp, bootTree } from "../support/app.ts"
import { latch } from "../support/latch.ts"
import { type Watched, watch } from "../support/watched.ts"

/** Has others wait behind who asks it to hang. */
const hanging = server({ init: () => ({}), call: { hang: () => new Promise<string>(() => {}), ping: () => "pong" } })
const mortal = child(hanging, { shutdown: 10 })

function hangingOf(runtime: Runtime<object>, id: string) {
  return runtime.acquire(id, { as: ServerMailbox<{ hang: () => Promise<string>; ping: () => string }, object> })
}

/** Of one that is busy, and one that waits. */
async function askTwice(runtime: Runtime<object>, id: string): Promise<Watched> {
  const { call } = await hangingOf(runtime, id)
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

  it("for good where it was added: the next incarnation of its supervisor knows nothing of it", async () => {
    const { runtime, time } = await bootTree(supervisor({ strategy: "one_for_all", children: { a: mortal, top: deep } }))
    const top = await runtime.acquire("top")
    await top.startChild("t:added", mortal)
    await top.startChild("added", supervisor({ children: { "e:service": mortal } }))
    const added = ["t:added", "e:service"]
    const waiting = await Promise.all(added.map((id) => askTwice(runtime, id)))
    const boxes = await Promise.all(added.map((id) => hangingOf(runtime, id)))
    crash(runtime, "a")
    await time.advance(100)
    const late = boxes.map(({ call }) => watch(call.ping()))
    await time.settle()
    expect([...waiting, ...late]).toMatchObject([1, 2, 3, 4].map(() => ({ error: { kind: "UNAVAILABLE", retryable: false } })))
    await runtime.stop()
  })

  it("and so is who asks once it has stopped, while the supervisor still does", async () => {
    const slow = child(hanging, { shutdown: 1000 })
    const top = child(supervisor({ intensity: 0, children: { b: mortal, "t:slow": slow, low: below({ "d:service": mortal }) } }))
    const ways = [
      { isComing: true, end: (runtime: Runtime<object>) => crash(runtime, "a") },
      { isComing: true, end: (runtime: Runtime<object>) => crash(runtime, "b") },
      { isComing: false, end: (runtime: Runtime<object>) => void root(runtime).then((box) => box.terminateChild("top").catch(() => {})) },
    ]
    for (const { isComing, end } of ways) {
      const { runtime, time } = await bootTree(supervisor({ strategy: "one_for_all", children: { a: mortal, top } }))
      await askTwice(runtime, "t:slow")
      const [box, supervising] = [await hangingOf(runtime, "d:service"), await runtime.acquire("top")]
      end(runtime)
      await time.advance(100)
      const answers = [watch(box.call.ping()), watch(supervising.whichChildren())]
      await time.settle()
      const refused = { error: { kind: "UNAVAILABLE", retryable: isComing } }
      expect(answers).toMatchObject([refused, refused])
      await runtime.stop({ timeoutMs: 0 })
    }
  })

  it("at once where it was being started because somebody asked for it: that is not tried again", async () => {
    let gate: Promise<object> = Promise.resolve({})
    const starting = server({ init: () => gate, call: { ping: () => "pong" } })
    const { runtime, time } = await bootApp({ service: child(starting, { restart: "transient" }) })
    const box = await runtime.acquire("service")
    await (await root(runtime)).terminateChild("service")
    gate = new Promise(() => {})
    const restarted = watch((await root(runtime)).restartChild("service"))
    await time.settle()
    const answer = watch(box.call.ping())
    const pid = runtime.whereis("service")
    if (pid !== undefined) runtime.stopProcess(pid, "shutdown", { timeoutMs: Number.POSITIVE_INFINITY }).catch(() => {})
    await time.settle()
    expect([answer, restarted]).toMatchObject([{ error: { kind: "UNAVAILABLE", retryable: false } }, { state: "pending" }])
    await runtime.stop({ timeoutMs: 0 })
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
