/** The address of whoever is registered under a key. */

import { beforeEach, describe, expect, it } from "vitest"
import {
  actor,
  child,
  type DynamicSupervisorMailbox,
  dynamicSupervisor,
  Invalid,
  PermissionDenied,
  type Pid,
  registry,
  type ServerSelf,
  server,
  Unavailable,
} from "../../src/index.ts"
import { bootApp, type TestApp } from "../support/app.ts"
import { refusalOf } from "../support/refusal.ts"

const room = server({
  init: (name: string, self: ServerSelf) => {
    self.registry(rooms).register(name)
    return { name, posts: [] as string[] }
  },
  call: {
    post: ({ posts }, text: string) => posts.push(text),
    crash: () => {
      throw new Error("crashed")
    },
  },
  cast: { note: ({ posts }, text: string) => void posts.push(text) },
  info: (_state, message) => ({ heard: message }),
})
const rooms = registry<undefined, typeof room>({ keys: "unique" })

let app: TestApp<{ readonly "app:rooms": DynamicSupervisorMailbox }>
beforeEach(async () => {
  app = await bootApp({ "app:rooms": dynamicSupervisor() })
})

const open = async (name: string) => (await app.runtime.acquire("app:rooms")).startChild(child(room, { argument: name }))

describe("via", () => {
  it("calls, casts, tells and asks whoever is registered", async () => {
    const pid = await open("lobby")
    const lobby = app.runtime.via(rooms, "lobby")
    expect(await lobby.call.post("one")).toBe(1)
    expect(lobby.cast.note("two")).toBe(true)
    expect(await lobby.call.post("three")).toBe(3)
    expect(lobby.tell("hello")).toBe(true)
    expect(await lobby.ask("hi")).toEqual({ heard: "hi" })
    expect([lobby.pid, lobby.key, String(lobby)]).toEqual([pid, "lobby", "via(lobby)"])
  })

  it("outlives restarts: each message looks for its receiver anew", async () => {
    const first = await open("lobby")
    const lobby = app.runtime.via(rooms, "lobby")
    await expect(lobby.call.crash()).rejects.toThrow("crashed")
    await app.time.settle()
    expect(await lobby.call.post("again")).toBe(1)
    expect(lobby.pid).not.toBe(first)
  })

  it("is Unavailable, and worth a retry, where nobody is registered", async () => {
    const nowhere = app.runtime.via(rooms, "nowhere")
    const letters: unknown[] = []
    app.runtime.inspect((event) => event.type === "dead_letter" && letters.push(event))
    for (const asked of [nowhere.call.post("x"), nowhere.ask("x")])
      expect(await refusalOf(asked)).toMatchObject({ _tag: "Unavailable", retryable: true, details: { key: "nowhere" } })
    expect([nowhere.cast.note("secret"), nowhere.tell("secret"), nowhere.pid]).toEqual([false, false, undefined])
    expect(letters).toMatchObject([1, 2].map(() => ({ target: "via(nowhere)", cause: "unavailable", message: { sort: "a string" } })))
  })

  it("refuses wrong options, whether or not somebody is registered", async () => {
    await open("lobby")
    for (const key of ["lobby", "nowhere"]) {
      const room = app.runtime.via(rooms, key)
      for (const [field, options] of [["timeoutMs", { timeoutMs: -1 }] as const, ["signal", { signal: {} as AbortSignal }] as const]) {
        expect(await refusalOf(room.call.post("x", options))).toMatchObject({ _tag: "Invalid", details: { field } })
      }
    }
  })

  it("is worth a retry while the one that is registered ends", async () => {
    const slow = server({
      init: () => ({}),
      call: { echo: (_state, text: string) => text },
      terminate: () => ended.promise,
    })
    const ended = Promise.withResolvers<void>()
    const plain = registry<undefined, typeof slow>({ keys: "unique" })
    const pid = app.runtime.spawn(slow)
    app.runtime.registry(plain).register(pid, "slow")
    await app.time.settle()
    void app.runtime.stopProcess(pid)
    await app.time.settle()
    expect(await refusalOf(app.runtime.via(plain, "slow").call.echo("x"))).toMatchObject({ _tag: "Unavailable", retryable: true })
    ended.resolve()
  })

  it("refuses a name that the receiver does not have, and hands nothing of it over", async () => {
    const lobby = app.runtime.via(rooms, "lobby") as unknown as {
      call: Record<string, () => Promise<unknown>>
      cast: Record<string, (text: string) => boolean>
    }
    await open("lobby")
    const asked = lobby.call.leave?.()
    expect(await refusalOf(asked as Promise<unknown>)).toMatchObject({ _tag: "Invalid", details: { field: "call.leave" } })
    expect(lobby.cast.leave?.("x")).toBe(false)
    // A promise that is given it must not post anything.
    expect(await Promise.resolve(lobby.call)).toBe(lobby.call)
  })

  it("follows a code change: the names are those that the receiver has when it is called", async () => {
    await open("lobby")
    const lobby = app.runtime.via(rooms, "lobby")
    const next = server({ init: () => ({}), call: { post: (_state, text: string) => `new ${text}` } })
    await app.runtime.sys.changeCode(lobby.pid as Pid, next, { migrate: () => ({}) })
    expect(await lobby.call.post("x")).toBe("new x")
  })

  it("gives no right that the pid would not give: a service answers its mailbox alone", async () => {
    const shy = await bootApp({ "app:shy": server({ init: () => ({}), call: { tell: () => "secret" } }) })
    const names = registry<undefined>({ keys: "unique" })
    shy.runtime.registry(names).register(shy.runtime.whereis("app:shy") as never, "shy")
    const via = shy.runtime.via(names, "shy") as unknown as { call: { tell(): Promise<unknown>; guess(): Promise<unknown> } }
    await expect(via.call.tell()).rejects.toThrow(PermissionDenied)
    await expect(via.call.guess()).rejects.toThrow(PermissionDenied)
    await shy.runtime.stop()
  })

  it("refuses a registry whose keys are not unique, what is no registry, and what is no key", async () => {
    expect(() => app.runtime.via(registry({ keys: "duplicate" }), "x")).toThrow(Invalid)
    expect(() => app.runtime.via({} as never, "x")).toThrow(Invalid)
    expect(() => app.runtime.via(rooms, "")).toThrow(Invalid)
    expect(() => app.runtime.as({ id: "user:1" }).via(rooms, "")).toThrow(Invalid)
  })
})

describe("self.via", () => {
  it("posts as its process: in its name, and never to itself", async () => {
    await open("lobby")
    const heard: unknown[] = []
    const caller = actor(async (self) => {
      const own = registry<undefined>({ keys: "unique" })
      self.registry(own).register("me")
      heard.push(await self.via(rooms, "lobby").call.post("from a process"))
      heard.push(await refusalOf(self.via(own, "me").ask("x")))
      heard.push(self.via(own, "me").tell("to myself"), await self.receive())
    })
    await app.runtime.whenEnded(app.runtime.spawn(caller))
    expect(heard).toMatchObject([1, { _tag: "Conflict" }, true, "to myself"])
  })

  it("posts nothing for a process that has ended", async () => {
    await open("lobby")
    let late: { tell: () => unknown; ask: () => Promise<unknown> } | undefined
    const dead = actor(async (self) => {
      const lobby = self.via(rooms, "lobby")
      late = { tell: () => lobby.tell("x"), ask: () => lobby.call.post("x") }
    })
    await app.runtime.whenEnded(app.runtime.spawn(dead))
    expect(() => late?.tell()).toThrow(Unavailable)
    await expect(late?.ask()).rejects.toThrow(Unavailable)
  })
})
