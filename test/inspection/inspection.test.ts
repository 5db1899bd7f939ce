/** Every event there is comes from a runtime at work, in one stream. */

import { describe, expect, it } from "vitest"
import { createMachine } from "xstate"
import {
  actor,
  type Children,
  child,
  dynamicSupervisor,
  type InspectionEvent,
  Mailbox,
  type Pid,
  type Policy,
  partitionSupervisor,
  type Runtime,
  StoreMailbox,
  SupervisorMailbox,
  server,
  service,
  store,
  supervisor,
} from "../../actors/index.ts"
import { Inspection } from "../../src/inspection/inspection.ts"
import { Kernel } from "../../src/kernel/kernel.ts"
import { type VirtualTime, virtualTime } from "../../src/testing.ts"
import { Topology } from "../../src/topology/topology.ts"
import { fromProcess, statechart } from "../../src/xstate.ts"
import { bootApp, bootTree } from "../support/app.ts"

type EventType = InspectionEvent["type"]

const boom = new Error("boom")
const fragile = server({
  init: () => ({}),
  call: { hang: () => new Promise<void>(() => {}), slow: (_state, until: Promise<string>) => until },
  cast: {
    fail: () => {
      throw boom
    },
  },
})

/** What makes an event of the type; one each, so that a new type does not compile before it is produced here. */
const MAKERS: Record<EventType, () => Promise<App>> = {
  spawned: () => booted({}),
  exited: async () => {
    const app = await booted({})
    await app.runtime.stop()
    return app
  },
  crash_report: crashed,
  measured: async () => {
    const counting = server({ init: () => ({ count: 3 }), measure: ({ count }) => ({ count }) })
    const app = await bootApp({ "app:m": counting }, { measureEveryMs: 1000 })
    await app.time.advance(1000)
    return app
  },
  request: async () => {
    const app = await bootApp({ "app:s": store() }, { sampleRequests: 1 })
    await (await app.runtime.acquire("app:s")).get("k")
    return app
  },
  turn: async () => {
    const app = await bootApp({ "app:s": store() })
    const events = [...app.events]
    app.runtime.inspect((event) => events.push(event), { measureTurns: true })
    const cache = await app.runtime.acquire("app:s")
    await Promise.all([cache.get("k"), cache.get("k")])
    await app.time.settle()
    return { ...app, events }
  },
  dead_letter: async () => {
    const app = await booted({})
    const dead = app.runtime.spawn(actor(() => {}))
    await app.time.settle()
    app.runtime.tell(dead, 1)
    return app
  },
  overflow: async () => {
    const app = await booted({})
    const full = app.runtime.spawn(
      actor(() => new Promise<void>(() => {})),
      undefined,
      { inbox: { capacity: 1 } },
    )
    app.runtime.tell(full, 1)
    app.runtime.tell(full, 2)
    return app
  },
  child_left_out: async () => {
    const inner = supervisor({ children: { "i:a": store() } })
    const app = await booted({ inner })
    const as = SupervisorMailbox
    const [root, box] = [await app.runtime.acquire("root", { as }), await app.runtime.acquire("inner", { as })]
    await box.terminateChild("i:a")
    await box.deleteChild("i:a")
    await root.startChild("i:a", store())
    await root.terminateChild("inner")
    await root.restartChild("inner")
    return app
  },
  timed_out: async () => {
    const app = await booted({})
    app.runtime
      .spawn(fragile)
      .call.hang(undefined, { timeoutMs: 10 })
      .catch(() => {})
    await app.time.advance(10)
    return app
  },
  late_reply: async () => {
    const app = await booted({})
    const answer = Promise.withResolvers<string>()
    app.runtime
      .spawn(fragile)
      .call.slow(answer.promise, { timeoutMs: 10 })
      .catch(() => {})
    await app.time.advance(10)
    answer.resolve("late")
    await app.time.settle()
    return app
  },
  child_started: () => booted({ "app:f": fragile }),
  restarting: crashed,
  child_stopped: async () => {
    const app = await booted({ "app:f": fragile })
    await app.runtime.stop()
    return app
  },
  attempts_used_up: async () => {
    const app = await bootApp({ "app:f": child(fragile, { backoff: { maxAttempts: 1 } }) })
    await fail(app)
    await fail(app)
    return app
  },
  gave_up: async () => {
    const app = await bootTree(supervisor({ intensity: 0, children: { "app:f": fragile } }))
    await fail(app)
    return app
  },
  state_not_retained: async () => {
    const app = await bootApp({ "app:f": child(fragile, { state: "retain" }) })
    const mailbox = await app.runtime.acquire("app:f")
    mailbox.call.hang().catch(() => {})
    await fail(app)
    return app
  },
  reported: async () => {
    const app = await booted({})
    await app.runtime.whenEnded(app.runtime.spawn(actor((self) => self.report({ message: "done" }))))
    return app
  },
  auto_shutdown: async () => {
    const significant = child(fragile, { restart: "temporary", significant: true })
    const app = await bootTree(supervisor({ autoShutdown: "any_significant", children: { "app:f": significant } }))
    await fail(app)
    return app
  },
  denied: async () => {
    const app = await booted({ "app:s": store() }, [{ effect: "deny", actions: "*", resources: "*" }])
    await app.runtime.acquire("app:s", { as: StoreMailbox }).catch(() => {})
    return app
  },
  policy_failed: async () => {
    const policy = (): never => {
      throw boom
    }
    const app = await booted({ "app:s": store() }, [policy])
    await app.runtime.acquire("app:s", { as: StoreMailbox }).catch(() => {})
    return app
  },
  policies_changed: () => booted({}),
  attached: async () => {
    const app = await booted({ "app:s": store() })
    await app.runtime.acquire("app:s", { as: StoreMailbox })
    return app
  },
  many_attachments: async () => {
    const app = await booted({ "app:s": store() })
    for (let count = 0; count <= 1000; count += 1) await app.runtime.acquire("app:s", { as: StoreMailbox })
    return app
  },
  detached: () => released(store()),
  detach_policy_failed: () =>
    released(
      child(store(), {
        onDetach: () => {
          throw boom
        },
      }),
    ),
}

interface App {
  readonly runtime: Runtime
  readonly time: VirtualTime
  readonly events: readonly InspectionEvent[]
}

function booted(children: Children, policies: readonly Policy[] = []): Promise<App> {
  return bootApp(children, { policies })
}

async function fail({ runtime, time }: App): Promise<void> {
  runtime.exit(runtime.whereis("app:f") as Pid, { error: boom })
  await time.settle()
}

async function crashed(): Promise<App> {
  const app = await booted({ "app:f": fragile })
  await fail(app)
  return app
}

async function released(definition: Children[string]): Promise<App> {
  const app = await booted({ "app:s": definition })
  const box = await app.runtime.acquire("app:s", { as: StoreMailbox })
  await box.release().catch(() => {})
  return app
}

describe("an inspector", () => {
  it("that is told of an exit finds nothing of the process any more", async () => {
    const { runtime, time } = await bootApp({})
    const pid = runtime.spawn(
      actor(async (self) => void (await self.receive())),
      undefined,
      { name: "gone" },
    )
    runtime.groups.join("group", pid)
    await time.settle()
    const found: unknown[] = []
    runtime.inspect(({ type }) => {
      if (type === "exited") found.push(runtime.whereis("gone"), runtime.groups.members("group"), pid.isAlive)
    })
    runtime.exit(pid, "kill")
    await time.settle()
    expect(found).toEqual([undefined, [], false])
    await runtime.stop()
  })

  it("that is added twice is told twice, and stays once when one is removed", async () => {
    const { runtime, time } = await bootApp({})
    const told: string[] = []
    const inspector = ({ type }: { readonly type: string }): void => void told.push(type)
    const removers = [runtime.inspect(inspector), runtime.inspect(inspector)]
    runtime.spawn(actor(() => {}))
    await time.settle()
    expect(told).toEqual(["spawned", "spawned", "exited", "exited"])
    removers[0]?.()
    removers[0]?.()
    runtime.spawn(actor(() => {}))
    await time.settle()
    expect(told.slice(4)).toEqual(["spawned", "exited"])
    removers[1]?.()
    await runtime.stop()
  })

  it("is shown nothing of what a service was sent through its mailbox, though it was not delivered", async () => {
    class Vault extends Mailbox {
      put(secret: object): boolean {
        return this.post(keeper.route("cast", "put"), secret)
      }
    }
    const keeper = server({ init: () => ({}), cast: { put: () => new Promise<void>(() => {}) } })
    const vault = service({
      kind: "vault",
      server: keeper,
      argument: undefined,
      acquire: "vault.acquire",
      guards: {},
      mailbox: (port) => new Vault(port),
    })
    const inbox = { capacity: 1 }
    const { runtime, time, events } = await bootApp({ "app:vault": child(vault, { inbox, shutdown: 1 }), "app:other": store() })
    const box = await runtime.acquire("app:vault")
    const secret = { password: "hunter2" }
    for (let count = 0; count < 3; count += 1) {
      box.put(secret)
      await time.settle()
    }
    const root = await runtime.acquire("root")
    const terminated = root.terminateChild("app:vault")
    await time.advance(1)
    await terminated
    box.put(secret)
    void box.release()
    await time.settle()
    box.put(secret)
    const letters = events.filter(({ type }) => type === "dead_letter")
    expect(letters.map((event) => ("cause" in event ? event.cause : ""))).toEqual(["overflow", "ended", "ended", "unavailable"])
    expect(JSON.stringify(letters.map((letter) => ("message" in letter ? letter.message : "")))).not.toContain("hunter2")
    await runtime.stop()
  })

  it("that rejects is logged, and changes nothing", async () => {
    const { runtime, log } = await bootApp({ "app:s": store() }, { inspect: () => Promise.reject(boom) as never })
    expect(await (await runtime.acquire("app:s")).set("k", 1)).toBe(true)
    await runtime.stop()
    expect(log).toContainEqual({ level: "error", message: "an inspector threw on spawned", error: boom, fields: { event: "spawned" } })
  })

  it("is what makes the kernel trace: nothing is made for nobody", () => {
    const kernel = new Kernel(virtualTime())
    const inspection = new Inspection(kernel, new Topology(kernel), () => {})
    expect(kernel.trace).toBeUndefined()
    const removers = [inspection.add(() => {}), inspection.add(() => {})]
    removers[0]?.()
    expect(kernel.trace).toBeDefined()
    removers[1]?.()
    expect(kernel.trace).toBeUndefined()
  })
})

describe("the stream", () => {
  it.each(Object.keys(MAKERS) as EventType[])("has %s", async (type) => {
    const { events } = await MAKERS[type]()
    expect(events.map((event) => event.type)).toContain(type)
  })

  it("tells of every process before those that it starts: supervisors, servers in their init, tasks and what invokes them", async () => {
    const nested = server({
      init: async (_none: undefined, self) => {
        self.spawnLink(fragile, undefined)
        await self.async((task) => void task.spawn(fragile, undefined)).result()
        for await (const _outcome of self.asyncStream([1, 2], (_item, task) => void task.spawn(fragile, undefined)));
        return {}
      },
    })
    const machine = createMachine({ invoke: [{ src: fromProcess(nested) }, { src: fromProcess(fragile) }] })
    const team = supervisor({ children: { "app:nested": nested, "app:machine": statechart(machine) } })
    const { runtime, events, time } = await bootTree(
      supervisor({
        children: {
          "app:team": team,
          "app:parts": partitionSupervisor({ child: nested, partitions: 2 }),
          "app:rooms": dynamicSupervisor(),
        },
      }),
    )
    const rooms = await runtime.acquire("app:rooms")
    await rooms.startChild(nested)
    await time.settle()
    const spawned = events.flatMap((event) => (event.type === "spawned" ? [event] : []))
    const early = spawned.filter(({ parent }, at) => parent !== undefined && !spawned.slice(0, at).some(({ pid }) => pid === parent))
    expect(spawned.length).toBeGreaterThan(40)
    expect(early).toEqual([])
    await runtime.stop()
  })

  it("has events that a reader can tell apart by their type alone", async () => {
    const { events } = await crashed()
    const words = events.map((event) => {
      if (event.type === "crash_report") return `${event.label} has crashed with ${event.waiting} waiting`
      return event.type === "restarting" ? `${event.child} restarts in ${event.delayMs} ms` : ""
    })
    expect(words.filter((word) => word !== "")).toEqual(["app:f has crashed with 0 waiting", "app:f restarts in 0 ms"])
  })
})
