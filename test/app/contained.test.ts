/** Callbacks of a user's that throw or reject: contained, reported once and then at a bounded rate, and never an unhandled rejection. */

import nodeProcess from "node:process"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import {
  actor,
  type DynamicSupervisorMailbox,
  dynamicSupervisor,
  Invalid,
  isDown,
  type Mailbox,
  type MailboxPort,
  type PolicyFunction,
  type ServerMailbox,
  type StoreMailbox,
  type SupervisorMailbox,
  server,
  service,
  store,
} from "../../actors/index.ts"
import { bootApp } from "../support/app.ts"
import { refusal } from "../support/errors.ts"
import { thenable } from "../support/thenable.ts"
import { watch } from "../support/watched.ts"

let unhandled: unknown[]
const noted = (error: unknown): void => void unhandled.push(error)
const boom = new Error("boom")
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

beforeEach(() => {
  unhandled = []
  nodeProcess.on("unhandledRejection", noted)
})

afterEach(async () => {
  await turn()
  nodeProcess.off("unhandledRejection", noted)
  vi.restoreAllMocks()
  expect(unhandled).toEqual([])
})

const counter = server({ init: () => ({ count: 1 }), call: { count: (state) => state.count } })

describe("an inspector", () => {
  it.each([
    ["throws", () => raise()],
    ["rejects", async () => raise()],
    ["gives a thenable that throws", () => thenable(raise)],
  ])("that %s is reported a bounded number of times, however much there is to tell", async (_how, inspector) => {
    const { runtime, time, log } = await bootApp({})
    runtime.inspect(inspector as () => void)
    for (let n = 0; n < 200; n += 1) runtime.spawn(actor(() => {}))
    await time.settle()
    const lines = log.filter(({ message }) => message.includes("inspector"))
    expect(lines).toHaveLength(10)
    await time.advance(10_000)
    expect(log.at(-1)?.message).toMatch(/^an inspector failed \d+ more times within 10000 ms$/)
    await runtime.stop({ timeoutMs: 0 })
  })
})

describe("a log that fails, and a console.error that does", () => {
  it("keep no end from being seen to, and no stop from its limit", async () => {
    vi.spyOn(console, "error").mockImplementation(raise)
    const { runtime, time } = await bootApp({}, { log: () => raise() })
    const fragile = runtime.spawn(
      actor(async (self) => {
        await self.receive()
        raise()
      }),
      undefined,
      { name: "fragile" },
    )
    let isTold = false
    runtime.spawn(
      actor(async (self) => {
        self.monitor(fragile)
        isTold = isDown(await self.receive())
      }),
    )
    const ended = watch(runtime.whenEnded(fragile))
    await time.settle()
    runtime.tell(fragile, "go")
    await time.settle()
    expect([isTold, ended.state, runtime.whereis("fragile")]).toEqual([true, "fulfilled", undefined])
    const stopped = watch(runtime.stop({ timeoutMs: 300 }))
    await time.advance(300)
    expect([stopped.state, runtime.statistics().processes]).toEqual(["fulfilled", 0])
  })
})

describe("a trace sink that rejects", () => {
  it("is removed, and the log says so once", async () => {
    const { runtime, time, log } = await bootApp({})
    const pid = runtime.spawn(counter)
    await time.settle()
    let told = 0
    runtime.sys.trace(pid, async () => {
      told += 1
      raise()
    })
    expect(await pid.call.count()).toBe(1)
    await turn()
    await pid.call.count()
    await turn()
    expect([told, log.filter(({ message }) => message.includes("sink")).length]).toEqual([2, 1])
    await runtime.stop({ timeoutMs: 0 })
  })
})

describe("a policy that is asynchronous", () => {
  it("denies, as one that throws, and is reported at a bounded rate", async () => {
    const policy = (async () => raise()) as unknown as PolicyFunction
    const { runtime, log } = await bootApp({ counter }, { policies: [policy] })
    for (let n = 0; n < 50; n += 1) {
      await expect(runtime.acquire("counter")).rejects.toMatchObject({ kind: "PERMISSION_DENIED" })
    }
    expect(log.filter(({ message }) => message.includes("policy"))).toHaveLength(10)
    await runtime.stop({ timeoutMs: 0 })
  })
})

describe("what runtime.sys is given or finds", () => {
  it("settles though it is a thenable: an update is refused, and so is a state that no promise can carry", async () => {
    const { runtime, time } = await bootApp({})
    const held: Record<string, unknown> = {}
    const pid = runtime.spawn(server({ init: () => held }))
    await time.settle()
    const asynchronous = (async () => raise()) as unknown as (state: unknown) => unknown
    await expect(runtime.sys.replaceState(pid, asynchronous)).rejects.toBeInstanceOf(Invalid)
    thenable(() => {}, held)
    await expect(runtime.sys.getState(pid)).rejects.toBeInstanceOf(Invalid)
    await runtime.stop({ timeoutMs: 0 })
  })

  it("shows no promise of formatStatus, and lets none end the program", async () => {
    const { runtime, time } = await bootApp({})
    const pid = runtime.spawn(server({ init: () => ({}), formatStatus: async () => raise() }))
    await time.settle()
    expect((await runtime.sys.getStatus(pid)).state).toContain("formatStatus gave a promise")
    await runtime.stop({ timeoutMs: 0 })
  })
})

function raise(): never {
  throw boom
}

describe("a mailbox that is made asynchronously", () => {
  it("is refused, and what its maker fails with ends no program", async () => {
    const mailbox = (async () => raise()) as unknown as (port: MailboxPort) => Mailbox
    const files = service({ kind: "files", server: counter, argument: undefined, acquire: "files.acquire", guards: {}, mailbox })
    const { runtime } = await bootApp({ files })
    expect(await refusal(runtime.acquire("files"))).toMatchObject({ kind: "INVALID" })
    await runtime.stop({ timeoutMs: 0 })
  })
})

describe("a request that is refused at once", () => {
  it.each<[string, (boxes: Boxes) => unknown]>([
    ["the key of a store", ({ cache }) => cache.get(5 as never)],
    ["what a store cannot keep", ({ cache }) => cache.set("key", () => {})],
    ["the options of a call", ({ desk }) => desk.call.read("x", { timeoutMs: -1 })],
    ["an id of a supervisor's child", ({ root }) => root.whichChild("")],
    ["the options of a termination", ({ root }) => root.terminateChild("cache", { drain: 5 as never })],
    ["a child that there is not", ({ root }) => root.terminateChild("nobody")],
    ["a pid of a dynamic supervisor's child", ({ rooms }) => rooms.whichChild(5 as never)],
  ])("for %s is no unhandled rejection where the process that asks has ended", async (_what, begin) => {
    const desk = server({ init: () => ({}), call: { read: (_state, path: string) => path } })
    const app = await bootApp({ cache: store(), desk, rooms: dynamicSupervisor() })
    const client = actor(async (self) => {
      const boxes = { cache: await self.acquire("cache"), desk: await self.acquire("desk"), rooms: await self.acquire("rooms") }
      begin({ ...boxes, root: await self.acquire("root") } as Boxes)
    })
    app.runtime.spawn(client)
    await app.time.settle()
    await app.runtime.stop({ timeoutMs: 0 })
  })
})

interface Boxes {
  readonly cache: StoreMailbox
  readonly desk: ServerMailbox<{ read: (path: string) => string }, object>
  readonly root: SupervisorMailbox
  readonly rooms: DynamicSupervisorMailbox
}
