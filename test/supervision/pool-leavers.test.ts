/** Pools: who gives a mailbox back while jobs of theirs wait or are at work (promise 10). */

import { describe, expect, it, onTestFinished } from "vitest"
import {
  type ChildExtras,
  child,
  type DetachPolicy,
  keep,
  type Pid,
  type PoolMailbox,
  type PoolSettings,
  pool,
  refuse,
  reset,
  type ServerSelf,
  server,
  stopWhenIdle,
} from "../../actors/index.ts"
import { bootApp } from "../support/app.ts"
import { stopConserved } from "../support/conserved-stop.ts"

type Box = PoolMailbox<{ ask: (name: string) => Promise<string> }, { note: (name: string) => Promise<string> }>

/** What each job does; by default it waits until it is told to end. */
type Work = (name: string, self: ServerSelf) => PromiseLike<string> | string

async function bootPool(
  settings: Partial<PoolSettings>,
  onDetach: DetachPolicy,
  extras: ChildExtras = {},
  special: Record<string, Work> = {},
) {
  const [begun, done]: [string[], string[]] = [[], []]
  const works = new Map<string, PromiseWithResolvers<string>>()
  const job = async (_: object, name: string, self: ServerSelf): Promise<string> => {
    begun.push(name)
    const work = Promise.withResolvers<string>()
    works.set(name, work)
    const result = await (special[name] === undefined ? work.promise : special[name](name, self))
    done.push(name)
    return result
  }
  const worker = child(server({ init: () => ({}), call: { ask: job }, cast: { note: job } }), extras)
  const app = await bootApp({ "app:pool": child(pool(worker, { size: 2, ...settings }), { onDetach }) })
  const acquire = (): Promise<Box> => app.runtime.acquire("app:pool") as unknown as Promise<Box>
  const settle = (): Promise<void> => app.time.settle()
  const end = async (...names: string[]): Promise<void> => {
    for (const name of names) {
      works.get(name)?.resolve(`${name} done`)
      await settle()
    }
  }
  const crash = async (name: string): Promise<void> => {
    works.get(name)?.reject(new Error("crash"))
    await settle()
  }
  /** Whether it has come, and what it gave. */
  const watch = <T>(promise: Promise<T>): { value: T | undefined } => {
    const seen: { value: T | undefined } = { value: undefined }
    void promise.then((value) => (seen.value = value))
    return seen
  }
  /** Kills the pool, which is started anew. */
  const kill = (): void => {
    const pid = app.runtime.tree().children.find(({ id }) => id === "app:pool")?.pid
    app.runtime.exit(pid as Pid, "kill")
  }
  const isUp = (): boolean => app.runtime.whereis("app:pool#0") !== undefined
  onTestFinished(() => stopConserved(app))
  await settle()
  return { ...app, acquire, settle, end, crash, watch, isUp, kill, begun, done, box: await acquire() }
}

const whenIdle = stopWhenIdle({ lingerMs: 0 })

describe("who leaves a pool", () => {
  it("leaves it behind the cast that a worker is at, however long that takes", async () => {
    const { box, time, settle, watch, end, isUp, done } = await bootPool({}, whenIdle)
    box.cast.note("a")
    await settle()
    const released = watch(box.release())
    await time.advance(60_000)
    expect([released.value, isUp()]).toEqual([undefined, true])
    await end("a")
    await settle()
    expect([released.value, isUp(), done]).toEqual([true, false, ["a"]])
  })

  it("leaves it behind all casts that workers are at, and not behind those of others", async () => {
    const { box, acquire, settle, watch, end } = await bootPool({ size: 3 }, keep)
    const other = await acquire()
    other.cast.note("other")
    for (const name of ["a", "b"]) box.cast.note(name)
    await settle()
    const released = watch(box.release())
    await end("a")
    expect(released.value).toBe(undefined)
    await end("b")
    expect(released.value).toBe(true)
    const second = watch(other.release())
    await settle()
    expect(second.value).toBe(undefined)
    await end("other")
    expect(second.value).toBe(true)
  })

  it("leaves it behind a call that no worker has begun", async () => {
    const { box, runtime, settle, watch, end, begun } = await bootPool({ size: 1 }, reset)
    const pid = runtime.whereis("app:pool#0")
    await runtime.sys.suspend(pid as Pid)
    const answer = watch(box.call.ask("a"))
    const released = watch(box.release())
    await settle()
    expect([released.value, begun]).toEqual([undefined, []])
    await runtime.sys.resume(pid as Pid)
    await settle()
    expect(begun).toEqual(["a"])
    await end("a")
    await settle()
    expect([answer.value, released.value]).toEqual(["a done", true])
    expect(runtime.whereis("app:pool#0")).not.toBe(pid)
  })

  it("leaves it once its call is begun, which may have waited for its worker's turn", async () => {
    const { box, runtime, settle, watch, end, begun } = await bootPool({ size: 1 }, keep)
    const pid = runtime.whereis("app:pool#0") as Pid
    await runtime.sys.suspend(pid)
    const answer = watch(box.call.ask("a"))
    const released = watch(box.release())
    await settle()
    expect(released.value).toBe(undefined)
    await runtime.sys.resume(pid)
    await settle()
    expect([released.value, begun, answer.value]).toEqual([true, ["a"], undefined])
    await end("a")
    expect(answer.value).toBe("a done")
  })

  it("does not wait for the end of a call that is at work: what is owed keeps the pool from being idle", async () => {
    const { box, time, settle, watch, end, isUp } = await bootPool({}, whenIdle)
    const answer = watch(box.call.ask("a"))
    await settle()
    expect(await box.release()).toBe(true)
    await time.advance(4000)
    expect(isUp()).toBe(true)
    await end("a")
    await settle()
    expect([answer.value, isUp()]).toEqual(["a done", false])
  })

  it("leaves it behind what waits and what is then at work, with a queue that takes none too", async () => {
    for (const queue of [0, 5]) {
      const { box, acquire, settle, watch, end, done } = await bootPool({ size: 2, queue }, whenIdle)
      const names = queue === 0 ? ["a", "b"] : ["a", "b", "c"]
      for (const name of names) expect(box.cast.note(name)).toBe(true)
      const released = watch(box.release())
      const other = await acquire()
      await settle()
      await end("b")
      // A detach that waits takes no room, and no worker.
      if (queue === 0) expect(other.cast.note("other")).toBe(true)
      await end("a", "c")
      expect([released.value, done]).toEqual([true, queue === 0 ? ["b", "a"] : ["b", "a", "c"]])
      await end("other")
      expect(done.length).toBe(3)
    }
  })

  it("stays where its policy keeps it, once its jobs are done, and leaves anew behind later ones", async () => {
    const { box, settle, watch, end } = await bootPool({}, refuse)
    for (const name of ["a", "b"]) {
      box.cast.note(name)
      await settle()
      const released = watch(box.release())
      await settle()
      expect(released.value).toBe(undefined)
      await end(name)
      expect(released.value).toBe(false)
    }
  })
})

describe("a detach that waits for a job comes", () => {
  it("when its worker crashes, or is killed", async () => {
    for (const how of ["crash", "kill"]) {
      const { box, runtime, time, settle, watch, crash } = await bootPool({ size: 1 }, keep)
      box.cast.note("a")
      await settle()
      const released = watch(box.release())
      await settle()
      expect(released.value).toBe(undefined)
      if (how === "crash") await crash("a")
      else runtime.exit(runtime.whereis("app:pool#0") as never, "kill")
      await time.advance(10_000)
      expect(released.value).toBe(true)
    }
  })

  it("when its worker has ended that stops in the middle of it, and not before", async () => {
    const gate = Promise.withResolvers<string>()
    const stops: Work = (_name, self) => {
      self.stop()
      return gate.promise
    }
    const { box, time, settle, watch, done } = await bootPool({ size: 1 }, keep, {}, { a: stops })
    box.cast.note("a")
    await settle()
    const released = watch(box.release())
    await settle()
    expect(released.value).toBe(undefined)
    gate.resolve("over")
    await time.advance(1000)
    expect([released.value, done]).toEqual([true, ["a"]])
  })

  it("when the pool is stopped, is drained, or is killed", async () => {
    for (const how of ["stop", "kill", "drain"]) {
      const { box, runtime, time, settle, watch, kill } = await bootPool({ size: 1 }, keep)
      const root = await runtime.acquire("root")
      box.cast.note("a")
      await settle()
      const released = watch(box.release())
      await settle()
      expect(released.value).toBe(undefined)
      if (how === "kill") kill()
      else void root.terminateChild("app:pool", { drain: how === "drain" })
      await time.advance(60_000)
      expect(released.value).toBe(true)
    }
  })

  it("when the pool begins to stop: who leaves may be waited for by the job", async () => {
    const gate = Promise.withResolvers<string>()
    const { box, runtime, settle, watch } = await bootPool({ size: 1 }, keep, { shutdown: "infinity" }, { a: () => gate.promise })
    box.cast.note("a")
    await settle()
    const released = box.release()
    void released.then(() => gate.resolve("left"))
    const root = await runtime.acquire("root")
    const stopped = watch(root.terminateChild("app:pool").then(() => true))
    await settle()
    expect(stopped.value).toBe(true)
  })

  it("when the pool is killed, though its workers have all the time they want to stop", async () => {
    const gate = Promise.withResolvers<void>()
    const slow = server({ init: () => ({}), cast: { note: () => gate.promise }, terminate: () => gate.promise })
    const { runtime, time } = await bootApp({ "app:pool": pool(child(slow, { shutdown: "infinity" }), { size: 1 }) })
    const box = await runtime.acquire("app:pool")
    box.cast.note()
    await time.settle()
    let released: boolean | undefined
    void box.release().then((value) => (released = value))
    await time.settle()
    expect(released).toBe(undefined)
    runtime.exit(runtime.tree().children.find(({ id }) => id === "app:pool")?.pid as Pid, "kill")
    await time.settle()
    expect(released).toBe(true)
    gate.resolve()
    await time.settle()
    await runtime.stop()
  })

  it("when the pool is restarted with what waits", async () => {
    const { box, time, settle, watch, end, kill, done } = await bootPool({ size: 1 }, keep)
    for (const name of ["a", "b"]) box.cast.note(name)
    await settle()
    const released = watch(box.release())
    kill()
    await time.advance(10_000)
    expect(released.value).toBe(undefined)
    await end("b")
    expect([released.value, done]).toEqual([true, ["b"]])
  })

  it("when its caller dies: what it had posted is served, and then it is gone", async () => {
    const { runtime, box, settle, end, events, done } = await bootPool({ size: 1 }, keep)
    const caller = server({
      init: async (_: undefined, self: ServerSelf) => {
        const own = (await self.acquire("app:pool")) as unknown as Box
        own.cast.note("a")
        return own
      },
    })
    const pid = runtime.spawn(caller)
    await settle()
    runtime.exit(pid, "kill")
    await settle()
    const detached = (): number => events.filter(({ type }) => type === "detached").length
    expect(detached()).toBe(0)
    await end("a")
    expect([detached(), done]).toEqual([1, ["a"]])
    await box.release()
  })
})

describe("a worker that holds its own pool's mailbox", () => {
  /** Acquires it, posts `names`, and gives it back, all within one job. */
  const visits =
    (...names: string[]): Work =>
    async (_name, self) => {
      const own = (await self.acquire("app:pool")) as unknown as Box
      for (const name of names) own.cast.note(name)
      return String(await own.release())
    }

  it("gives it back within its job", async () => {
    const { box, settle, watch } = await bootPool({ size: 1 }, keep, {}, { visit: visits() })
    const answer = watch(box.call.ask("visit"))
    await settle()
    expect(answer.value).toBe("true")
  })

  it("does not wait for itself: not for the job that it is at, nor for what only it could come to", async () => {
    const special: Record<string, Work> = {
      visit: visits("next"),
      again: async (_name, self) => {
        const own = (await self.acquire("app:pool")) as unknown as Box
        kept = own
        own.cast.note("leaves")
        return "kept"
      },
      leaves: async () => String(await kept?.release()),
    }
    let kept: Box | undefined
    const { box, settle, watch, end, done } = await bootPool({ size: 1 }, keep, {}, special)
    const answer = watch(box.call.ask("visit"))
    await settle()
    expect(answer.value).toBe("true")
    await end("next")
    await box.call.ask("again")
    await settle()
    expect(done).toEqual(["visit", "next", "again", "leaves"])
  })

  it("does not wait for the job in which it gives back the mailbox that this was posted by", async () => {
    let left: boolean | undefined
    const leaves: Work = async () => {
      left = await box.release()
      return "left"
    }
    const { box, settle, done } = await bootPool({ size: 2 }, keep, {}, { leaves })
    box.cast.note("leaves")
    await settle()
    expect([left, done]).toEqual([true, ["leaves"]])
  })

  it("does not wait for itself where all workers do the same; where another one can come to it, that does", async () => {
    const { box, settle, watch, end, done } = await bootPool({ size: 2 }, keep, {}, { v1: visits("x"), v2: visits("y") })
    const [first, second] = [watch(box.call.ask("v1")), watch(box.call.ask("v2"))]
    await settle()
    await end("x", "y")
    await end("x", "y")
    expect([first.value, second.value, done.toSorted()]).toEqual(["true", "true", ["v1", "v2", "x", "y"]])
    const third = watch(box.call.ask("v1"))
    await settle()
    expect(third.value).toBe(undefined)
    await end("x")
    expect(third.value).toBe("true")
  })
})
