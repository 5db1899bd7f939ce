import { describe, expect, it } from "vitest"
import {
  actor,
  child,
  Mailbox,
  type Policy,
  type PolicyRule,
  partitionSupervisor,
  StoreMailbox,
  server,
  stopWhenIdle,
  store,
} from "../../actors/index.ts"
import { bootApp } from "../support/app.ts"
import { refusal } from "../support/errors.ts"

const all: PolicyRule = { id: "all", effect: "allow", actions: "*", resources: "*" }
const deny = (actions: string, resources: string): PolicyRule => ({
  id: `no ${actions} on ${resources}`,
  effect: "deny",
  actions,
  resources,
})

const idle = actor(async (self) => void (await self.receive()))
const tree = () => ({
  "app:store": store<number>(),
  "app:plain": idle,
  "app:server": server({ init: () => ({}) }),
  cache: partitionSupervisor({ child: store<number>(), partitions: 2 }),
})

const IDS = ["app:store", "app:plain", "app:server", "app:absent", "cache", "cache#0", "cache#9", "absent#0", "root"]

describe("acquire by who may not", () => {
  it.each<[string, readonly Policy[]]>([
    ["everything is denied", [deny("*", "*")]],
    ["nothing is allowed", [{ effect: "allow", actions: "store.key.*", resources: "*" }]],
    ["the ids are denied", [all, deny("*", "app:*"), deny("*", "cache"), deny("*", "absent"), deny("*", "root")]],
  ])("is told the same of each id, whether there is such a service or not, with a key or without, where %s", async (_how, policies) => {
    const { runtime, events } = await bootApp(tree(), { policies })
    const guest = runtime.as({ id: "guest" })
    for (const id of IDS) {
      for (const wish of [{ as: Mailbox }, { as: Mailbox, key: "k" }]) {
        const error = await refusal(guest.acquire(id, wish))
        expect(error.message).toBe(`guest may not acquire ${id}: the policies do not allow it`)
        expect(error).toMatchObject({ kind: "PERMISSION_DENIED", details: { principal: "guest", resource: id } })
        expect(Object.keys(error.details)).toEqual(["principal", "resource"])
      }
    }
    expect(events.filter(({ type }) => type === "denied")).toHaveLength(2 * IDS.length)
    expect(events.filter(({ type }) => type === "attached")).toEqual([])
    await runtime.stop()
  })

  it("is told so by self.acquire too", async () => {
    const { runtime } = await bootApp(tree(), { policies: [deny("*", "*")] })
    const kinds: string[] = []
    const asker = actor(async (self) => {
      for (const id of ["app:store", "app:absent"]) kinds.push((await refusal(self.acquire(id))).kind)
    })
    await runtime.whenEnded(runtime.as({ id: "guest" }).spawn(asker))
    expect(kinds).toEqual(["PERMISSION_DENIED", "PERMISSION_DENIED"])
    await runtime.stop()
  })

  it("differs from who may, who is told what there is not", async () => {
    const { runtime } = await bootApp(tree(), { policies: [{ effect: "allow", actions: "store.get", resources: "app:*" }] })
    const kindOf = async (id: string) => (await refusal(runtime.acquire(id, { as: Mailbox }))).kind
    expect([await kindOf("app:absent"), await kindOf("app:plain"), await kindOf("other:absent")]).toEqual([
      "NOT_FOUND",
      "INVALID",
      "PERMISSION_DENIED",
    ])
    await runtime.stop()
  })
})

describe("the class that a mailbox is to be of", () => {
  it("decides by its prototype, and by no code of its own", async () => {
    const { runtime, events } = await bootApp({ "app:s": store<number>() })
    const asked: unknown[] = []
    const Curious = Object.defineProperty(class {}, Symbol.hasInstance, { value: (mailbox: unknown) => asked.push(mailbox) > 0 })
    class Shy extends StoreMailbox<number> {
      static override [Symbol.hasInstance](): boolean {
        throw new Error("asked")
      }
    }
    for (const as of [Curious as never, Shy]) expect((await refusal(runtime.acquire("app:s", { as }))).kind).toBe("INVALID")
    expect(asked).toEqual([])
    expect(events.filter(({ type }) => type === "attached")).toEqual([])
    expect(await runtime.acquire("app:s", { as: StoreMailbox<number> })).toBeInstanceOf(StoreMailbox)
    expect(await runtime.acquire("app:s", { as: Mailbox })).toBeInstanceOf(StoreMailbox)
    await runtime.stop()
  })

  it("is looked at before a service is woken", async () => {
    const { runtime, time } = await bootApp({ "app:s": child(store<number>(), { onDetach: stopWhenIdle() }) })
    await (await runtime.acquire("app:s")).release()
    await time.settle()
    expect(runtime.whereis("app:s")).toBeUndefined()
    expect((await refusal(runtime.acquire("app:s", { as: class Other extends Mailbox {} }))).kind).toBe("INVALID")
    expect((await refusal(runtime.acquire("app:s", { as: (() => {}) as never }))).details.field).toBe("as")
    await time.settle()
    expect(runtime.whereis("app:s")).toBeUndefined()
    await runtime.stop()
  })
})

describe("a partition", () => {
  const kindOf = (answer: Promise<unknown>): Promise<string> =>
    answer.then(
      () => "done",
      ({ kind }) => kind,
    )

  it("is denied with its supervisor, by key and by its own id, to acquire and for each operation", async () => {
    const { runtime } = await bootApp(tree(), { policies: [all] })
    const [byKey, byId] = [await runtime.acquire("cache", { key: "k" }), await runtime.acquire("cache#0", { as: StoreMailbox<number> })]
    expect([await kindOf(byKey.set("k", 1)), await kindOf(byId.get("k"))]).toEqual(["done", "done"])
    runtime.security.addPolicy(deny("store.key.*", "cache"))
    const error = await refusal(byKey.set("k", 2))
    expect(error).toMatchObject({ kind: "PERMISSION_DENIED", details: { resource: "cache", policy: "no store.key.* on cache" } })
    expect((await refusal(byId.get("k"))).details).toMatchObject({ resource: "cache#0" })
    expect(await kindOf(byKey.statistics())).toBe("done")
    runtime.security.removePolicy("no store.key.* on cache")
    expect(await kindOf(byKey.set("k", 3))).toBe("done")
    runtime.security.addPolicy(deny("store.get", "cache"))
    expect([await kindOf(runtime.acquire("cache", { key: "k" })), await kindOf(runtime.acquire("cache#1", { as: Mailbox }))]).toEqual([
      "PERMISSION_DENIED",
      "PERMISSION_DENIED",
    ])
    await runtime.stop()
  })

  it("is denied alone by a deny on its own id, and allowed by an allow on its supervisor's", async () => {
    const policies = [{ effect: "allow", actions: "store.*", resources: "cache" } as const, deny("store.get", "cache#0")]
    const { runtime } = await bootApp(tree(), { policies })
    const answers = [0, 1].map((key) => kindOf(runtime.acquire("cache", { key })))
    expect(await Promise.all(answers)).toEqual(["PERMISSION_DENIED", "done"])
    expect(runtime.security.check({ action: "store.get", resource: "cache#0" }).decision).toBe("deny")
    expect(runtime.security.check({ action: "store.get", resource: "cache#1" }).decision).toBe("allow")
    await runtime.stop()
  })

  it("obeys conditions on attributes that stand at its supervisor's id", async () => {
    const secret = { field: "attributes.key", operator: "eq", value: "secret" } as const
    const policies = [all, { id: "s", effect: "deny", actions: "store.key.get", resources: "cache", conditions: [secret] } as const]
    const { runtime } = await bootApp(tree(), { policies })
    const box = await runtime.acquire("cache", { key: "k" })
    expect([await kindOf(box.get("open")), await kindOf(box.get("secret"))]).toEqual(["done", "PERMISSION_DENIED"])
    await runtime.stop()
  })
})
