/** Two copies of the package in one program: every door says of what the other copy made whose it is, or takes it as its own. */

import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { createActor, createMachine } from "xstate"
import * as ours from "../../actors/index.ts"
import * as testing from "../../src/testing.ts"
import * as xstate from "../../src/xstate.ts"

vi.resetModules()
const theirs = await import("../../actors/index.ts")
const theirXState = await import("../../src/xstate.ts")
const theirTesting = await import("../../src/testing.ts")

const silent = { log: () => {} }
const SENTENCE = /of another copy of pigeonhole: npm ls pigeonhole shows both$/

const echo = {
  init: () => ({}),
  call: { same: (_state: object, value: unknown) => value },
  cast: { act: () => {} },
}
const rooms = theirs.registry<number>({ keys: "unique" })
const theirServer = theirs.server(echo)
const machine = createMachine({ initial: "idle", states: { idle: { on: { GO: "gone" } }, gone: {} } })

interface OwnServices extends ours.RootService {
  readonly "app:cache": ours.StoreMailbox
  readonly "app:rooms": ours.DynamicSupervisorMailbox
}

let runtime: ours.Runtime<OwnServices>
let theirRuntime: ours.Runtime
let theirPid: ours.Pid
/** What a process of theirs and one of ours have been given: references, and messages. */
const given: { monitor?: ours.MonitorRef; group?: ours.GroupRef; registry?: ours.RegistryRef; messages: unknown[] } = { messages: [] }

beforeAll(async () => {
  const tree = { "app:cache": ours.store(), "app:rooms": ours.dynamicSupervisor() }
  runtime = await ours.start(tree, silent)
  theirRuntime = await theirs.start({}, silent)
  theirPid = theirRuntime.spawn(theirServer)
  const watched = theirRuntime.spawn(theirs.server({ init: () => ({}) }))
  const listener = theirs.actor<unknown>(async (self) => {
    self.trapExit(true)
    given.monitor = self.monitor(watched)
    given.group = self.groups.monitor("group").ref
    given.registry = self.registry(rooms).listen()
    self.link(watched)
    self.registry(rooms).register("lobby", 1)
    self.groups.join("group")
    self.exit(watched, "kill")
    while (given.messages.length < 4) given.messages.push(await self.receive())
  })
  await theirRuntime.whenEnded(theirRuntime.spawn(listener))
})
afterAll(async () => {
  await runtime.stop({ timeoutMs: 0 })
  await theirRuntime.stop({ timeoutMs: 0 })
})

/** What a call is refused with, thrown or rejected. */
async function refusal(call: () => unknown): Promise<Error> {
  try {
    await call()
  } catch (error) {
    return error as Error
  }
  throw new Error("expected a refusal")
}

/** Runs as a process of ours, and gives what it is refused with. */
function asProcess(call: (self: ours.ProcessSelf<unknown>) => unknown): Promise<Error> {
  return runtime.async((self) => refusal(() => call(self))).result()
}

type Door = readonly [door: string, call: () => unknown, field: string]

const DEFINITIONS: readonly Door[] = [
  ["start, a supervisor", () => ours.start(theirs.supervisor({ children: {} }), silent), "tree"],
  ["start, a dynamic supervisor", () => ours.start(theirs.dynamicSupervisor() as never, silent), "tree"],
  ["start, a definition", () => ours.start(theirServer as never, silent), "tree"],
  ["start, a child", () => ours.start({ "app:a": theirServer }, silent), 'children["app:a"]'],
  ["start, a store", () => ours.start({ "app:a": theirs.store() }, silent), 'children["app:a"]'],
  ["start, what child made", () => ours.start({ "app:a": theirs.child(theirServer) }, silent), 'children["app:a"]'],
  ["start, a supervisor below", () => ours.start({ a: theirs.supervisor({ children: {} }) }, silent), 'children["a"]'],
  ["start, a statechart", () => ours.start({ a: theirXState.statechart(machine) }, silent), 'children["a"]'],
  ["supervisor", () => ours.supervisor({ children: { "app:a": theirs.actor(async () => {}) } }), 'children["app:a"]'],
  ["supervisor, all of it", () => ours.supervisor({ children: theirs.supervisor({ children: {} }) as never }), "children"],
  ["child", () => ours.supervisor({ children: { "app:a": ours.child(theirServer) } }), "child"],
  ["partitionSupervisor", () => ours.partitionSupervisor({ child: theirServer, partitions: 2 }), "child"],
  ["startChild", async () => (await runtime.acquire("root")).startChild("app:b", theirServer), "child"],
  ["startChild without an id", async () => (await runtime.acquire("app:rooms")).startChild(theirServer), "child"],
  ["service", () => ours.service({ ...serviceOptions, server: theirServer }), "server"],
  ["ServerMailbox", () => new ours.ServerMailbox({} as ours.MailboxPort, theirServer), "definition"],
  ["spawn", () => runtime.spawn(theirServer), "definition"],
  ["spawn as somebody", () => runtime.as({ id: "alice" }).spawn(theirServer), "definition"],
  ["sys.changeCode", () => runtime.sys.changeCode(runtime.spawn(ours.server(echo)), theirServer), "definition"],
  ["registry", () => runtime.registry(rooms), "definition"],
  ["fromProcess", () => xstate.fromProcess(theirServer), "definition"],
  ["awaitMany", () => ours.awaitMany([theirRuntime.async(() => 1)]), "tasks[0]"],
]

const serviceOptions = {
  ...{ kind: "echo", argument: undefined, acquire: "echo.acquire", guards: {} },
  server: ours.server(echo),
  mailbox: (port: ours.MailboxPort): ours.Mailbox => new ours.ServerMailbox(port, ours.server(echo)),
}

describe("what another copy made is refused by name", () => {
  it.each(DEFINITIONS)("as a definition: %s", async (_door, call, field) => {
    const error = await refusal(call)
    expect(error).toBeInstanceOf(ours.Invalid)
    expect(error.message).toMatch(SENTENCE)
    expect((error as ours.Invalid).details.field).toBe(field)
  })

  it.each<Door>([
    ["tell", () => runtime.tell(theirPid, 1), "pid"],
    ["ask", () => runtime.ask(theirPid, 1), "pid"],
    ["exit", () => runtime.exit(theirPid, "kill"), "pid"],
    ["stopProcess", () => runtime.stopProcess(theirPid), "pid"],
    ["whenEnded", () => runtime.whenEnded(theirPid), "pid"],
    ["register", () => runtime.register("them", theirPid), "pid"],
    ["groups.join", () => runtime.groups.join("group", [theirPid]), "pids[0]"],
    ["groups.leave", () => runtime.groups.leave("group", theirPid), "pids"],
    ["registry.register", () => runtime.registry(ownRooms).register(theirPid, "lobby", 1), "pid"],
    ["registry.unregister", () => runtime.registry(ownRooms).unregister(theirPid, "lobby"), "pid"],
    ["registry.keys", () => runtime.registry(ownRooms).keys(theirPid), "pid"],
    ["sys.getState", () => runtime.sys.getState(theirPid), "target"],
    ["sys.suspend", () => runtime.sys.suspend(theirPid), "target"],
    ["sys.trace", () => runtime.sys.trace(theirPid, () => {}), "target"],
    ["sys.statistics", () => runtime.sys.statistics(theirPid), "target"],
    ["terminateChild", async () => (await runtime.acquire("app:rooms")).terminateChild(theirPid), "pid"],
  ])("as a pid: %s", async (_door, call, field) => {
    const error = await refusal(call)
    expect(error).toBeInstanceOf(ours.Invalid)
    expect(error.message).toMatch(/got a pid of another copy|is a pid of another copy/)
    expect(error.message).toMatch(SENTENCE)
    expect((error as ours.Invalid).details.field).toBe(field)
  })

  it.each<readonly [string, (self: ours.ProcessSelf<unknown>) => unknown]>([
    ["tell", (self) => self.tell(theirPid, 1)],
    ["ask", (self) => self.ask(theirPid, 1)],
    ["exit", (self) => self.exit(theirPid, "kill")],
    ["link", (self) => self.link(theirPid)],
    ["unlink", (self) => self.unlink(theirPid)],
    ["monitor", (self) => self.monitor(theirPid)],
    ["register", (self) => self.register("them", theirPid)],
    ["spawn", (self) => self.spawn(theirServer, undefined)],
    ["spawnLink", (self) => self.spawnLink(theirServer, undefined)],
    ["registry", (self) => self.registry(rooms)],
    ["demonitor", (self) => self.demonitor(given.monitor as ours.MonitorRef)],
    ["groups.demonitor", (self) => self.groups.demonitor(given.group as ours.GroupRef)],
    ["registry.unlisten", (self) => self.registry(ownRooms).unlisten(given.registry as ours.RegistryRef)],
    ["acquire", (self) => self.acquire("app:cache", { as: theirs.StoreMailbox })],
  ])("by a process: self.%s", async (_door, call) => {
    const error = await asProcess(call)
    expect(error).toBeInstanceOf(ours.Invalid)
    expect(error.message).toMatch(SENTENCE)
  })

  it("as a class of mailboxes", async () => {
    const error = await refusal(() => runtime.acquire("app:cache" as string, { as: theirs.StoreMailbox }))
    expect(error.message).toBe("as is a class of a mailbox of another copy of pigeonhole: npm ls pigeonhole shows both")
  })

  it("as a mailbox that a service gives", async () => {
    const mailbox = (port: ours.MailboxPort): ours.Mailbox => new theirs.ServerMailbox(port, theirServer)
    await using own = await ours.start({ "app:a": ours.service({ ...serviceOptions, mailbox }) }, silent)
    expect((await refusal(() => own.acquire("app:a"))).message).toMatch(SENTENCE)
  })

  it("as what an actor of XState's runs in", async () => {
    const seen: unknown[] = []
    const curious = createMachine({ entry: ({ self }) => seen.push(refusalBy(() => xstate.selfOf(self))) })
    await theirRuntime.spawn(theirXState.statechart(curious)).snapshot()
    expect(seen).toEqual([expect.objectContaining({ message: expect.stringMatching(SENTENCE) })])
    expect(refusalBy(() => xstate.selfOf(createActor(machine)))).toMatchObject({ message: expect.not.stringMatching(SENTENCE) })
  })
})

const ownRooms = ours.registry<number>({ keys: "unique" })

function refusalBy(call: () => unknown): unknown {
  try {
    return call()
  } catch (error) {
    return error
  }
}

/** What their copy lets a handler return. */
const OUTCOMES: readonly (readonly [string, () => unknown])[] = [
  ["failure", () => theirs.failure(new theirs.NotFound("gone"))],
  ["a Deferred", () => new theirs.Deferred(undefined)],
  ["a Stashed", () => new theirs.Stashed()],
]

describe.each(OUTCOMES)("an outcome of another copy, %s, is never taken for a value", (_name, make) => {
  const wrong = expect.objectContaining({ message: expect.stringMatching(SENTENCE) })

  it.each([
    ["a call", () => make()],
    ["a call that waits", async () => make()],
    ["a call that also defers", (_state: object, _none: undefined, self: ours.ServerSelf) => [self.defer(), make()][1]],
    ["a call that also stashes", (_state: object, _none: undefined, self: ours.ServerSelf) => [self.stash(), make()][1]],
  ])("crashes the server: %s", async (_where, handler) => {
    const pid = runtime.spawn(ours.server({ init: () => ({}), call: { act: handler } }))
    const ended = runtime.whenEnded(pid)
    expect(await refusal(() => pid.call.act())).toMatchObject({ _tag: "Internal", cause: wrong })
    expect(await ended).toEqual({ error: wrong })
  })

  it("crashes one with concurrency", async () => {
    const pid = runtime.spawn(ours.server({ init: () => ({}), concurrency: 2, call: { act: async () => make() } }))
    expect(await refusal(() => pid.call.act())).toMatchObject({ _tag: "Internal", cause: wrong })
  })

  it.each<readonly [string, Partial<ours.ServerOptions<object, undefined, object, object>>]>([
    ["init", { init: () => make() as object }],
    ["continue", { init: (_none, self) => [self.continue(undefined), {}][1] as object, continue: () => make() }],
    ["info", { info: () => make() }],
    ["idle", { idleTimeoutMs: 1, idle: () => make() }],
  ])("crashes the server: %s", async (_where, options) => {
    const pid = runtime.spawn(ours.server({ init: () => ({}), ...options } as ours.ServerOptions<object, undefined, object, object>))
    const ended = runtime.whenEnded(pid)
    runtime.tell(pid, "message")
    expect(await ended).toEqual({ error: wrong })
  })

  it("is refused in the place of a reply, and of a state", async () => {
    const kept: ours.Deferred<unknown>[] = []
    const act = (_state: object, _none: undefined, self: ours.ServerSelf): ours.Deferred<unknown> => {
      const deferred = self.defer<unknown>()
      kept.push(deferred)
      return deferred
    }
    const pid = runtime.spawn(ours.server({ init: () => ({}), call: { act } }))
    const answer = pid.call.act()
    await runtime.sys.getState(pid)
    expect(refusalBy(() => kept[0]?.reply(make()))).toEqual(wrong)
    expect(await refusal(() => runtime.sys.replaceState(pid, () => make()))).toEqual(wrong)
    expect(kept[0]?.reply("answer")).toBe(true)
    expect(await answer).toBe("answer")

    const seen: unknown[] = []
    const plain = ours.actor<unknown>(async (self) => {
      await self.receive()
      seen.push(refusalBy(() => self.reply(make())))
      self.reply("answer")
    })
    expect(await runtime.ask(runtime.spawn(plain), "question")).toBe("answer")
    expect(seen).toEqual([wrong])
  })
})

describe("a machine of another copy of XState", () => {
  it("is refused by name: what runs machines knows those of its own", () => {
    const likeOne = { getInitialSnapshot: () => {}, provide: () => {} } as never
    expect(refusalBy(() => xstate.statechart(likeOne))).toMatchObject({ message: expect.stringMatching(/npm ls xstate shows both$/) })
    for (const none of [undefined, null, {}, "machine"]) {
      expect(refusalBy(() => xstate.statechart(none as never))).toMatchObject({ message: expect.not.stringMatching(/npm ls/) })
    }
  })
})

describe("what both copies can use is used", () => {
  it("as a value: their pids and mailboxes may be sent about", async () => {
    const pid = runtime.spawn(ours.server(echo))
    expect(await pid.call.same(theirPid)).toBe(theirPid)
  })

  it("an error is an error of the same kind", async () => {
    const gone = new theirs.NotFound("gone", { details: { field: "id" }, retryable: true })
    const { error } = ours.failure(gone)
    expect(error).toBeInstanceOf(ours.NotFound)
    expect(error).toMatchObject({ message: "gone", retryable: true, details: { field: "id" }, cause: gone })
    for (const [name, made] of Object.entries(theirs)) {
      const isKind = typeof made === "function" && made.prototype instanceof theirs.PigeonholeError
      if (isKind) expect(ours.failure(new (made as typeof ours.Invalid)("said")).error).toMatchObject({ _tag: name, message: "said" })
    }
    const pid = runtime.spawn(ours.server({ init: () => ({}), call: { act: (_state, _none: undefined, self) => failing(self.defer()) } }))
    expect(await refusal(() => pid.call.act())).toBeInstanceOf(ours.NotFound)
    expect(pid.isAlive).toBe(true)

    function failing<Reply>(deferred: ours.Deferred<Reply>): ours.Deferred<Reply> {
      deferred.fail(gone)
      return deferred
    }
  })

  it("policies and scopes, detach policies, hosts and principals", async () => {
    const policies = [theirs.scope("reading", [{ effect: "allow" as const, actions: "*", resources: "*" }])]
    const cache = ours.child(ours.store(), { onDetach: theirs.stopWhenIdle() })
    await using own = await ours.start({ "app:cache": cache }, { ...silent, policies, host: theirTesting.virtualTime() })
    const reader = own.as({ id: "alice" }, { scopes: ["reading"] })
    expect(await (await reader.acquire("app:cache")).has("key")).toBe(false)
    expect(testing.virtualTime).not.toBe(theirTesting.virtualTime)
  })

  it("what a process is told", () => {
    const is = { DOWN: ours.isDown, EXIT: ours.isExit, GROUP: ours.isGroupChange, REGISTRY: ours.isRegistryChange }
    const types = given.messages.map((message) => (message as { type: keyof typeof is }).type)
    expect([...types].sort()).toEqual(["DOWN", "EXIT", "GROUP", "REGISTRY"])
    for (const message of given.messages) {
      const { type } = message as { type: keyof typeof is }
      for (const [other, tells] of Object.entries(is)) expect(tells(message), `${other} of ${type}`).toBe(other === type)
    }
    const change = given.messages.find(ours.isRegistryChange)
    expect(ours.isRegistryChange(change, rooms)).toBe(true)
    expect(ours.isRegistryChange(change, theirs.registry<number>({ keys: "unique" }))).toBe(false)
    expect(ours.isRegistryChange(change, ownRooms)).toBe(false)
  })
})
