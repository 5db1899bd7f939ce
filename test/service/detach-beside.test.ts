/** Leaving a server whose handlers run side by side: a detach is behind the casts that they are at, and not behind what is owed (promise 10). */

import { describe, expect, it, onTestFinished } from "vitest"
import { child, type DetachPolicy, keep, refuse, reset, server, stopWhenIdle } from "../../actors/index.ts"
import type { Pid } from "../../src/index.ts"
import { bootApp } from "../support/app.ts"
import { stopConserved } from "../support/conserved-stop.ts"
import { watch } from "../support/watched.ts"

async function bootServer(onDetach: DetachPolicy) {
  const works = new Map<string, PromiseWithResolvers<string>>()
  const log: string[] = []
  const work = async (_: object, name: string): Promise<string> => {
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    works.set(name, { promise, resolve, reject })
    log.push(await promise)
    return name
  }
  const definition = server({
    init: () => ({}),
    concurrency: 10,
    call: { ask: work, echo: (_: object, value: string) => value },
    cast: { note: work },
    detached: () => void log.push("left"),
    terminate: () => void log.push("ended"),
  })
  const app = await bootApp({ "app:s": child(definition, { onDetach }) })
  onTestFinished(() => stopConserved(app))
  const end = async (...names: string[]): Promise<void> => {
    for (const name of names) works.get(name)?.resolve(name)
    await app.time.settle()
  }
  const acquire = () => app.runtime.acquire("app:s")
  const pid = (): Pid | undefined => app.runtime.whereis("app:s")
  return { ...app, box: await acquire(), acquire, end, log, pid, crash: (name: string) => works.get(name)?.reject(new Error("crash")) }
}

describe("who leaves a server whose handlers run side by side", () => {
  it.each([["reset", reset] as const, ["stopWhenIdle", stopWhenIdle()] as const])(
    "leaves it behind the casts that they are at, however long those take: %s",
    async (_name, policy) => {
      const { box, time, end, log } = await bootServer(policy)
      for (const name of ["a", "b"]) box.cast.note(name)
      await time.settle()
      const released = watch(box.release())
      await time.advance(60_000)
      await end("b")
      expect([released.state, log]).toEqual(["pending", ["b"]])
      await end("a")
      await time.settle()
      expect([released.state, log]).toEqual(["fulfilled", ["b", "a", "left", "ended"]])
    },
  )

  it("waits for nobody else's, and for no answer that is owed", async () => {
    const { box, acquire, time, end, log } = await bootServer(keep)
    const other = await acquire()
    other.cast.note("other")
    const answer = watch(box.call.ask("a"))
    await time.settle()
    expect(await box.release()).toBe(true)
    expect([answer.state, log]).toEqual(["pending", ["left"]])
    await end("a", "other")
    expect(answer.value).toBe("a")
  })

  it("lets others be served meanwhile", async () => {
    const { box, acquire, time, end } = await bootServer(refuse)
    const other = await acquire()
    box.cast.note("a")
    await time.settle()
    const released = watch(box.release())
    expect(await other.call.echo("b")).toBe("b")
    expect(released.state).toBe("pending")
    await end("a")
    expect(released.value).toBe(false)
    box.cast.note("c")
    await time.settle()
    const again = watch(box.release())
    await time.settle()
    expect(again.state).toBe("pending")
    await end("c")
    expect(again.value).toBe(false)
  })

  it("has left when it crashes, is killed, stops or drains; who ran is told before its end, but for a kill", async () => {
    for (const how of ["crash", "kill", "stop", "drain"]) {
      const { box, runtime, time, end, log, pid, crash } = await bootServer(keep)
      const root = await runtime.acquire("root")
      for (const name of ["a", "b"]) box.cast.note(name)
      await time.settle()
      const released = watch(box.release())
      await time.settle()
      expect(released.state).toBe("pending")
      if (how === "crash") crash("a")
      else if (how === "kill") runtime.exit(pid() as Pid, "kill")
      else void root.terminateChild("app:s", { drain: how === "drain" })
      await time.settle()
      // What is cut short holds nobody up, though its handler still waits.
      if (how === "crash" || how === "kill") expect([how, released.value]).toEqual([how, true])
      await end("a", "b")
      await time.advance(60_000)
      expect([how, released.value]).toEqual([how, true])
      const told = { crash: ["left", "ended"], kill: [], stop: ["a", "b", "left", "ended"], drain: ["a", "b", "left", "ended"] }[how]
      expect([how, log.filter((line) => how !== "kill" && (how !== "crash" || line.length > 1))]).toEqual([how, told])
    }
  })

  it("has left when the server begins to stop for good: the cast may wait for that", async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const waiting = server({ init: () => ({}), concurrency: 2, cast: { note: () => promise } })
    const { runtime, time } = await bootApp({ "app:s": child(waiting, { shutdown: "infinity" }) })
    const box = await runtime.acquire("app:s")
    box.cast.note()
    await time.settle()
    void box.release().then(() => resolve())
    await time.settle()
    const stopped = watch((await runtime.acquire("root")).terminateChild("app:s"))
    await time.settle()
    expect(stopped.state).toBe("fulfilled")
    await runtime.stop()
  })
})
