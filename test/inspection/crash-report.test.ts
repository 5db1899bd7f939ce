import { describe, expect, it } from "vitest"
import {
  actor,
  type CrashReport,
  child,
  type ExitReason,
  type InspectionEvent,
  type LogEntry,
  Mailbox,
  type MailboxPort,
  type Pid,
  type Policy,
  pool,
  type ServerDefinition,
  server,
  service,
  start,
  store,
  supervisor,
} from "../../actors/index.ts"
import { crashReportOf } from "../../src/inspection/crash-report.ts"
import { Kernel } from "../../src/kernel/kernel.ts"
import { processTold } from "../../src/kernel/process-of.ts"
import { ProcessTimer } from "../../src/kernel/process-timer.ts"
import { virtualTime } from "../../src/testing.ts"
import { Topology } from "../../src/topology/topology.ts"
import { bootApp } from "../support/app.ts"
import { launch } from "../support/hooked-process.ts"

const reportsIn = (events: readonly InspectionEvent[]): readonly CrashReport[] => events.filter((event) => event.type === "crash_report")

const boom = new Error("boom")
const fragile = server({
  init: (from: number) => ({ count: from }),
  call: {
    fail: (state, by: number): number => {
      state.count += by
      throw boom
    },
    failLater: async (): Promise<never> => {
      await Promise.resolve()
      throw boom
    },
    hold: () => new Promise<void>(() => {}),
  },
  cast: {
    fail: (_state, _why: string) => {
      throw boom
    },
  },
  info: () => {
    throw boom
  },
})

describe("a crash report", () => {
  it("tells the reason, the message that was handled and the state it left", async () => {
    const { runtime, events } = await bootApp({})
    const pid = runtime.spawn(fragile, 1, { name: "fragile" })
    await pid.call.fail(2).catch(() => {})
    expect(reportsIn(events)).toEqual([
      {
        type: "crash_report",
        pid,
        label: "fragile",
        reason: { error: boom },
        lastMessage: { handler: "call.fail", message: 2 },
        state: { count: 3 },
        client: undefined,
        links: [],
        ancestors: [],
        waiting: 0,
      },
    ])
    await runtime.stop()
  })

  it("names the handler and its message, whatever the handler", async () => {
    const { runtime, time, events } = await bootApp({})
    const spawn = () => runtime.spawn(fragile, 0)
    void spawn()
      .call.failLater()
      .catch(() => {})
    spawn().cast.fail("why")
    runtime.tell(spawn(), { type: "note" })
    await time.settle()
    expect(reportsIn(events).map(({ lastMessage }) => lastMessage)).toEqual(
      expect.arrayContaining([
        { handler: "call.failLater", message: undefined },
        { handler: "cast.fail", message: "why" },
        { handler: "info", message: { type: "note" } },
      ]),
    )
    await runtime.stop()
  })

  it("shows the message of a timer, and none of what has none", async () => {
    const timed = server({
      init: (wanted: string, self) => {
        if (wanted === "info") self.after(10, { type: "tick" })
        else self.continue("go on")
        return {}
      },
      info: () => {
        throw boom
      },
      continue: () => {
        throw boom
      },
    })
    const { runtime, time, events } = await bootApp({})
    runtime.spawn(timed, "info")
    runtime.spawn(timed, "continue")
    await time.advance(10)
    expect(reportsIn(events).map(({ lastMessage }) => lastMessage)).toEqual([
      { handler: "continue", message: undefined },
      { handler: "info", message: { type: "tick" } },
    ])
    await runtime.stop()
  })

  it("has no message for a start that failed, an exit signal, and a plain function", async () => {
    const { runtime, time, events } = await bootApp({})
    runtime.spawn(
      server({
        init: (): object => {
          throw boom
        },
      }),
    )
    runtime.exit(runtime.spawn(fragile, 0), { error: boom })
    runtime.spawn(actor(() => Promise.reject(boom)))
    await time.settle()
    expect(reportsIn(events).map(({ lastMessage, reason }) => ({ lastMessage, reason }))).toEqual(
      Array.from({ length: 3 }, () => ({ lastMessage: undefined, reason: { error: boom } })),
    )
    await runtime.stop()
  })

  it("tells who had asked: principal, mailbox and, where it is a process, its pid", async () => {
    const { runtime, time, events } = await bootApp({ "app:f": child(fragile, { argument: 0 }) })
    const asker = actor(async (self) => {
      const box = await self.acquire<{ call: { fail(by: number): Promise<number> } }>("app:f")
      await box.call.fail(1).catch(() => {})
    })
    const outside = await runtime.as({ id: "user:alice" }).acquire("app:f")
    await outside.call.fail(1).catch(() => {})
    await time.settle()
    const pid = runtime.as({ id: "user:bob" }).spawn(asker)
    await time.settle()
    expect(reportsIn(events).map(({ client }) => client)).toEqual([
      { principal: "user:alice", attachment: 1, pid: undefined },
      { principal: "user:bob", attachment: 2, pid },
    ])
    await runtime.stop()
  })

  it("tells of a pool's worker who had given the job to the pool, and nothing of what they had sent", async () => {
    const fail = (_state: object, _why: unknown): never => {
      throw boom
    }
    const worker = server({ init: () => ({}), call: { fail }, cast: { fail }, info: fail, terminate: () => Promise.resolve() })
    const { runtime, log, time, events } = await bootApp({ "app:pool": pool(worker, { size: 1 }) })
    const squad = await runtime.as({ id: "user:alice" }).acquire("app:pool")
    await squad.call.fail("secret").catch(() => {})
    await time.settle()
    squad.cast.fail("secret")
    await time.advance(10_000)
    const client = { principal: "user:alice", attachment: 1, pid: undefined }
    expect(reportsIn(events)).toMatchObject([
      { label: "app:pool#0", client, lastMessage: { handler: "call.fail", message: undefined } },
      { label: "app:pool#0", client, lastMessage: { handler: "cast.fail", message: undefined } },
    ])
    expect(JSON.stringify([reportsIn(events), log])).not.toContain("secret")
    // What comes by its pid is nobody's job.
    runtime.tell(runtime.whereis("app:pool#0") as Pid, "by pid")
    await time.settle()
    expect(reportsIn(events).at(-1)).toMatchObject({ client: undefined, lastMessage: { handler: "info", message: "by pid" } })
    await runtime.stop()
  })

  it("tells links in the order they were made, ancestors from the parent to the root, and how many wait", async () => {
    const inner = supervisor({ children: { "app:f": child(fragile, { argument: 0, restart: "temporary" }) } })
    const { runtime, time, events } = await bootApp({ inner })
    const pid = runtime.whereis("app:f") as Pid
    const peer = runtime.spawn(
      actor(async (self) => {
        self.link(pid)
        await self.receive()
      }),
      undefined,
      { name: "peer" },
    )
    await time.settle()
    const box = await runtime.acquire("app:f")
    box.cast.fail("now")
    box.cast.fail("waits")
    void box.call.hold().catch(() => {})
    await time.settle()
    const [report] = reportsIn(events)
    expect(report?.links.map(({ label }) => label)).toEqual(["inner", "peer"])
    expect(report?.links[1]?.pid).toBe(peer)
    expect(report?.ancestors).toEqual(["inner", "root"])
    expect(report?.waiting).toBe(2)
    await runtime.stop()
  })

  it("comes before anything that follows from the end: exits of linked processes, DOWN, restart, freed name", async () => {
    const { runtime, time, events } = await bootApp({})
    const story: string[] = []
    runtime.inspect((event) => {
      if (event.type === "crash_report") story.push(`report while the name is ${runtime.whereis("f") === undefined ? "free" : "taken"}`)
      if (event.type === "exited") story.push(`exited ${event.label}`)
    })
    const pid = runtime.spawn(fragile, 0, { name: "f" })
    const watcher = actor(async (self) => {
      self.trapExit(true)
      self.link(pid)
      self.monitor(pid)
      for (let left = 2; left > 0; left -= 1) story.push(`told by ${((await self.receive()) as { type: string }).type}`)
    })
    runtime.spawn(watcher, undefined, { name: "w" })
    await time.settle()
    pid.cast.fail("why")
    await time.settle()
    expect(story).toEqual(["report while the name is taken", "exited f", "told by EXIT", "told by DOWN", "exited w"])
    expect(reportsIn(events)).toHaveLength(1)
    await runtime.stop()
  })

  it.each<[ExitReason]>([["normal"], ["shutdown"], [{ shutdown: "moved" }], ["kill"], ["killed"]])(
    "is not made of the end %o",
    async (reason) => {
      const { runtime, log, time, events } = await bootApp({})
      const before = log.length
      runtime.exit(runtime.spawn(fragile, 0), reason)
      if (reason !== "kill") runtime.spawn(actor((self) => self.stop(reason)))
      await time.settle()
      expect(reportsIn(events)).toEqual([])
      expect(log.slice(before)).toEqual([])
      await runtime.stop()
    },
  )

  it.each<[ExitReason]>([["noproc"], [{ error: "text" }], [{ error: undefined }]])("is made of the end %o", async (reason) => {
    const { runtime, time, events } = await bootApp({})
    runtime.exit(runtime.spawn(fragile, 0), reason)
    await time.settle()
    expect(reportsIn(events)).toMatchObject([{ reason }])
    await runtime.stop()
  })

  it("is the child's alone where a supervisor could not start it", async () => {
    const events: InspectionEvent[] = []
    const broken = server({ init: (): Promise<object> => Promise.reject(boom) })
    const tree = supervisor({ children: { inner: supervisor({ children: { "app:broken": broken } }) } })
    await start(tree, { host: virtualTime(), log: () => {}, inspect: (event) => void events.push(event) }).catch(() => {})
    expect(reportsIn(events).map(({ label, ancestors }) => [label, ancestors])).toEqual([["app:broken", ["inner", "root"]]])
  })

  it("names at most 100 ancestors", async () => {
    const { runtime, time, events } = await bootApp({})
    const chain = server({
      init: (left: number, self): object => {
        if (left === 0) throw boom
        self.spawn(chain, left - 1)
        return {}
      },
    })
    runtime.spawn(chain as typeof fragile, 120)
    await time.settle()
    expect(reportsIn(events).map(({ ancestors }) => ancestors.length)).toEqual([100])
    await runtime.stop()
  })
})

describe("what it shows of state and message", () => {
  it("is what formatStatus makes of the state", async () => {
    const secretive = server({
      init: () => ({ user: "alice", password: "secret" }),
      cast: {
        fail: () => {
          throw boom
        },
      },
      formatStatus: ({ user }) => ({ user }),
    })
    const { runtime, log, time, events } = await bootApp({})
    runtime.spawn(secretive).cast.fail()
    await time.settle()
    expect(reportsIn(events)).toMatchObject([{ state: { user: "alice" } }])
    expect(JSON.stringify([events, log])).not.toContain("secret")
    await runtime.stop()
  })

  it("is nothing of what a service's callers have sent, unless it says so", async () => {
    const guarded = (formatStatus?: (state: { values: string[] }) => unknown) => {
      const vault = server({
        init: () => ({ values: ["secret one"] }),
        cast: {
          keep: (_state, _value: string) => {
            throw boom
          },
        },
        ...(formatStatus === undefined ? {} : { formatStatus }),
      })
      return service({
        kind: "vault",
        server: vault,
        argument: undefined,
        acquire: "vault.get",
        guards: {},
        mailbox: (port) => new VaultMailbox(port, vault),
      })
    }
    const open = guarded(({ values }) => ({ kept: values.length }))
    const { runtime, log, time, events } = await bootApp({ "app:vault": guarded(), "app:open": open })
    ;(await runtime.acquire("app:vault")).keep("secret two")
    ;(await runtime.acquire("app:open")).keep("secret two")
    await time.settle()
    const lastMessage = { handler: "cast.keep", message: undefined }
    expect(reportsIn(events)).toMatchObject([
      { state: undefined, lastMessage },
      { state: { kept: 1 }, lastMessage },
    ])
    expect(JSON.stringify([reportsIn(events), log])).not.toContain("secret")
    await runtime.stop()
  })

  it("does not keep a process from ending where formatStatus, or the state itself, throws", async () => {
    const hostile = (formatStatus?: (state: object) => unknown) =>
      server({
        init: () => new Proxy({}, { ownKeys: thrower }),
        cast: {
          fail: () => {
            throw boom
          },
        },
        ...(formatStatus === undefined ? {} : { formatStatus }),
      })
    const { runtime, time, log, events } = await bootApp({})
    const pids = [runtime.spawn(hostile(thrower), undefined, { name: "f" }), runtime.spawn(hostile(), undefined, { name: "g" })]
    const ends = pids.map((pid) => runtime.whenEnded(pid))
    for (const pid of pids) pid.cast.fail()
    await time.settle()
    expect(await Promise.all(ends)).toEqual([{ error: boom }, { error: boom }])
    expect(reportsIn(events).map(({ label }) => label)).toEqual(["f", "g"])
    expect(reportsIn(events)[0]?.state).toContain("hostile")
    expect(log.filter(({ level }) => level === "error").map(({ fields }) => fields?.label)).toEqual(["f", "g"])
    expect([runtime.whereis("f"), runtime.whereis("g")]).toEqual([undefined, undefined])
    await runtime.stop()
  })
})

function thrower(): never {
  throw new Error("hostile")
}

class VaultMailbox extends Mailbox {
  readonly #keep: (value: string) => boolean

  constructor(port: MailboxPort, definition: ServerDefinition<undefined, object, { keep: (value: string) => void }>) {
    super(port)
    const { keep } = definition.bindCasts((route, argument) => port.cast(route, argument))
    this.#keep = keep
  }

  keep(value: string): boolean {
    return this.#keep(value)
  }
}

describe("its line in the log", () => {
  const policies: Policy[] = [{ effect: "allow", actions: "*", resources: "*" }]

  it("can be read without the program: what, on which message, from whom, in which state, under whom", async () => {
    const { runtime, log, time } = await bootApp({ "app:f": child(fragile, { argument: 40 }) }, { policies })
    const box = await runtime.as({ id: "user:alice" }).acquire("app:f")
    await box.call.fail(2).catch(() => {})
    await time.settle()
    const [crash, restart] = log
    expect(crash?.message.split("\n")).toEqual([
      "app:f <2> crashed: Error: boom",
      "    handling call.fail of a number, asked by user:alice (mailbox 1)",
      "    state an Object",
      "    under root; linked to root <1>; 0 messages waiting",
    ])
    expect(crash).toMatchObject({ level: "error", error: boom })
    expect(crash?.fields).toEqual({
      event: "crash_report",
      pid: "<2>",
      label: "app:f",
      reason: "Error: boom",
      waiting: 0,
      links: ["root <1>"],
      ancestors: ["root"],
      handler: "call.fail",
      message: "a number",
      state: "an Object",
      principal: "user:alice",
      attachment: 1,
    })
    expect(restart).toMatchObject({
      level: "warn",
      message: "root restarts app:f at once (restart 1 of at most 3 in 5000 ms): Error: boom",
      fields: { event: "restarting", supervisor: "root", child: "app:f", restarts: 1, intensity: 3, periodMs: 5000, delayMs: 0 },
    })
    await runtime.stop()
  })

  it("says so where there is nobody: no message, no parent, no link", async () => {
    const { runtime, log, time } = await bootApp({}, { policies })
    const pid = runtime.spawn(fragile, 0)
    await time.settle()
    runtime.exit(pid, "noproc")
    await time.settle()
    expect(log.map(({ message }) => message.split("\n"))).toEqual([
      [
        "<2> crashed: noproc",
        "    handling no message",
        "    state an Object",
        "    spawned by nobody; linked to nobody; 0 messages waiting",
      ],
    ])
    await runtime.stop()
  })

  it("names ten links, and says how many there are beside", async () => {
    const { runtime, log, time } = await bootApp({}, { policies })
    const pid = runtime.spawn(fragile, 0)
    for (let peer = 0; peer < 12; peer += 1)
      runtime.spawn(
        actor(async (self) => {
          self.trapExit(true)
          self.link(pid)
          await self.receive()
        }),
      )
    await time.settle()
    pid.cast.fail("why")
    await time.settle()
    expect(log[0]?.message).toContain("linked to <3>, <4>, <5>, <6>, <7>, <8>, <9>, <10>, <11>, <12> and 2 more;")
    expect(log[0]?.fields?.links).toHaveLength(10)
    await runtime.stop()
  })

  it("is written ten times in ten seconds; then one line tells how many crashed beside, and all are events", async () => {
    const { runtime, log, time, events } = await bootApp({}, { policies })
    const crash = async (times: number): Promise<void> => {
      for (let left = times; left > 0; left -= 1) runtime.spawn(fragile, 0).cast.fail("why")
      await time.settle()
    }
    await crash(12)
    expect(log).toHaveLength(10)
    expect(reportsIn(events)).toHaveLength(12)
    await time.advance(10_000)
    expect(log).toHaveLength(11)
    expect(log[10]).toEqual({
      level: "error",
      message: "2 more crashes within 10000 ms",
      fields: { event: "crash_report", suppressed: 2, periodMs: 10_000 },
    })
    await crash(1)
    expect(log).toHaveLength(12)
    await crash(11)
    await runtime.stop()
    expect(log.at(-1)?.message).toBe("2 more crashes within 10000 ms")
  })
})

describe("the witness of the kernel", () => {
  it("sees the message of a timer that a behaviour takes as it comes", async () => {
    const time = virtualTime()
    const kernel = new Kernel(time)
    const topology = new Topology(kernel)
    const reports: CrashReport[] = []
    kernel.witness = (process, reason) => void reports.push(crashReportOf(processTold(process), reason, topology))
    const process = launch(kernel, {
      handle: () => {
        throw boom
      },
    })
    new ProcessTimer(process, 10, "tick")
    await time.advance(10)
    expect(reports).toMatchObject([{ lastMessage: { handler: "info", message: "tick" } }])
  })

  it("is not asked for where nobody looks, and makes no difference to an end", async () => {
    const time = virtualTime()
    const kernel = new Kernel(time)
    new Topology(kernel)
    const process = launch(kernel, {
      handle: () => {
        throw boom
      },
    })
    process.kernel.send(process.pid, undefined, "go")
    await time.settle()
    expect(process.exitReason).toEqual({ error: boom })
  })

  it("makes no report that neither an inspector nor the log wants", async () => {
    const time = virtualTime()
    const log: LogEntry[] = []
    let looked = 0
    const curious = server({
      init: () => ({}),
      cast: {
        fail: () => {
          throw boom
        },
      },
      formatStatus: () => {
        looked += 1
        return undefined
      },
    })
    const runtime = await start({}, { host: time, log: (entry) => void log.push(entry), policies: [] })
    for (let left = 15; left > 0; left -= 1) runtime.spawn(curious).cast.fail()
    await time.settle()
    expect(looked).toBe(10)
    await runtime.stop()
  })
})

describe("a store that crashes", () => {
  it("shows nothing of what it keeps", async () => {
    const { runtime, log, time, events } = await bootApp({ "app:s": store<string>() })
    await (await runtime.acquire("app:s")).set("user:1", "a secret")
    runtime.exit(runtime.whereis("app:s") as Pid, { error: boom })
    await time.settle()
    expect(reportsIn(events)).toMatchObject([{ label: "app:s", state: undefined }])
    expect(JSON.stringify([reportsIn(events), log])).not.toContain("secret")
    await runtime.stop()
  })
})
