/** What is left of a supervisor that was killed: it did not stop its children, and its next incarnation may be at work before they end. */

import { describe, expect, it } from "vitest"
import {
  actor,
  ChildrenMailbox,
  child,
  DynamicSupervisorMailbox,
  dynamicSupervisor,
  NotFound,
  type Runtime,
  ServerMailbox,
  StoreMailbox,
  server,
  store,
  supervisor,
  Unavailable,
} from "../../actors/index.ts"
import type { VirtualTime } from "../../src/testing.ts"
import { bootApp } from "../support/app.ts"
import { refusal } from "../support/errors.ts"
import { latch } from "../support/latch.ts"
import { watch } from "../support/watched.ts"

const idle = server({ init: () => ({}), call: { ping: () => "pong" } })

/** Takes for ever to clear up. */
const slow = server({ init: () => ({}), call: { ping: () => "pong" }, terminate: () => new Promise<void>(() => {}) })

type Hanging = { hang: () => Promise<string>; ping: () => string }

/** Has others wait behind who asks it to hang. */
const unlucky = server({ init: () => ({}), call: { hang: () => new Promise<string>(() => {}), ping: () => "pong" } })

const trapping = server({
  init: (_argument: undefined, self) => {
    self.trapExit(true)
    return {}
  },
})

/** The second restart comes after that. */
const LATE_MS = 1000
const LATE = { initialMs: LATE_MS, factor: 1, jitter: 0 }

/** The first restart follows at once, the second does not. */
async function killTwice(runtime: Runtime, time: VirtualTime): Promise<void> {
  kill(runtime, "top")
  await time.settle()
  kill(runtime, "top")
  await time.settle()
}

/** Kills the child of the root with that id. */
function kill(runtime: Runtime, id: string): void {
  const pid = runtime.tree().children.find((node) => node.id === id)?.pid
  if (pid === undefined) throw new Error(`${id} does not run`)
  runtime.exit(pid, "kill")
}

describe("a supervisor that is killed and not started again", () => {
  it("takes all below it with it, those too that trap exits", async () => {
    const deep = supervisor({ children: { "d:idle": idle, "d:trapping": trapping, sessions: dynamicSupervisor() } })
    const top = supervisor({ children: { deep, "t:trapping": trapping } })
    const { runtime, time } = await bootApp({ top: child(top, { restart: "temporary" }) })
    kill(runtime, "top")
    await time.settle()
    expect(runtime.statistics().processes).toBe(1)
    await runtime.stop()
  })

  it("takes all below it with it, and what it was stopping at once: nobody waits for that any longer", async () => {
    const deep = supervisor({ children: { sessions: dynamicSupervisor(), "d:slow": child(slow, { shutdown: 30 }) } })
    const top = supervisor({ children: { deep: child(deep, { shutdown: 20 }) } })
    const { runtime, time } = await bootApp({ top: child(top, { shutdown: 10 }) })
    const terminated = watch((await runtime.acquire("root")).terminateChild("top"))
    await time.advance(10)
    await time.settle()
    expect([terminated.state, runtime.statistics().processes]).toEqual(["fulfilled", 1])
    await runtime.stop()
  })

  it("leaves no mailbox at which messages wait, whatever is done yet below it", async () => {
    const deep = supervisor({ children: { "d:slow": child(slow, { shutdown: "infinity" }) } })
    const top = supervisor({ children: { deep: child(deep, { shutdown: 30 }) } })
    const { runtime, time } = await bootApp({ top: child(top, { restart: "temporary" }) })
    const box = await runtime.acquire("d:slow")
    kill(runtime, "top")
    await time.advance(1000)
    const answers = [watch(box.call.ping()), watch(box.release())]
    await time.settle()
    expect(answers).toMatchObject([{ error: { kind: "UNAVAILABLE", retryable: false } }, { state: "fulfilled", value: true }])
    await runtime.stop()
  })

  it("has nobody below it start any more, where a supervisor there boots", async () => {
    const story: string[] = []
    let ready: Promise<object> = Promise.resolve({})
    const init = (name: string) => {
      story.push(`+${name}`)
      return ready
    }
    const told = (name: string) => server({ init: () => init(name), terminate: () => void story.push(`-${name}`) })
    const deep = supervisor({ children: { "d:first": told("first"), "d:second": told("second") } })
    const { runtime, time, events } = await bootApp({ top: supervisor({ children: { deep } }) })
    const root = await runtime.acquire("root")
    await root.terminateChild("top")
    story.length = 0
    const { promise, open } = latch<object>()
    ready = promise
    const restarted = watch(root.restartChild("top"))
    await time.settle()
    const top = events.findLast((event) => event.type === "spawned" && event.label === "top")
    if (top?.type === "spawned") runtime.exit(top.pid, "kill")
    await time.settle()
    expect([restarted.state, story]).toEqual(["rejected", ["+first"]])
    open({})
    await time.settle()
    expect([story, runtime.statistics().processes]).toEqual([["+first", "-first"], 1])
    await runtime.stop()
  })

  it("leaves nobody who serves requests, though some have yet to end", async () => {
    const deep = supervisor({ children: { sessions: dynamicSupervisor(), "d:slow": child(slow, { shutdown: "infinity" }) } })
    const { runtime, time } = await bootApp({ top: child(supervisor({ children: { deep } }), { restart: "temporary" }) })
    const sessions = await runtime.acquire("sessions")
    kill(runtime, "top")
    await time.settle()
    expect(runtime.statistics().processes).toBe(4)
    expect(await refusal(sessions.startChild(idle))).toBeInstanceOf(Unavailable)
    await runtime.stop({ timeoutMs: 0 })
  })

  it("says that none below it will come again, whether it still stops or has stopped", async () => {
    const deep = child(supervisor({ children: { "d:slow": child(slow, { shutdown: 30 }) } }), { shutdown: 60 })
    const { runtime, time } = await bootApp({ top: child(supervisor({ children: { deep } }), { restart: "temporary" }) })
    const box = await runtime.acquire("deep")
    kill(runtime, "top")
    const stops = watch(box.whichChildren())
    await time.advance(60)
    const hasStopped = watch(box.whichChildren())
    await time.settle()
    expect([stops, hasStopped]).toMatchObject([{ error: { retryable: false } }, { error: { retryable: false } }])
    await runtime.stop()
  })
})

describe("a supervisor that is killed and started again", () => {
  it("has the services below it served by the new incarnations, whatever the old ones still do", async () => {
    const deep = supervisor({ children: { "d:idle": idle, "d:slow": child(slow, { shutdown: "infinity" }) } })
    const { runtime, time } = await bootApp({ top: supervisor({ children: { deep } }) })
    const [box, other] = [await runtime.acquire("d:idle"), await runtime.acquire("d:slow")]
    kill(runtime, "top")
    await time.advance(60_000)
    expect([await box.call.ping(), await other.call.ping()]).toEqual(["pong", "pong"])
    expect(runtime.statistics().processes).toBe(5)
    await runtime.stop({ timeoutMs: 0 })
  })

  it("has what waits at a mailbox below it served by the new incarnation, however deep that lies and in whatever order the old one stops", async () => {
    const deeper = supervisor({ children: { "e:service": child(unlucky, { shutdown: 10 }) } })
    const deep = supervisor({ children: { deeper, "d:service": child(unlucky, { shutdown: 10 }) } })
    const top = supervisor({ children: { deep, "t:service": child(unlucky, { shutdown: 10, restart: "temporary" }) } })
    const { runtime, time } = await bootApp({ top: child(top, { backoff: LATE }) })
    await killTwice(runtime, time)
    await time.advance(LATE_MS)
    const boxes = [await runtime.acquire("t:service"), await runtime.acquire("d:service"), await runtime.acquire("e:service")]
    const answers = boxes.flatMap((box) => [watch(box.call.hang()), watch(box.call.ping()), watch(box.call.ping())])
    await time.settle()
    kill(runtime, "top")
    await time.advance(LATE_MS)
    const ofOne = [{ error: { kind: "UNAVAILABLE", retryable: true } }, { value: "pong" }, { value: "pong" }]
    expect(answers).toMatchObject([...ofOne, ...ofOne, ...ofOne])
    await runtime.stop()
  })

  it("hands back what waits for a child that was added below it: the new incarnations know nothing of it", async () => {
    const mortal = child(unlucky, { shutdown: 10 })
    const deep = supervisor({ children: { sessions: dynamicSupervisor() } })
    const { runtime, time } = await bootApp({ top: child(supervisor({ children: { deep } }), { backoff: LATE }) })
    await (await runtime.acquire("deep")).startChild("d:added", mortal)
    const added = await runtime.acquire("d:added", { as: ServerMailbox<Hanging, object> })
    const session = await (await runtime.acquire("sessions")).startChild(mortal)
    const answers = [added.call.hang(), added.call.ping(), session.call.hang(), session.call.ping()].map(watch)
    await killTwice(runtime, time)
    await time.advance(10)
    expect(answers.map(({ error }) => error)).toMatchObject(answers.map(() => ({ kind: "UNAVAILABLE", retryable: false })))
    await runtime.stop()
  })

  it("has those wait who ask a supervisor below it that has ended, and those that come too late are told so", async () => {
    const deep = supervisor({ children: { stopped: dynamicSupervisor(), killed: child(dynamicSupervisor(), { shutdown: "brutal_kill" }) } })
    const children = { top: child(supervisor({ children: { deep } }), { backoff: LATE }) }
    for (const isEnded of [false, true]) {
      const { runtime, time } = await bootApp(children)
      const boxes = await Promise.all(["deep", "stopped", "killed"].map((id) => runtime.acquire(id, { as: ChildrenMailbox })))
      await killTwice(runtime, time)
      const answers = boxes.map((box) => watch(box.countChildren()))
      await time.settle()
      expect(answers.map(({ state }) => state)).toEqual(["pending", "pending", "pending"])
      if (isEnded) await (await runtime.acquire("root")).terminateChild("top")
      await time.advance(LATE_MS)
      const expected = isEnded ? { error: { kind: "UNAVAILABLE", retryable: false } } : { state: "fulfilled" }
      expect(answers).toMatchObject([expected, expected, expected])
      await runtime.stop()
    }
  })

  it("has a supervisor below it refuse at once while that still stops, by whatever way it is asked", async () => {
    const deep = supervisor({ children: { "d:slow": child(slow, { shutdown: "infinity" }) } })
    const { runtime, time } = await bootApp({ top: child(supervisor({ children: { deep } }), { backoff: LATE }) })
    const box = await runtime.acquire("deep")
    await killTwice(runtime, time)
    expect(await refusal(box.whichChildren())).toMatchObject({ kind: "UNAVAILABLE", retryable: true })
    await time.advance(LATE_MS)
    expect(await box.whichChildren()).toHaveLength(1)
    await runtime.stop({ timeoutMs: 0 })
  })

  it("ends what it leaves, and none of that is heard by the next incarnations", async () => {
    const inner = supervisor({
      intensity: 0,
      children: { pool: dynamicSupervisor({ intensity: 0 }), "d:idle": child(idle, { shutdown: "brutal_kill" }) },
    })
    const top = supervisor({ intensity: 0, children: { inner: child(inner, { shutdown: "infinity" }) } })
    const { runtime, time, events } = await bootApp({ top: child(top, { shutdown: "brutal_kill", backoff: { initialMs: 1, maxMs: 0 } }) })
    kill(runtime, "top")
    await time.advance(1000)
    expect(events.filter(({ type }) => type === "gave_up")).toEqual([])
    expect(await runtime.acquire("d:idle").then((box) => box.call.ping())).toBe("pong")
    await runtime.stop()
  })

  it("does and reports nothing more of its own: the end of what it had is not its failure any more", async () => {
    const starting = server({ init: () => new Promise<object>(() => {}) })
    const { runtime, time, events } = await bootApp({ top: supervisor({ intensity: 0, children: {} }) })
    const top = await runtime.acquire("top")
    top.startChild("t:starting", starting).catch(() => {})
    await time.settle()
    kill(runtime, "top")
    await time.settle()
    expect(events.filter((event) => "supervisor" in event && event.supervisor === "top")).toEqual([])
    expect(await top.whichChildren()).toEqual([])
    await runtime.stop()
  })

  it("gives the id of a child that was added free, though its process still clears up", async () => {
    const { runtime, time } = await bootApp({ top: supervisor({ children: {} }) })
    const top = await runtime.acquire("top")
    await top.startChild("t:added", slow)
    kill(runtime, "top")
    await time.settle()
    await top.startChild("t:added", store<number>())
    expect(await (await runtime.acquire("t:added", { as: StoreMailbox<number> })).set("k", 1)).toBe(true)
    await runtime.stop({ timeoutMs: 0 })
  })

  it("leaves nothing of a subtree that was added, however deep it lies: its ids are free", async () => {
    const { runtime, time } = await bootApp({ top: supervisor({ children: {} }) })
    const top = await runtime.acquire("top")
    const deep = child(supervisor({ children: { "d:slow": child(slow, { shutdown: "infinity" }), sessions: dynamicSupervisor() } }))
    await top.startChild("added", supervisor({ children: { deep } }))
    await (await runtime.acquire("sessions", { as: DynamicSupervisorMailbox })).startChild(slow)
    kill(runtime, "top")
    await time.settle()
    expect(runtime.statistics().processes).toBe(2)
    await runtime.stop()
  })

  it("takes the ends of what the old ones had for no failure of the new ones, three levels down too", async () => {
    const lowest = child(supervisor({ intensity: 0, children: { "d:idle": idle } }))
    const low = supervisor({ intensity: 0, children: { lowest } })
    const { runtime, time, events } = await bootApp({ top: supervisor({ intensity: 0, children: { low } }) })
    kill(runtime, "top")
    await time.settle()
    expect(events.filter(({ type }) => type === "gave_up")).toEqual([])
    expect(await (await runtime.acquire("d:idle")).call.ping()).toBe("pong")
    await runtime.stop()
  })

  it("has what is elsewhere and requires one of its children wait for the new one", async () => {
    let gate = latch()
    gate.open()
    const story: string[] = []
    const db = server({
      init: async () => {
        await gate.promise
        story.push("+db")
        return {}
      },
    })
    const web = server({
      init: () => {
        story.push("+web")
        return {}
      },
    })
    const { runtime, time } = await bootApp({ data: supervisor({ children: { db } }), web: child(web, { requires: ["db"] }) })
    expect(story.splice(0)).toEqual(["+db", "+web"])
    gate = latch()
    kill(runtime, "data")
    kill(runtime, "web")
    await time.advance(1000)
    expect(story).toEqual([])
    gate.open()
    await time.settle()
    expect(story).toEqual(["+db", "+web"])
    await runtime.stop()
  })

  it("has nobody wait for a child that its new incarnation holds back for want of what it requires", async () => {
    const children = { web: child(idle, { requires: ["db"] }) }
    const job = child(
      actor<undefined, never>(async () => {}),
      { restart: "transient" },
    )
    const { runtime, time } = await bootApp({ db: job, pages: supervisor({ children }) })
    const web = await runtime.acquire("web")
    await time.settle()
    await (await runtime.acquire("root")).deleteChild("db")
    kill(runtime, "pages")
    await time.settle()
    const answers = [watch(web.call.ping()), watch(web.release())]
    await time.settle()
    expect(answers.map(({ state }) => state)).toEqual(["rejected", "fulfilled"])
    await runtime.stop()
  })

  it("gives its children without ids of their own none that one had before, which may still clear up", async () => {
    const { runtime, time } = await bootApp({ sessions: dynamicSupervisor() })
    const sessions = await runtime.acquire("sessions")
    await sessions.startChild(slow)
    kill(runtime, "sessions")
    await time.settle()
    await sessions.startChild(idle)
    expect((await sessions.whichChildren()).map(({ id }) => id)).toEqual(["sessions.2"])
    expect(await refusal(sessions.terminateChild("sessions.1"))).toBeInstanceOf(NotFound)
    await runtime.stop({ timeoutMs: 0 })
  })
})
