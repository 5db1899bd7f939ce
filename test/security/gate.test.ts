import { describe, expect, it } from "vitest"
import { child, type Policy, type Runtime, type StoreMailbox, scope, start, supervisor } from "../../actors/index.ts"
import { Gate } from "../../src/security/gate.ts"
import { virtualTime } from "../../src/testing.ts"
import { refusalBy, refusalOf } from "../support/refusal.ts"
import { openStore } from "../support/store-stage.ts"

const allow = (id: string, actions: string): Policy => ({ id, effect: "allow", actions, resources: "*" })
const deny = (id: string, actions: string): Policy => ({ id, effect: "deny", actions, resources: "*" })
const acquiring = allow("acquiring", "store.get")

/** `true` or the kind of the refusal. */
function trySet(mailbox: StoreMailbox): Promise<true | string> {
  return mailbox.set("k", 1).catch((error: { readonly kind: string }) => error.kind)
}

const DENIED = "PERMISSION_DENIED"

describe("a change of the policies", () => {
  it("counts for a mailbox already acquired from the next post on, and again for the next change", async () => {
    const { runtime, cache } = await openStore()
    const { security } = runtime
    expect(await trySet(cache)).toBe(true)
    security.setPolicies([deny("no", "store.key.set")])
    expect(await trySet(cache)).toBe(DENIED)
    security.setPolicies([allow("yes", "store.key.set")])
    expect(await trySet(cache)).toBe(true)
    security.addPolicy(deny("no", "store.key.set"))
    expect(await trySet(cache)).toBe(DENIED)
    expect(security.removePolicy("no")).toBe(true)
    expect(await trySet(cache)).toBe(true)
    security.setPolicies([])
    expect(await trySet(cache)).toBe(true)
  })

  it("does not touch what was posted before it", async () => {
    const { runtime, cache } = await openStore()
    const posted = cache.set("k", 1)
    runtime.security.setPolicies([deny("no", "*")])
    const late = cache.set("k", 2)
    expect(await posted).toBe(true)
    expect(await refusalOf(late)).toMatchObject({ kind: DENIED })
  })

  it("is told to inspectors with its version and the number of policies", async () => {
    const { runtime, events } = await openStore()
    runtime.security.setPolicies([acquiring, scope("ops", [allow("all", "*")])])
    runtime.security.addPolicy(deny("no", "store.key.set"))
    runtime.security.removePolicy("all")
    runtime.security.removeScope("ops")
    expect(events.filter(({ type }) => type === "policies_changed")).toEqual([
      { type: "policies_changed", version: 1, policies: 0, isConfigured: false },
      { type: "policies_changed", version: 2, policies: 2, isConfigured: true },
      { type: "policies_changed", version: 3, policies: 3, isConfigured: true },
      { type: "policies_changed", version: 4, policies: 2, isConfigured: true },
      { type: "policies_changed", version: 5, policies: 2, isConfigured: true },
    ])
  })

  it("that removes the last policy opens everything again, and the log says so", async () => {
    const { runtime, log } = await openStore({ policies: [allow("only", "*")], isReal: true })
    expect(log).toEqual([])
    runtime.security.removePolicy("only")
    expect(log).toMatchObject([{ level: "info", message: expect.stringContaining("no policies") }])
  })

  it("that is none is not told, and answers false", async () => {
    const { runtime, events } = await openStore({ policies: [acquiring] })
    expect(runtime.security.removePolicy("absent")).toBe(false)
    expect(runtime.security.removeScope("absent")).toBe(false)
    expect(events.filter(({ type }) => type === "policies_changed")).toHaveLength(1)
  })

  it("to bad policies changes nothing", async () => {
    const { runtime, cache, events } = await openStore({ policies: [acquiring, allow("all", "*")] })
    const before = events.length
    const bad = { effect: "allow", actions: "a*b", resources: "*" } as const
    for (const change of [
      () => runtime.security.setPolicies([deny("no", "*"), bad]),
      () => runtime.security.addPolicy(bad),
      () => runtime.security.setScope({ scope: "ops", policies: [deny("no", "*"), bad] }),
    ]) {
      expect(refusalBy(change).kind).toBe("INVALID")
      expect(await trySet(cache)).toBe(true)
    }
    expect(events.slice(before).filter(({ type }) => type === "policies_changed")).toEqual([])
  })

  it("gives a policy added without an id one of its own, by which it is removed", async () => {
    const { runtime, cache } = await openStore({ policies: [acquiring] })
    const id = runtime.security.addPolicy({ effect: "allow", actions: "*", resources: "*" })
    expect(await trySet(cache)).toBe(true)
    expect(runtime.security.removePolicy(id)).toBe(true)
    expect(await trySet(cache)).toBe(DENIED)
  })
})

describe("a scope", () => {
  async function openScoped(): Promise<{ runtime: Runtime<{ "app:cache": StoreMailbox }>; plain: StoreMailbox; scoped: StoreMailbox }> {
    const { runtime, cache } = await openStore({ policies: [acquiring, scope("ops", [allow("ops-set", "store.key.set")])] })
    const scoped = await runtime.as({ id: "user:ops" }, { scopes: ["ops"] }).acquire("app:cache")
    return { runtime, plain: cache, scoped }
  }

  it("counts for those who act under it, and for nobody else", async () => {
    const { plain, scoped } = await openScoped()
    expect([await trySet(plain), await trySet(scoped)]).toEqual([DENIED, true])
  })

  it("adds to the policies that count for all, whose denials win", async () => {
    const { runtime, scoped } = await openScoped()
    runtime.security.addPolicy(deny("no", "store.key.set"))
    expect(await trySet(scoped)).toBe(DENIED)
  })

  it("denies only to those who act under it", async () => {
    const { runtime, plain, scoped } = await openScoped()
    runtime.security.addPolicy(allow("all", "*"))
    runtime.security.setScope(scope("ops", [deny("ops-no", "store.key.set")]))
    expect([await trySet(plain), await trySet(scoped)]).toEqual([true, DENIED])
  })

  it("counts from the next post on when it is set, changed and removed", async () => {
    const { runtime, scoped } = await openScoped()
    runtime.security.setScope(scope("ops", []))
    expect(await trySet(scoped)).toBe(DENIED)
    runtime.security.setScope(scope("ops", [allow("ops-set", "store.key.set")]))
    expect(await trySet(scoped)).toBe(true)
    expect(runtime.security.removeScope("ops")).toBe(true)
    expect(await trySet(scoped)).toBe(DENIED)
    runtime.security.setScope(scope("ops", [allow("ops-set", "*")]))
    expect(await trySet(scoped)).toBe(true)
  })

  it("loses a policy that is removed by its id", async () => {
    const { runtime, scoped } = await openScoped()
    expect(runtime.security.removePolicy("ops-set")).toBe(true)
    expect(await trySet(scoped)).toBe(DENIED)
  })

  it("is replaced with all others by setPolicies", async () => {
    const { runtime, scoped } = await openScoped()
    runtime.security.setPolicies([acquiring])
    expect(await trySet(scoped)).toBe(DENIED)
    expect(refusalBy(() => runtime.as({ id: "u" }, { scopes: ["ops"] })).kind).toBe("NOT_FOUND")
  })

  it("that is unknown is NotFound", async () => {
    const { runtime } = await openScoped()
    const calls = [
      () => runtime.as({ id: "u" }, { scopes: ["ops", "absent"] }),
      () => runtime.security.check({ principal: { id: "u" }, scopes: ["absent"], action: "a", resource: "r" }),
    ]
    for (const call of calls) {
      const error = refusalBy(call)
      expect(error).toMatchObject({ kind: "NOT_FOUND", retryable: false, details: { field: "scopes", scope: "absent" } })
    }
  })

  it("that is misspelt, or given under a misspelt name, is refused, and not left out", async () => {
    const { runtime } = await openScoped()
    const { security } = runtime
    const question = { action: "a", resource: "r" }
    expect(refusalBy(() => security.check({ ...question, scopes: ["opps"] })).kind).toBe("NOT_FOUND")
    expect(refusalBy(() => security.check({ ...question, scope: ["ops"] } as never)).details.field).toBe("scope")
    expect(refusalBy(() => runtime.as({ id: "u" }, { scope: ["ops"] } as never)).details.field).toBe("scope")
    expect(refusalBy(() => runtime.as({ id: "u" }, { scopes: [Symbol("ops")] } as never)).kind).toBe("INVALID")
    const inner = child(supervisor({ children: {} }), { scopes: ["opps"] })
    expect((await refusalOf(start({ inner }, { host: virtualTime(), log: () => {} }))).kind).toBe("NOT_FOUND")
  })

  it("is given in a list of names: anything else is Invalid", async () => {
    const { runtime } = await openScoped()
    const scopes = "ops" as unknown as readonly string[]
    expect(refusalBy(() => runtime.as({ id: "u" }, { scopes }))).toMatchObject({ kind: "INVALID", details: { field: "scopes" } })
  })

  it("of a caller is the list as it was given then", async () => {
    const { runtime } = await openScoped()
    const scopes: string[] = []
    const caller = runtime.as({ id: "u" }, { scopes })
    scopes.push("ops")
    expect(await trySet(await caller.acquire("app:cache"))).toBe(DENIED)
  })

  it("may stand beside others: all of a caller's count", async () => {
    const { runtime } = await openScoped()
    runtime.security.setScope(scope("audit", [deny("frozen", "store.key.delete"), allow("audit-get", "store.key.get")]))
    const both = await runtime.as({ id: "u" }, { scopes: ["ops", "audit"] }).acquire("app:cache")
    expect(await trySet(both)).toBe(true)
    expect(await both.get("k")).toBe(1)
    expect((await refusalOf(both.delete("k"))).details).toMatchObject({ policy: "frozen" })
  })
})

describe("check", () => {
  it("says what would be decided, for anyone, and reports no denial", async () => {
    const { runtime, events } = await openStore({ policies: [acquiring, scope("ops", [deny("frozen", "*")])] })
    const question = { action: "store.get", resource: "app:cache" }
    const { security } = runtime
    const principal = { id: "user:eve" }
    expect(security.check(question)).toEqual({ decision: "allow", policy: "acquiring" })
    expect(security.check({ ...question, principal })).toEqual({ decision: "allow", policy: "acquiring" })
    expect(security.check({ ...question, principal, scopes: ["ops"] })).toEqual({ decision: "deny", policy: "frozen" })
    expect(security.check({ ...question, scopes: ["ops"] })).toEqual({ decision: "deny", policy: "frozen" })
    expect(security.check({ ...question, action: "store.key.get" })).toEqual({ decision: "undefined", policy: undefined })
    expect(events.filter(({ type }) => type === "denied")).toEqual([])
  })

  it("refuses a bad principal as Invalid", async () => {
    const { runtime } = await openStore()
    const error = refusalBy(() => runtime.security.check({ principal: { id: "" }, action: "a", resource: "r" }))
    expect(error).toMatchObject({ kind: "INVALID", details: { field: "principal.id" } })
  })
})

describe("a denial", () => {
  it("names who, what, on what and by which policy, in the error and in the event", async () => {
    const { runtime, events } = await openStore({ policies: [acquiring, deny("no-deletes", "store.key.delete")] })
    const eve = await runtime.as({ id: "user:eve", meta: { role: "guest" } }).acquire("app:cache")
    const error = await refusalOf(eve.delete("k"))
    const facts = { principal: "user:eve", action: "store.key.delete", resource: "app:cache" }
    expect(error.details).toEqual({ ...facts, key: "k", policy: "no-deletes" })
    expect(events.filter(({ type }) => type === "denied")).toEqual([
      { type: "denied", ...facts, attributes: { key: "k" }, policy: "no-deletes" },
    ])
  })

  it("is reported each time, and takes no room in the inbox", async () => {
    const { runtime, cache, events } = await openStore({ policies: [acquiring] })
    const before = runtime.statistics()
    for (let i = 0; i < 5; i += 1) await refusalOf(cache.set("k", 1))
    expect(runtime.statistics()).toMatchObject({ accepted: before.accepted, refused: before.refused + 5 })
    expect(events.filter(({ type }) => type === "denied")).toHaveLength(5)
  })
})

describe("a verdict", () => {
  it("is one for all where nobody has said a policy, and drawn for each once somebody has", () => {
    const gate = new Gate(() => {})
    const anna = gate.identify({ id: "anna" })
    const silent = gate.verdict(anna, "store.key.set", "app:cache")
    expect(gate.verdict(gate.identify({ id: "bert" }), "store.get", "app:other#1")).toBe(silent)
    expect([silent.fixed, silent.rule({})]).toEqual([
      { decision: "undefined", policy: undefined },
      { decision: "undefined", policy: undefined },
    ])
    gate.set([scope("ops", [allow("all", "*")])])
    expect(gate.verdict(anna, "store.key.set", "app:cache")).not.toBe(silent)
    expect(gate.verdict(gate.identify({ id: "carl" }, ["ops"]), "store.key.set", "app:cache").fixed?.decision).toBe("allow")
  })
})
