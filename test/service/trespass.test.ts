import { describe, expect, it } from "vitest"
import {
  actor,
  child,
  dynamicSupervisor,
  type Mailbox,
  type Pid,
  type PolicyRule,
  type ServerRoute,
  StoreMailbox,
  server,
  store,
  supervisor,
} from "../../actors/index.ts"
import { bootApp } from "../support/app.ts"
import { fieldOf, refusal } from "../support/errors.ts"

const reading: PolicyRule = { id: "reading", effect: "allow", actions: ["store.get", "store.key.get"], resources: "*" }

describe("what is not permitted has no other way in (promise 11)", () => {
  it("not by a route of one's own making, posted through a mailbox", async () => {
    const { runtime } = await bootApp({ "app:s": store() }, { policies: [reading] })
    const box = await runtime.acquire("app:s")
    expect(await box.get("k")).toBeUndefined()
    const run: string[] = []
    const forged: ServerRoute = { name: "get", kind: "call", index: 0, handler: () => run.push("handler") }
    const ask = (StoreMailbox.prototype as unknown as { ask(route: ServerRoute, argument: unknown): Promise<unknown> }).ask
    expect(await refusal(ask.call(box, forged, "k"))).toMatchObject({ kind: "INVALID" })
    expect(run).toEqual([])
    await runtime.stop()
  })

  it("not by the pid of a server that is a service: its names are called through a mailbox", async () => {
    const counter = server({
      init: () => ({ count: 0 }),
      call: { count: (state) => state.count },
      info: (_state, message) => `heard ${message}`,
    })
    const { runtime } = await bootApp({ "app:counter": counter }, { policies: [reading] })
    const pid = runtime.whereis("app:counter") as Pid & { readonly call: { count(): Promise<number> } }
    expect(await refusal(pid.call.count())).toMatchObject({ kind: "PERMISSION_DENIED" })
    expect(await runtime.ask(pid, "hello")).toBe("heard hello")
    await runtime.stop()
  })

  it("not by what a monitor reference knows", async () => {
    const { runtime } = await bootApp({})
    const seen: string[] = []
    await runtime.whenEnded(
      runtime.spawn(
        actor(async (self) => {
          const ref = self.monitor(self.pid)
          seen.push(...Object.values(ref).map(String), String("watcher" in ref))
        }),
      ),
    )
    expect(seen.toSorted()).toEqual([expect.stringMatching(/^<\d+>$/), "false", "true"])
    await runtime.stop()
  })

  it("not by taking a service's name while it is down", async () => {
    const { runtime, time } = await bootApp({ "app:s": child(store(), { backoff: { initialMs: 1000, maxMs: 1000, jitter: 0 } }) })
    const box = await runtime.acquire("app:s")
    for (let crash = 0; crash < 2; crash += 1) {
      const pid = runtime.whereis("app:s")
      if (pid !== undefined) runtime.exit(pid, { error: new Error("boom") })
      await time.settle()
    }
    expect(runtime.whereis("app:s")).toBeUndefined()
    const squatter = actor(async (self) => void (await self.receive()))
    expect(() => runtime.spawn(squatter, undefined, { name: "app:s" })).toThrow("is the id of a service")
    await time.advance(1000)
    expect(await box.set("k", 1)).toBe(true)
    await runtime.stop()
  })

  it("not by taking the name of the supervisor above all others, or of one below", async () => {
    const { runtime } = await bootApp({ inner: supervisor({ children: {} }) })
    const pid = runtime.spawn(actor(async (self) => void (await self.receive())))
    const { pid: root } = await runtime.sys.getStatus("root")
    for (const name of ["root", "inner"]) {
      expect(() => runtime.register(name, pid)).toThrow("is the id of a service")
      expect(() => runtime.unregister(name)).toThrow("is the id of a service")
    }
    expect((await runtime.sys.getStatus("root")).pid).toBe(root)
    await runtime.stop()
  })

  it("not by what it is started as changing after the policies have looked at it", async () => {
    const asGuest = { field: "attributes.principals", operator: "contains", value: "admin" } as const
    const policies: PolicyRule[] = [
      { effect: "allow", actions: "*", resources: "*" },
      { effect: "deny", actions: "supervisor.startChild", resources: "*", conditions: [asGuest] },
    ]
    const { runtime, time } = await bootApp({}, { policies })
    const root = await runtime.acquire("root")
    let reads = 0
    const principal = {
      get id(): string {
        reads += 1
        return reads === 1 ? "guest" : "admin"
      },
    }
    const acting: string[] = []
    const worker = actor(async (self) => void acting.push((await self.acquire<Mailbox>("root")).principal.id))
    await root.startChild("w", child(worker, { principal, restart: "temporary" }))
    await time.settle()
    expect([acting, reads]).toEqual([["guest"], 1])
    expect((await refusal(root.startChild("v", child(worker, { principal: { id: "admin" } })))).kind).toBe("PERMISSION_DENIED")
    await runtime.stop()
  })

  it.each<[string, (kept: object, shown: object, name: string) => object]>([
    [
      "made of one",
      (kept, shown, name) => Object.create(kept, { [name]: { get: answering(Reflect.get(shown, name), Reflect.get(kept, name)) } }),
    ],
    [
      "a proxy that hides what it is",
      (kept) => new Proxy(kept, { getPrototypeOf: answering(Object.prototype, Object.getPrototypeOf(kept)) }),
    ],
  ])("not by a definition that answers twice: %s", async (_what, forge) => {
    const asAdmin = { field: "attributes.principals", operator: "contains", value: "admin" } as const
    const policies: PolicyRule[] = [
      { effect: "allow", actions: "*", resources: "*" },
      { effect: "deny", actions: "supervisor.startChild", resources: "*", conditions: [asAdmin] },
    ]
    const { runtime } = await bootApp({}, { policies })
    const root = await runtime.acquire("root")
    const started: string[] = []
    const worker = actor(async () => void started.push("worker"))
    const [kept, shown] = ["admin", "guest"].map((id) => child(worker, { principal: { id }, restart: "temporary" }))
    const [above, other] = [kept, shown].map((below, index) => supervisor({ children: { [`below${index}`]: below as never } }))
    for (const forged of [forge(kept as object, shown as object, "options"), forge(above as object, other as object, "children")]) {
      expect((await refusal(root.startChild("forged", forged as typeof worker))).kind).toBe("INVALID")
    }
    expect(started).toEqual([])
    await runtime.stop()
  })

  it("not by a pid that gives itself out for another, and none that only looks like one reaches a supervisor", async () => {
    const condition = { field: "attributes.child", operator: "eq", value: "<99>" } as const
    const policies: PolicyRule[] = [
      { effect: "allow", actions: ["supervisor.acquire", "supervisor.startChild"], resources: "*" },
      { effect: "allow", actions: "supervisor.terminateChild", resources: "*", conditions: [condition] },
    ]
    const { runtime } = await bootApp({ "app:rooms": dynamicSupervisor() }, { policies })
    const rooms = await runtime.acquire("app:rooms")
    const pid = await rooms.startChild(server({ init: () => ({}) }))
    const lying = Object.assign(pid, { id: 99, toString: () => "<99>" })
    expect((await refusal(rooms.terminateChild(lying))).kind).toBe("PERMISSION_DENIED")
    expect(pid.isAlive).toBe(true)
    for (const forged of [Object.create(pid), new Proxy(pid, {})])
      expect((await refusal(rooms.terminateChild(forged))).kind).toBe("INVALID")
    await runtime.stop()
  })

  it("acts under the scopes its child options name", async () => {
    expect((await refusal(bootApp({ "app:s": child(store(), { scopes: ["unknown"] }) }))).kind).toBe("NOT_FOUND")
  })
})

describe("options that are not known (bad input)", () => {
  it.each([
    [() => store({ max: 5 } as never), "max"],
    [() => child(store(), { restrat: "permanent" } as never), "child.restrat"],
    [() => server({ init: () => ({}), calls: {} } as never), "calls"],
  ])("are refused at definition, naming them (%#)", (define, field) => {
    expect(fieldOf(define)).toBe(field)
  })

  it.each([
    [{ polices: [] }, "polices"],
    [{ principal: { id: "a", role: "admin" } }, "principal.role"],
    [{ policies: [{ effect: "allow", action: "*", resources: "*" }] }, "policies[0].action"],
  ])("are refused at start: %o", async (options, field) => {
    const error = await refusal(bootApp({ "app:s": store() }, options as never))
    expect(error).toMatchObject({ kind: "INVALID", details: { field } })
  })

  it("come with the name that was meant", async () => {
    expect(() => child(store(), { restrat: "permanent" } as never)).toThrow("child.restrat is unknown; did you mean restart?")
    const { runtime } = await bootApp({ "app:s": store() })
    const box = await runtime.acquire("app:s")
    expect((await refusal(box.set("k", 1, { ttlMs: 5 } as never))).message).toBe("ttlMs is unknown; did you mean ttl?")
    expect((await refusal(box.get("k", { timeout: 5 } as never))).message).toBe("timeout is unknown; did you mean timeoutMs?")
    expect(await box.has("k")).toBe(false)
    await runtime.stop()
  })
})

describe("what is no pid, no definition, no process", () => {
  it("is Invalid, and says what would be one", async () => {
    const { runtime } = await bootApp({ "app:s": store() })
    expect(fieldOf(() => runtime.tell("app:s" as never, "x"))).toBe("pid")
    expect(fieldOf(() => runtime.exit(undefined as never, "kill"))).toBe("pid")
    expect(await refusal(runtime.ask({} as never, "x"))).toMatchObject({ kind: "INVALID", details: { field: "pid" } })
    expect(fieldOf(() => runtime.spawn((async () => {}) as never))).toBe("definition")
    await runtime.stop()
  })
})

describe("the host (promise 3)", () => {
  it("is held while somebody waits for an answer, and let go when it has come", async () => {
    const gate = Promise.withResolvers<string>()
    const slow = server({ init: () => ({}), call: { wait: () => gate.promise } })
    const { runtime, time } = await bootApp({ "app:slow": slow, "app:s": store() })
    const box = await runtime.acquire("app:s")
    await box.set("k", 1, 60)
    await time.settle()
    expect([time.armedTimers, time.heldTimers]).toEqual([1, 0])
    const answer = (await runtime.acquire("app:slow")).call.wait()
    await time.settle()
    expect(time.heldTimers).toBe(1)
    gate.resolve("done")
    await answer
    expect(time.heldTimers).toBe(0)
    await runtime.stop()
  })
})

/** Gives the first value once, and the second from then on. */
function answering<Value>(first: Value, second: Value): () => Value {
  let isAsked = false
  return () => {
    const answer = isAsked ? second : first
    isAsked = true
    return answer
  }
}
