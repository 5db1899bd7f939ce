/** A handler that goes on after the end of its process: what it asks of its `self`, all of it, method by method. */

import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { actor, isGroupChange, type Pid, ProcessSelf, registry, Self, ServerSelf, server, Unavailable } from "../../src/index.ts"
import { SelfGroups } from "../../src/process/self-groups.ts"
import { SelfRegistry } from "../../src/process/self-registry.ts"
import { bootApp } from "../support/app.ts"
import { refusalOf } from "../support/refusal.ts"
import { openStage, type Stage } from "../support/stage.ts"

/** What becomes of a method: it is refused; gives this and does nothing; or looks on as before. */
type Fate<S> = { readonly refused: (self: S) => unknown } | { readonly gives: unknown; readonly by: (self: S) => unknown } | "looks"

let stage: Stage
/** Somebody else, who must notice nothing. */
let other: Pid

const directory = registry<string>({ keys: "unique" })
const idle = actor<undefined>(async (self) => {
  for await (const message of self.inbox) heard.push(message)
})
let heard: unknown[] = []

beforeEach(async () => {
  heard = []
  stage = await openStage()
  other = stage.runtime.spawn(idle, undefined, { name: "other" })
  stage.runtime.groups.join("readers", other)
})

afterEach(async () => {
  void stage.runtime.stop({ timeoutMs: 0 })
  await stage.time.settle()
  expect(stage.time.armedTimers).toBe(0)
})

const SELF: Record<string, Fate<Self>> = {
  tell: { refused: (self) => self.tell(other, "told") },
  ask: { refused: (self) => self.ask(other, "asked") },
  acquire: { refused: (self) => self.acquire("app:nowhere") },
  spawn: { refused: (self) => self.spawn(idle, undefined) },
  spawnLink: { refused: (self) => self.spawnLink(idle, undefined) },
  async: { refused: (self) => self.async(() => 1) },
  asyncNoLink: { refused: (self) => self.asyncNoLink(() => 1) },
  asyncStream: { refused: (self) => self.asyncStream([1], () => 1) },
  link: { refused: (self) => self.link(other) },
  monitor: { refused: (self) => self.monitor(other) },
  trapExit: { refused: (self) => self.trapExit(true) },
  exit: { refused: (self) => self.exit(other, "kill") },
  register: { refused: (self) => self.register("mine") },
  after: { refused: (self) => self.after(1, "tick") },
  later: { refused: (self) => self.later("tick") },
  every: { refused: (self) => self.every(1, "tick", { key: "k" }) },
  unlink: { gives: undefined, by: (self) => self.unlink(other) },
  demonitor: { gives: false, by: (self) => self.demonitor({} as never) },
  unregister: { gives: false, by: (self) => self.unregister("other") },
  cancelTimer: { gives: false, by: (self) => self.cancelTimer("k") },
  stop: { gives: undefined, by: (self) => self.stop() },
  pid: "looks",
  now: "looks",
  recently: "looks",
  systemTime: "looks",
  calendarLead: "looks",
  random: "looks",
  signal: "looks",
  report: "looks",
  whereis: "looks",
  registered: "looks",
  groups: "looks",
  registry: "looks",
  via: "looks",
}

const SERVER_SELF: Record<string, Fate<ServerSelf>> = {
  continue: { refused: (self) => self.continue(1) },
  defer: { refused: (self) => self.defer() },
  stash: { refused: (self) => self.stash() },
  unstashAll: { refused: (self) => self.unstashAll() },
  idleTimeout: { refused: (self) => self.idleTimeout(1) },
  requestSignal: "looks",
}

const PROCESS_SELF: Record<string, Fate<ProcessSelf<unknown>>> = {
  inbox: { refused: (self) => self.inbox[Symbol.asyncIterator]().next() },
  receive: { refused: (self) => self.receive(isGroupChange, { timeoutMs: 1 }) },
  stash: { refused: (self) => self.stash() },
  unstashAll: { refused: (self) => self.unstashAll() },
  reply: { gives: false, by: (self) => self.reply(1) },
  requestSignal: "looks",
}

const GROUPS: Record<string, Fate<SelfGroups>> = {
  join: { refused: (groups) => groups.join("readers") },
  broadcast: { refused: (groups) => groups.broadcast("readers", "told") },
  monitor: { refused: (groups) => groups.monitor("readers") },
  leave: { gives: false, by: (groups) => groups.leave("readers", other) },
  demonitor: { gives: false, by: (groups) => groups.demonitor({} as never) },
  members: "looks",
  whichGroups: "looks",
}

const REGISTRY: Record<string, Fate<SelfRegistry<string>>> = {
  register: { refused: (entries) => entries.register("mine", "a") },
  updateValue: { refused: (entries) => entries.updateValue("mine", () => "b") },
  listen: { refused: (entries) => entries.listen() },
  dispatch: { refused: (entries) => entries.dispatch("theirs", "told") },
  unregister: { gives: false, by: (entries) => entries.unregister("theirs") },
  unlisten: { gives: false, by: (entries) => entries.unlisten({} as never) },
  lookup: "looks",
  keys: "looks",
  count: "looks",
}

/** The `self` of a server and of a plain process that have ended. */
async function deadSelves() {
  const servers: ServerSelf[] = []
  const processes: ProcessSelf<unknown>[] = []
  const definition = server({
    init: (_none: undefined, self) => void servers.push(self),
    continue: () => {},
    info: (_state, message) => heard.push(message),
  })
  const pids = [
    stage.runtime.spawn(definition, undefined),
    stage.runtime.spawn(
      actor(async (self: ProcessSelf<unknown>) => {
        processes.push(self)
        await self.receive()
      }),
    ),
  ]
  await stage.time.settle()
  for (const pid of pids) stage.runtime.exit(pid, "kill")
  await stage.time.settle()
  return { server: servers[0] as ServerSelf, process: processes[0] as ProcessSelf<unknown> }
}

/** What a class has of its own, and of those above it. */
function methodsOf(prototype: object): string[] {
  const names = Object.getOwnPropertyNames(prototype).filter((name) => name !== "constructor")
  const above: object = Object.getPrototypeOf(prototype)
  return above === Object.prototype ? names : [...names, ...methodsOf(above)]
}

async function expectFate<S>(self: S, fate: Fate<S>): Promise<void> {
  if (fate === "looks") return
  if ("by" in fate) return expect(fate.by(self)).toBe(fate.gives)
  const refusal = await refusalOf((async () => fate.refused(self))())
  expect(refusal).toBeInstanceOf(Unavailable)
  expect(refusal).toMatchObject({ retryable: false, message: expect.stringMatching(/^<\d+> has ended: /), details: { reason: "killed" } })
}

describe("the self of a process that has ended", () => {
  it.each([
    ["Self", Self.prototype, SELF],
    ["ServerSelf", ServerSelf.prototype, { ...SELF, ...SERVER_SELF }],
    ["ProcessSelf", ProcessSelf.prototype, { ...SELF, ...PROCESS_SELF }],
    ["self.groups", SelfGroups.prototype, GROUPS],
    ["self.registry", SelfRegistry.prototype, REGISTRY],
  ])("has a rule for every method of %s", (_name, prototype, table) => {
    expect(Object.keys(table).toSorted()).toEqual([...new Set(methodsOf(prototype))].toSorted())
  })

  it.each([...Object.entries(SELF), ...Object.entries(SERVER_SELF)])("does no harm by %s of a server", async (_name, fate) => {
    const { server: self } = await deadSelves()
    await expectFate(self, fate as Fate<ServerSelf>)
  })

  it.each([...Object.entries(SELF), ...Object.entries(PROCESS_SELF)])("does no harm by %s of a plain process", async (_name, fate) => {
    const { process: self } = await deadSelves()
    await expectFate(self, fate as Fate<ProcessSelf<unknown>>)
  })

  it.each(Object.entries(GROUPS))("does no harm by groups.%s", async (_name, fate) => {
    const { server: self } = await deadSelves()
    await expectFate(self.groups, fate)
  })

  it.each(Object.entries(REGISTRY))("does no harm by registry().%s", async (_name, fate) => {
    const { server: self } = await deadSelves()
    await expectFate(self.registry(directory), fate)
  })

  it("changes nothing by all of them together, and one that nobody awaits is no unhandled rejection", async () => {
    const { server: self, process: plain } = await deadSelves()
    const before = { ...stage.runtime.statistics() }
    const events = stage.events.length
    const attempts: [unknown, Record<string, Fate<never>>][] = [
      [self, { ...SELF, ...SERVER_SELF }],
      [plain, { ...SELF, ...PROCESS_SELF }],
      [self.groups, GROUPS],
      [self.registry(directory), REGISTRY],
    ]
    for (const [target, table] of attempts) {
      for (const fate of Object.values(table)) {
        try {
          if (fate !== "looks") "by" in fate ? fate.by(target as never) : fate.refused(target as never)
        } catch {}
      }
    }
    await stage.time.advance(100)
    expect(stage.runtime.statistics()).toEqual(before)
    expect([stage.events.length, heard, other.isAlive]).toEqual([events, [], true])
    expect([stage.runtime.whereis("other"), stage.runtime.groups.members("readers")]).toEqual([other, [other]])
  })

  it("is a service's own: its next incarnation, with the same inbox and names, keeps them", async () => {
    const selves: ServerSelf[] = []
    const keeper = server({
      init: (_none: undefined, self) => {
        selves.push(self)
        self.register("keeper")
        self.groups.join("keepers")
        return { isOpen: false }
      },
      call: { note: (state, _none: undefined, self) => (state.isOpen ? "noted" : self.stash()) },
    })
    const { runtime, time } = await bootApp({ "app:keeper": keeper })
    runtime.exit(runtime.whereis("app:keeper") as Pid, { error: new Error("boom") })
    await time.advance(1000)
    const mailbox = await runtime.acquire("app:keeper")
    mailbox.call.note().catch(() => {})
    await time.settle()
    const [dead] = selves
    const pid = runtime.whereis("app:keeper") as Pid
    expect([dead?.unregister("keeper"), dead?.groups.leave("keepers", pid)]).toEqual([false, false])
    expect(() => dead?.unstashAll()).toThrow(Unavailable)
    expect(() => dead?.exit(pid, "kill")).toThrow(/^app:keeper <\d+> has ended/)
    await time.settle()
    expect([runtime.whereis("keeper"), runtime.groups.members("keepers"), runtime.sys.statistics(pid).stashed]).toEqual([pid, [pid], 1])
    void runtime.stop({ timeoutMs: 0 })
    await time.settle()
  })
})
