import { describe, expect, it } from "vitest"
import {
  type BackoffOptions,
  child,
  type Pid,
  type Restart,
  SupervisorMailbox,
  server,
  stopWhenIdle,
  supervisor,
} from "../../actors/index.ts"
import { bootApp, bootTree } from "../support/app.ts"
import { refusal } from "../support/errors.ts"

const quiet = server({ init: () => ({}) })
const AT_ONCE: BackoffOptions = { initialMs: 0, jitter: 0 }

/** A service of which somebody decides how many of its next starts fail, and that crashes when it is told to. */
function moody(onStart: () => void = () => {}) {
  const mood = { failures: 0, starts: 0 }
  const definition = server({
    init: () => {
      mood.starts += 1
      onStart()
      mood.failures -= 1
      if (mood.failures >= 0) throw new Error("moody")
      return {}
    },
    call: { ping: () => "pong" },
    cast: {
      crash: () => {
        throw new Error("boom")
      },
    },
  })
  return { definition, mood }
}

async function bootMoody(backoff: BackoffOptions, more: { readonly restart?: Restart; readonly intensity?: number } = {}) {
  const { definition, mood } = moody()
  const { restart = "permanent", intensity = 100 } = more
  const children = { "m:other": server({ init: () => ({}), call: { ping: () => "pong" } }), "m:m": child(definition, { backoff, restart }) }
  const app = await bootTree(supervisor({ intensity, children }))
  const box = await app.runtime.acquire("m:m")
  const root = await app.runtime.acquire("root", { as: SupervisorMailbox })
  const crash = async (): Promise<void> => {
    box.cast.crash()
    await app.time.settle()
  }
  const state = async () => (await root.whichChild("m:m")).state
  return { ...app, mood, box, root, crash, state }
}

describe("maxAttempts", () => {
  it("so many restarts in a row are tried, and no more: the child is down, its supervisor and its siblings go on", async () => {
    const { runtime, mood, crash, state, events, log } = await bootMoody({ ...AT_ONCE, maxAttempts: 3 })
    mood.failures = 2
    await crash()
    expect([await state(), mood.starts]).toEqual(["running", 4])
    await crash()
    expect([await state(), mood.starts]).toEqual(["stopped", 4])
    expect(events.filter(({ type }) => type === "restarting")).toHaveLength(3)
    const told = { supervisor: "root", child: "m:m", reason: { error: { message: "boom" } } }
    expect(events.slice(-2)).toMatchObject([
      { type: "attempts_used_up", ...told, attempts: 3 },
      { type: "child_stopped", ...told },
    ])
    expect(log.at(-1)).toMatchObject({ level: "error", message: "root leaves m:m down, 3 restarts in a row were of no use: Error: boom" })
    expect(await (await runtime.acquire("m:other")).call.ping()).toBe("pong")
    await runtime.stop()
  })

  it("closes its mailboxes: what waits and what is posted is Unavailable, and waiting for it is of no use", async () => {
    const { runtime, time, mood, box, crash } = await bootMoody({ initialMs: 100, jitter: 0, maxAttempts: 2 })
    mood.failures = 2
    await crash()
    const waiting = refusal(box.call.ping())
    await time.advance(100)
    for (const error of [await waiting, await refusal(box.call.ping())])
      expect(error).toMatchObject({
        kind: "UNAVAILABLE",
        retryable: false,
        message: "m:m is unavailable: its restarts are used up, and who acquires it has it tried anew (last: Error: moody)",
      })
    await runtime.stop()
  })

  it("0, and none said, is no limit", async () => {
    for (const backoff of [AT_ONCE, { ...AT_ONCE, maxAttempts: 0 }]) {
      const { runtime, mood, crash, state } = await bootMoody(backoff)
      mood.failures = 50
      await crash()
      expect([await state(), mood.starts]).toEqual(["running", 52])
      await runtime.stop()
    }
  })

  it("counts anew once the child was up for stableAfterMs; a start that takes long is no time up", async () => {
    const { runtime, time, mood, crash, state } = await bootMoody({ ...AT_ONCE, maxAttempts: 1, stableAfterMs: 1000 })
    for (let round = 0; round < 3; round += 1) {
      await crash()
      expect(await state()).toBe("running")
      await time.advance(1000)
    }
    await crash()
    await time.advance(999)
    await crash()
    expect([await state(), mood.starts]).toEqual(["stopped", 5])
    await runtime.stop()
  })

  it("a start that runs out again and again uses them up, however short stableAfterMs is", async () => {
    let starts = 0
    const hanging = server({
      init: () => (starts++ === 0 ? {} : new Promise<object>(() => {})),
      call: {},
      cast: { crash: () => Promise.reject(new Error()) },
    })
    const options = { startTimeoutMs: 1000, backoff: { ...AT_ONCE, maxAttempts: 2, stableAfterMs: 10 } }
    const { runtime, time, events } = await bootTree(supervisor({ intensity: 100, children: { "m:h": child(hanging, options) } }))
    ;(await runtime.acquire("m:h")).cast.crash()
    await time.advance(100_000)
    expect([starts, runtime.tree().children[0]?.state]).toEqual([3, "stopped"])
    expect(events.filter(({ type }) => type === "attempts_used_up")).toMatchObject([{ reason: { error: { _tag: "Timeout" } } }])
    await runtime.stop()
  })

  it("an acquire tries anew, counted from zero, and mailboxes that were held work again", async () => {
    const { runtime, mood, box, crash, state } = await bootMoody({ ...AT_ONCE, maxAttempts: 1 })
    await crash()
    await crash()
    expect(await state()).toBe("stopped")
    const both = await Promise.all([runtime.acquire("m:m"), runtime.acquire("m:m")])
    expect([await state(), mood.starts]).toEqual(["running", 3])
    expect(await Promise.all([box, ...both].map((each) => each.call.ping()))).toEqual(["pong", "pong", "pong"])
    await crash()
    expect(await state()).toBe("running")
    await crash()
    expect(await state()).toBe("stopped")
    await runtime.stop()
  })

  it("an acquire that finds it as bad as before fails, and so does the next", async () => {
    const { runtime, mood, crash, state } = await bootMoody({ ...AT_ONCE, maxAttempts: 1 })
    mood.failures = 100
    await crash()
    for (let round = 0; round < 2; round += 1) {
      const box = await runtime.acquire("m:m")
      expect(await refusal(box.call.ping())).toMatchObject({ kind: "UNAVAILABLE", retryable: false })
      expect(await state()).toBe("stopped")
    }
    expect(mood.starts).toBe(2 + 2 * 2)
    await runtime.stop()
  })

  it("restartChild tries anew: where that fails, it is told so and stays down; an acquire goes on counting from zero", async () => {
    const { runtime, mood, root, crash, state } = await bootMoody({ ...AT_ONCE, maxAttempts: 1 })
    mood.failures = 2
    await crash()
    expect([await state(), mood.starts]).toEqual(["stopped", 2])
    expect(await refusal(root.restartChild("m:m"))).toMatchObject({ kind: "UNAVAILABLE", cause: { message: "moody" } })
    expect(mood.starts).toBe(3)
    const pid = await root.restartChild("m:m")
    expect([await state(), pid.isAlive, mood.starts]).toEqual(["running", true, 4])
    await crash()
    expect(await state()).toBe("running")
    await runtime.stop()
  })

  it("is told to stay down by terminateChild, and deleted like any child that is down", async () => {
    const { runtime, root, crash } = await bootMoody({ ...AT_ONCE, maxAttempts: 1 })
    await crash()
    await crash()
    await root.terminateChild("m:m")
    expect(await refusal(runtime.acquire("m:m"))).toMatchObject({ kind: "UNAVAILABLE" })
    await root.deleteChild("m:m")
    expect(await refusal(runtime.acquire("m:m"))).toMatchObject({ kind: "NOT_FOUND" })
    await runtime.stop()
  })

  it("comes before the intensity: what is not restarted does not count", async () => {
    const { runtime, crash, state } = await bootMoody({ ...AT_ONCE, maxAttempts: 2 }, { intensity: 2 })
    for (let round = 0; round < 3; round += 1) await crash()
    expect([await state(), runtime.tree().state]).toEqual(["stopped", "running"])
    await runtime.stop()
  })

  it("is counted with the next incarnation of the supervisor from zero", async () => {
    const { definition } = moody()
    const inner = supervisor({ children: { "m:m": child(definition, { backoff: { ...AT_ONCE, maxAttempts: 1 } }) } })
    const { runtime, time } = await bootApp({ inner })
    const box = await runtime.acquire("m:m")
    for (let round = 0; round < 2; round += 1) {
      box.cast.crash()
      await time.settle()
    }
    expect(runtime.tree().children[0]?.children[0]?.state).toBe("stopped")
    runtime.exit(runtime.whereis("inner") ?? (runtime.tree().children[0]?.pid as Pid), "kill")
    await time.settle()
    expect(await box.call.ping()).toBe("pong")
    await runtime.stop()
  })

  it("a supervisor that is given up is tried anew by who acquires something below it", async () => {
    const { definition, mood } = moody()
    const backoff = { ...AT_ONCE, maxAttempts: 1 }
    const inner = child(supervisor({ intensity: 0, children: { "m:m": definition } }), { backoff })
    const { runtime, time } = await bootApp({ inner })
    const box = await runtime.acquire("m:m")
    for (let round = 0; round < 2; round += 1) {
      box.cast.crash()
      await time.settle()
    }
    expect([runtime.tree().children[0]?.state, mood.starts]).toEqual(["stopped", 2])
    expect(await refusal(box.call.ping())).toMatchObject({ kind: "UNAVAILABLE", retryable: false })
    expect(await (await runtime.acquire("m:m")).call.ping()).toBe("pong")
    await runtime.stop()
  })

  it("is not started again with its group, and holds nobody of it up", async () => {
    const { definition, mood } = moody()
    const other = moody()
    const children = { "m:m": child(definition, { backoff: { ...AT_ONCE, maxAttempts: 1 } }), "m:o": other.definition }
    const { runtime, time } = await bootTree(supervisor({ strategy: "one_for_all", intensity: 100, children }))
    const [box, beside] = [await runtime.acquire("m:m"), await runtime.acquire("m:o")]
    mood.failures = 1
    box.cast.crash()
    await time.settle()
    const states = () => runtime.tree().children.map(({ state }) => state)
    expect([states(), mood.starts]).toEqual([["stopped", "running"], 2])
    beside.cast.crash()
    await time.settle()
    expect([states(), mood.starts]).toEqual([["stopped", "running"], 2])
    expect(await (await runtime.acquire("m:m")).call.ping()).toBe("pong")
    beside.cast.crash()
    await time.advance(100)
    expect([states(), mood.starts]).toEqual([["running", "running"], 4])
    await runtime.stop()
  })

  it("what requires it is held back while it is down, and does not have it tried again and again", async () => {
    const { definition, mood } = moody()
    const needy = child(server({ init: () => ({}), call: { ping: () => "pong" } }), { requires: ["m:m"] })
    const options = { backoff: { ...AT_ONCE, maxAttempts: 2 } }
    const { runtime, time } = await bootTree(supervisor({ intensity: 100, children: { "m:m": child(definition, options), "m:n": needy } }))
    const box = await runtime.acquire("m:m")
    const root = await runtime.acquire("root", { as: SupervisorMailbox })
    await root.terminateChild("m:n")
    mood.failures = 1000
    box.cast.crash()
    await time.settle()
    expect(mood.starts).toBe(3)
    expect(await refusal(root.restartChild("m:n"))).toMatchObject({ kind: "UNAVAILABLE", cause: { details: { required: "m:m" } } })
    expect(mood.starts).toBe(3)
    await runtime.stop()
  })

  it("what requires something below a supervisor that is given up does not have that tried again", async () => {
    const { definition, mood } = moody()
    const inner = child(supervisor({ intensity: 0, children: { "m:m": definition } }), { backoff: { ...AT_ONCE, maxAttempts: 1 } })
    const { runtime, time } = await bootApp({ inner, "m:n": child(quiet, { requires: ["m:m"] }) })
    const [box, root] = [await runtime.acquire("m:m"), await runtime.acquire("root", { as: SupervisorMailbox })]
    await root.terminateChild("m:n")
    for (let round = 0; round < 2; round += 1) {
      box.cast.crash()
      await time.settle()
    }
    expect(await refusal(root.restartChild("m:n"))).toMatchObject({ kind: "UNAVAILABLE", cause: { details: { required: "m:m" } } })
    expect(mood.starts).toBe(2)
    await runtime.stop()
  })

  it("of a significant child ends its supervisor, as it has ended and is not started again", async () => {
    const { definition } = moody()
    const options = { significant: true, restart: "transient", backoff: { ...AT_ONCE, maxAttempts: 1 } } as const
    const { runtime, time, events } = await bootTree(
      supervisor({ autoShutdown: "any_significant", intensity: 100, children: { "m:m": child(definition, options) } }),
    )
    const box = await runtime.acquire("m:m")
    for (let round = 0; round < 2; round += 1) {
      box.cast.crash()
      await time.settle()
    }
    expect(events.some(({ type }) => type === "auto_shutdown")).toBe(true)
    expect(await runtime.ended).toMatchObject({ shutdown: "its significant child m:m has ended" })
  })

  it("is stopped for want of callers again, once it was tried anew, as its detach policy has said", async () => {
    const { definition } = moody()
    const options = { onDetach: stopWhenIdle(), backoff: { ...AT_ONCE, maxAttempts: 1 } }
    const { runtime, time } = await bootTree(supervisor({ intensity: 100, children: { "m:m": child(definition, options) } }))
    const box = await runtime.acquire("m:m")
    for (let round = 0; round < 2; round += 1) {
      box.cast.crash()
      await time.settle()
    }
    await box.release()
    const again = await runtime.acquire("m:m")
    expect(await again.call.ping()).toBe("pong")
    await again.release()
    await time.settle()
    expect(runtime.tree().children[0]?.state).toBe("stopped")
    await runtime.stop()
  })
})
