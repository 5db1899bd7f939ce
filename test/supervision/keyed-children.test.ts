/** Children of a dynamic supervisor that are looked up by a key, or started. */

import { afterEach, beforeEach, describe, expect, it } from "vitest"
import {
  actor,
  type ChildExtras,
  child,
  DynamicSupervisorMailbox,
  dynamicSupervisor,
  Invalid,
  PermissionDenied,
  type Pid,
  type ProcessSelf,
  registry,
  server,
} from "../../src/index.ts"
import { bootApp, type TestApp } from "../support/app.ts"
import { refusalOf } from "../support/refusal.ts"

/** What a start does, one after the other; the last one for all that follow. */
let starts: (() => unknown)[]
let started: number
/** What an end waits for. */
let ending: PromiseWithResolvers<void> | undefined

const room = server({
  init: () => {
    const start = starts[Math.min(started, starts.length - 1)]
    started += 1
    return Promise.resolve(start?.()).then(() => ({ posts: 0 }))
  },
  call: {
    post: (state) => (state.posts += 1),
    crash: () => {
      throw new Error("crashed")
    },
  },
  terminate: () => ending?.promise,
})
const rooms = registry<undefined, typeof room>({ keys: "unique" })

const fails = (): never => {
  throw new Error("no room")
}

let app: TestApp<{ readonly "app:rooms": DynamicSupervisorMailbox }>
let supervisor: DynamicSupervisorMailbox

beforeEach(async () => {
  starts = [() => {}]
  started = 0
  ending = undefined
  app = await bootApp({ "app:rooms": dynamicSupervisor({ intensity: 5, maxChildren: 3 }) })
  supervisor = await app.runtime.acquire("app:rooms")
})

afterEach(async () => {
  ending?.resolve()
  const stopped = app.runtime.stop()
  await app.time.advance(30_000)
  await stopped
  expect(app.runtime.registry(rooms).count).toBe(0)
})

type Room = Awaited<ReturnType<typeof open>>

const open = (extras: ChildExtras = {}, key = "lobby") => supervisor.lookUpOrStart(rooms, key, child(room, extras))
const many = (extras: ChildExtras = {}): Promise<Room>[] => Array.from({ length: 10 }, () => open(extras))

/** All of them are given one and the same, and it lives. */
async function expectOne(asked: Promise<Room>[]): Promise<Room> {
  const [first, ...others] = await Promise.all(asked)
  expect(new Set(others)).toEqual(new Set([first]))
  expect(await first?.call.post()).toBe(1)
  expect((await supervisor.countChildren()).active).toBe(1)
  return first as Room
}

describe("lookUpOrStart", () => {
  it("starts one child for ten callers at once, and gives it to all of them", async () => {
    const pid = await expectOne(many())
    expect([started, app.runtime.via(rooms, "lobby").pid]).toEqual([1, pid])
  })

  it("gives whoever is registered, though somebody else has started it", async () => {
    const pid = app.runtime.spawn(room)
    app.runtime.registry(rooms).register(pid, "lobby")
    expect(new Set(await Promise.all(many()))).toEqual(new Set([pid]))
    expect((await supervisor.countChildren()).specs).toBe(0)
  })

  it("waits for one that somebody else has started to start, and starts its own where that fails", async () => {
    const gate = Promise.withResolvers<void>()
    starts = [() => gate.promise, () => {}]
    app.runtime.registry(rooms).register(app.runtime.spawn(room), "lobby")
    await app.time.settle()
    const asked = many()
    await app.time.settle()
    expect(started).toBe(1)
    gate.reject(new Error("no room"))
    await expectOne(asked)
    expect(started).toBe(2)
  })

  it("starts children of different keys at once", async () => {
    const [one, other] = await Promise.all([open({}, "one"), open({}, "other")])
    expect(one).not.toBe(other)
    expect([app.runtime.via(rooms, "one").pid, app.runtime.via(rooms, "other").pid]).toEqual([one, other])
  })

  it("tells all who wait why the first start has failed, and starts anew when it is asked again", async () => {
    starts = [fails, () => {}]
    const refusals = await Promise.all(many().map(refusalOf))
    for (const refusal of refusals) expect(refusal).toMatchObject({ _tag: "Unavailable", cause: new Error("no room") })
    expect([started, app.runtime.registry(rooms).count]).toEqual([1, 0])
    await expectOne(many())
  })

  it("has a restarted child registered under its key again, with what was said", async () => {
    const topics = registry<string, typeof room>({ keys: "unique" })
    const first = await supervisor.lookUpOrStart(topics, "news", room, { value: "v" })
    await refusalOf(first.call.crash())
    await app.time.settle()
    const [entry] = app.runtime.registry(topics).lookup("news")
    expect(entry).toMatchObject({ value: "v" })
    expect(entry?.pid).not.toBe(first)
    expect(await supervisor.lookUpOrStart(topics, "news", room, { value: "w" })).toBe(entry?.pid)
  })

  it("waits while the present one crashes: one that ends takes nothing any more", async () => {
    const first = await open()
    ending = Promise.withResolvers<void>()
    const crashed = refusalOf(first.call.crash())
    const asked = many()
    await crashed
    await app.time.settle()
    ending.resolve()
    ending = undefined
    expect(await expectOne(asked)).not.toBe(first)
    expect(started).toBe(2)
  })

  it("waits while the present one backs off, through restarts that fail", async () => {
    const first = await open({ backoff: { initialMs: 100, jitter: 0 } })
    starts = [() => {}, fails, () => {}]
    await refusalOf(first.call.crash())
    const asked = many()
    await app.time.advance(10_000)
    expect(await expectOne(asked)).not.toBe(first)
    expect(started).toBe(3)
  })

  it("tells all who wait why the supervisor has given up on it", async () => {
    const first = await open()
    starts = [fails]
    await refusalOf(first.call.crash())
    const asked = Promise.all(many().map(refusalOf))
    await app.time.advance(10_000)
    for (const refusal of await asked) expect(refusal._tag).toBe("Unavailable")
    for (const refusal of await asked) expect(refusal.cause).toEqual(new Error("no room"))
  })

  it("tells nobody on what the present one has crashed, where its supervisor gives up with that", async () => {
    const strict = await bootApp({ "app:few": dynamicSupervisor({ intensity: 0 }) })
    const few = await strict.runtime.acquire("app:few")
    const first = await few.lookUpOrStart(rooms, "lobby", child(room))
    const crashed = refusalOf(first.call.crash())
    const refusal = await refusalOf(few.lookUpOrStart(rooms, "lobby", child(room)))
    expect(await crashed).toMatchObject({ cause: new Error("crashed") })
    expect(refusal).toMatchObject({ _tag: "Unavailable", message: expect.stringContaining("it crashed") })
    expect([refusal.message, refusal.cause, refusal.details]).toEqual([
      expect.not.stringContaining("Error"),
      undefined,
      { supervisor: "app:few", child: "app:few.1", reason: { error: undefined } },
    ])
  })

  it("waits for the end of one that is being terminated, and starts another", async () => {
    const first = await open()
    ending = Promise.withResolvers<void>()
    const terminated = supervisor.terminateChild(first)
    await app.time.settle()
    const asked = many()
    await app.time.settle()
    expect(started).toBe(1)
    ending.resolve()
    ending = undefined
    await terminated
    expect(await expectOne(asked)).not.toBe(first)
  })

  it("starts another once a temporary child has ended", async () => {
    const first = await open({ restart: "temporary" })
    await refusalOf(first.call.crash())
    expect(await open({ restart: "temporary" })).not.toBe(first)
  })

  it("does not start one again whose key is another's by then: its supervisor need not fail for that", async () => {
    const first = await open({ backoff: { initialMs: 100, jitter: 0 } })
    await refusalOf(first.call.crash())
    await app.time.settle()
    await refusalOf((app.runtime.via(rooms, "lobby").pid ?? first).call.crash())
    await app.time.settle()
    const other = app.runtime.spawn(room)
    app.runtime.registry(rooms).register(other, "lobby")
    await app.time.advance(10_000)
    expect([await open(), await supervisor.whichChildren()]).toEqual([other, []])
    expect(app.events.filter(({ type }) => type === "gave_up")).toEqual([])
  })

  it("gives nobody the address of one that ends as soon as it has started", async () => {
    const brief = actor(() => {})
    const briefly = registry<undefined, typeof brief>({ keys: "unique" })
    const refusal = await refusalOf(supervisor.lookUpOrStart(briefly, "x", child(brief, { restart: "temporary" })))
    expect(refusal._tag).toBe("Unavailable")
    expect((await supervisor.countChildren()).specs).toBe(0)
  })

  it("starts another where the one of that key has given the key back", async () => {
    const first = await open()
    app.runtime.registry(rooms).unregister(first, "lobby")
    expect(await open()).not.toBe(first)
    expect((await supervisor.countChildren()).active).toBe(2)
  })

  it("refuses one that could only wait for itself: it asks for its own key while it starts, or ends", async () => {
    const heard: unknown[] = []
    const own = registry<undefined>({ keys: "unique" })
    const selfish = server({
      init: async (_: undefined, self) => {
        const box = await self.acquire("app:rooms", { as: DynamicSupervisorMailbox })
        heard.push((await refusalOf(box.lookUpOrStart(own, "me", room)))._tag)
        return { box }
      },
      terminate: async ({ box }) => {
        heard.push((await refusalOf(box.lookUpOrStart(own, "me", room)))._tag)
      },
    })
    const pid = await supervisor.lookUpOrStart(own, "me", selfish)
    await supervisor.terminateChild(pid)
    expect(heard).toEqual(["Conflict", "Conflict"])
    expect(started).toBe(0)
  })

  it("refuses one of two that end and look each other up: neither waits for a time limit", async () => {
    const own = registry<undefined>({ keys: "unique" })
    const heard: string[] = []
    const other = { a: "b", b: "a" }
    const peer = server({
      init: async (me: "a" | "b", self) => ({ me, box: await self.acquire("app:rooms", { as: DynamicSupervisorMailbox }) }),
      terminate: async ({ me, box }) => {
        await box.lookUpOrStart(own, other[me], room).then(
          () => heard.push("found"),
          (error) => heard.push(error._tag),
        )
      },
    })
    const pids = await Promise.all((["a", "b"] as const).map((me) => supervisor.lookUpOrStart(own, me, child(peer, { argument: me }))))
    await Promise.all(pids.map((pid) => supervisor.terminateChild(pid)))
    expect(heard).toEqual(["Conflict", "found"])
  })

  it("refuses one of two that start and look each other up, also under different supervisors; a task waits for its owner", async () => {
    const own = registry<undefined>({ keys: "unique" })
    const others = await app.runtime.acquire("root")
    await others.startChild("app:others", dynamicSupervisor())
    const heard: string[] = []
    const open = async (self: Pick<ProcessSelf<unknown>, "acquire">, key: string): Promise<string> => {
      const box = await self.acquire(key === "a" ? "app:rooms" : "app:others", { as: DynamicSupervisorMailbox })
      return box.lookUpOrStart(own, key, child(peer, { argument: key })).then(
        () => "found",
        (error) => error._tag,
      )
    }
    const peer = server({
      init: async (key: string, self): Promise<object> => {
        const looking = key === "c" ? self.async((task) => open(task, "c")).result() : open(self, key === "a" ? "b" : "a")
        heard.push(`${key}: ${await looking}`)
        return {}
      },
    })
    const starting = Promise.all([open(app.runtime, "a"), open(app.runtime, "c")])
    await app.time.settle()
    await starting
    expect(heard.toSorted()).toEqual(["a: found", "b: Conflict", "c: Conflict"])
  })

  it("forgets all of a child that is gone", async () => {
    for (let round = 0; round < 5; round += 1) await supervisor.terminateChild(await open())
    expect((await supervisor.countChildren()).specs).toBe(0)
    expect(app.runtime.registry(rooms).count).toBe(0)
  })

  it("respects maxChildren, and starts nothing in a supervisor that stops", async () => {
    await Promise.all(["a", "b", "c"].map((key) => open({}, key)))
    expect(await refusalOf(open({}, "d"))).toMatchObject({ _tag: "Unavailable", details: { maxChildren: 3 } })
    ending = Promise.withResolvers<void>()
    const terminated = refusalOf(supervisor.terminateChild(app.runtime.via(rooms, "a").pid as Pid))
    await app.time.settle()
    const asked = refusalOf(open({}, "a"))
    await app.time.settle()
    const stopped = app.runtime.stop()
    await app.time.settle()
    ending.resolve()
    ending = undefined
    await app.time.advance(10_000)
    await Promise.all([terminated, stopped])
    expect((await asked)._tag).toBe("Unavailable")
    expect(started).toBe(3)
  })

  it("takes the time that its caller allows", async () => {
    starts = [() => new Promise(() => {})]
    const asked = refusalOf(supervisor.lookUpOrStart(rooms, "lobby", room, { timeoutMs: 50 }))
    await app.time.advance(100)
    expect((await asked)._tag).toBe("Timeout")
  })

  it("refuses what is no registry with unique keys, what is no key, and what is no child, and starts nothing", async () => {
    const duplicate = registry<undefined, typeof room>({ keys: "duplicate" })
    for (const asked of [
      supervisor.lookUpOrStart(duplicate, "x", room),
      supervisor.lookUpOrStart({} as never, "x", room),
      supervisor.lookUpOrStart(rooms, "", room),
      supervisor.lookUpOrStart(rooms, "x", {} as never),
      supervisor.lookUpOrStart(rooms, "x", room, { valeu: 1 } as never),
    ])
      await expect(asked).rejects.toThrow(Invalid)
    expect(started).toBe(0)
  })

  it("is for a dynamic supervisor only, and needs permission to start a child, which may look at the key", async () => {
    const guarded = await bootApp(
      { "app:rooms": dynamicSupervisor() },
      {
        policies: [
          { actions: "*", resources: "*", effect: "allow" },
          {
            actions: "supervisor.startChild",
            resources: "*",
            effect: "deny",
            conditions: [{ field: "attributes.key", operator: "eq", value: "vault" }],
          },
        ],
      },
    )
    const box = await guarded.runtime.acquire("app:rooms")
    await expect(box.lookUpOrStart(rooms, "vault", room)).rejects.toThrow(PermissionDenied)
    expect(await box.lookUpOrStart(rooms, "lobby", room)).toBe(guarded.runtime.via(rooms, "lobby").pid)
    await guarded.runtime.stop()
  })
})
