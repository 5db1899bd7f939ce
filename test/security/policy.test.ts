import { describe, expect, it } from "vitest"
import { type Condition, type Policy, type PolicyFunction, type Scope, scope, start, store } from "../../actors/index.ts"
import { virtualTime } from "../../src/testing.ts"
import { refusalBy, refusalOf } from "../support/refusal.ts"
import { openStore } from "../support/store-stage.ts"

const rule = { effect: "allow", actions: "*", resources: "*" } as const
const allowAll: Policy = { id: "allow-all", ...rule }
const denySet: Policy = { id: "deny-set", effect: "deny", actions: "store.key.set", resources: "*" }

function ruled(conditions: readonly Condition[]): Policy {
  return { ...rule, conditions }
}

describe("policies", () => {
  it("deny over allow, whichever comes first", async () => {
    for (const policies of [
      [allowAll, denySet],
      [denySet, allowAll],
    ]) {
      const { cache } = await openStore({ policies })
      expect((await refusalOf(cache.set("k", 1))).details).toMatchObject({ policy: "deny-set" })
      expect(await cache.get("k")).toBeUndefined()
    }
  })

  it("deny over allow where the denial depends on an attribute and the allowance does not", async () => {
    const secrets: Policy = {
      id: "no-secrets",
      effect: "deny",
      actions: "store.key.*",
      resources: "app:cache",
      conditions: [{ field: "attributes.key", operator: "matches", value: "^secret:" }],
    }
    const { cache } = await openStore({ policies: [allowAll, secrets] })
    expect(await cache.set("open", 1)).toBe(true)
    const error = await refusalOf(cache.set("secret:1", 1))
    expect(error.details).toMatchObject({ policy: "no-secrets", key: "secret:1" })
    expect(error.message).toBe("anonymous may not store.key.set on app:cache: denied by policy no-secrets")
    expect(await cache.set("open", 2)).toBe(true)
  })

  it("that say nothing of an operation deny it, once there are any", async () => {
    const { runtime, cache } = await openStore({ policies: [{ effect: "allow", actions: "store.get", resources: "*" }] })
    const error = await refusalOf(cache.get("k"))
    expect(error).toMatchObject({ kind: "PERMISSION_DENIED", retryable: false })
    expect(error.message).toBe("anonymous may not store.key.get on app:cache: no policy allows it")
    expect(Object.hasOwn(error.details, "policy")).toBe(false)
    expect(runtime.security.check({ action: "store.key.get", resource: "app:cache" })).toEqual({ decision: "undefined", policy: undefined })
  })

  it("need all their conditions to hold", async () => {
    const both = ruled([
      { field: "principal.meta.role", operator: "eq", value: "admin" },
      { field: "attributes.key", operator: "eq", value: "k" },
    ])
    const { runtime } = await openStore({ policies: [{ ...rule, actions: "store.get" }, both] })
    const decide = (role: string, key: string): string =>
      runtime.security.check({ principal: { id: "u", meta: { role } }, action: "a", resource: "r", attributes: { key } }).decision
    expect([decide("admin", "k"), decide("admin", "x"), decide("user", "k")]).toEqual(["allow", "undefined", "undefined"])
  })

  it("need an action and a resource of theirs to match", async () => {
    const some: Policy = { effect: "allow", actions: ["store.get", "store.key.*"], resources: ["app:cache", "*:session"] }
    const { runtime } = await openStore({ policies: [some] })
    const decide = (action: string, resource: string): string => runtime.security.check({ action, resource }).decision
    expect(decide("store.key.get", "app:cache")).toBe("allow")
    expect(decide("store.key.get", "other:session")).toBe("allow")
    expect(decide("store.statistics", "app:cache")).toBe("undefined")
    expect(decide("store.key.get", "app:mailer")).toBe("undefined")
  })

  it("are taken as they are when given: what is done to the objects afterwards changes nothing", async () => {
    const policy = { effect: "deny" as "deny" | "allow", actions: ["*"], resources: ["*"] }
    const { runtime } = await openStore()
    runtime.security.setPolicies([policy])
    policy.effect = "allow"
    policy.actions.pop()
    expect(runtime.security.check({ action: "a", resource: "r" }).decision).toBe("deny")
  })
})

describe("a text that is too long for the host to match", () => {
  const matched = { operator: "matches", value: `^(?:${[..."abcdefgh"].map((letter) => `(${letter})`).join("|")})*$` } as const
  const long = "ah".repeat(4_000_000)
  const failures = (events: readonly { readonly type: string }[]) => events.filter(({ type }) => type === "policy_failed")

  it.each(["allow", "deny"] as const)("lets nobody in by a rule to %s, and is reported", async (effect) => {
    const { cache, runtime, events } = await openStore()
    const others = effect === "deny" ? [allowAll] : []
    runtime.security.setPolicies([...others, { ...rule, id: "lettered", effect, conditions: [{ field: "attributes.key", ...matched }] }])
    expect(await refusalOf(cache.set(long, 1))).toMatchObject({ kind: "PERMISSION_DENIED" })
    expect(failures(events)).toMatchObject([{ policy: "lettered", error: { name: "RangeError" } }])
    expect(await cache.set("k", 1).catch((error) => error.kind)).toBe(effect === "deny" ? true : "PERMISSION_DENIED")
  })

  it.each(["allow", "deny"] as const)("of a principal lets it in nowhere by a rule to %s, and is reported", async (effect) => {
    const { runtime, events } = await openStore()
    const named: Policy = { ...rule, id: "named", effect, conditions: [{ field: "principal.meta.name", ...matched }] }
    runtime.security.setPolicies(effect === "deny" ? [allowAll, named] : [named])
    const bob = runtime.as({ id: "bob", meta: { name: long } })
    expect(await refusalOf(bob.acquire("app:cache"))).toMatchObject({ kind: "PERMISSION_DENIED" })
    expect(failures(events)).toMatchObject([{ policy: "named" }])
    expect(
      await runtime
        .as({ id: "ann", meta: { name: "!" } })
        .acquire("app:cache")
        .then(
          () => "in",
          (error) => error.kind,
        ),
    ).toBe(effect === "deny" ? "in" : "PERMISSION_DENIED")
  })
})

describe("no policies", () => {
  it("allow everything to everyone, and the log says so exactly once", async () => {
    const { runtime, cache, log } = await openStore({ isReal: true })
    const eve = await runtime.as({ id: "user:eve" }).acquire("app:cache")
    await eve.set("k", 1)
    expect([await cache.get("k"), await eve.delete("k")]).toEqual([1, true])
    expect(log).toMatchObject([{ level: "info", message: "no policies are configured: every operation is allowed to everyone" }])
    expect(runtime.security.check({ action: "a", resource: "r" })).toEqual({ decision: "allow", policy: undefined })
  })

  it("are not what the log says where there are some", async () => {
    for (const policies of [[allowAll], [scope("ops", [])]]) {
      const log: unknown[] = []
      await using _runtime = await start({ "app:cache": store() }, { host: virtualTime(), log: (entry) => log.push(entry), policies })
      expect(log).toEqual([])
    }
  })

  it("is not what a scope is, be it empty: what none allows is denied", async () => {
    const { runtime, cache } = await openStore()
    runtime.security.setScope(scope("ops", []))
    expect(await refusalOf(cache.get("k"))).toMatchObject({ kind: "PERMISSION_DENIED" })
  })
})

describe("a policy function", () => {
  const answers: readonly (readonly [answer: unknown, isAllowed: boolean])[] = [
    ["allow", true],
    [true, true],
    ["deny", false],
    ["undefined", false],
    [false, false],
  ]
  it.each(answers)("that answers %s: allowed is %s, and nothing failed", async (answer, isAllowed) => {
    const { cache, events, runtime } = await openStore()
    runtime.security.setPolicies([(() => answer) as PolicyFunction])
    const outcome = await cache.set("k", 1).catch((error: { readonly kind: string }) => error.kind)
    expect(outcome).toBe(isAllowed ? true : "PERMISSION_DENIED")
    expect(events.filter(({ type }) => type === "policy_failed")).toEqual([])
  })

  it("that says nothing leaves it to the others; one that denies does not", async () => {
    const { cache, runtime } = await openStore()
    runtime.security.setPolicies([allowAll, () => false])
    expect(await cache.set("k", 1)).toBe(true)
    runtime.security.setPolicies([allowAll, () => "deny"])
    expect(await refusalOf(cache.set("k", 2))).toMatchObject({ kind: "PERMISSION_DENIED" })
  })

  it("sees principal, action, resource and attributes, and is asked for every message", async () => {
    const { cache, runtime } = await openStore()
    const seen: unknown[] = []
    runtime.security.setPolicies([(request) => seen.push(request) > 0])
    await cache.set("a", 1)
    await cache.get("b")
    const asked = { principal: { id: "anonymous", meta: {} }, resource: "app:cache" }
    expect(seen).toEqual([
      { ...asked, action: "store.key.set", attributes: { key: "a" } },
      { ...asked, action: "store.key.get", attributes: { key: "b" } },
    ])
  })

  it("that throws denies, though all else allows, and is reported", async () => {
    const { cache, runtime, events, log } = await openStore()
    const error = new Error("no database")
    const lookUp: PolicyFunction = () => {
      throw error
    }
    runtime.security.setPolicies([allowAll, lookUp])
    expect((await refusalOf(cache.set("k", 1))).details).toMatchObject({ policy: "lookUp" })
    expect(events.filter(({ type }) => type === "policy_failed")).toEqual([{ type: "policy_failed", policy: "lookUp", error }])
    expect(log.filter(({ level }) => level === "error")).toMatchObject([
      { level: "error", message: "policy lookUp failed; the operation was denied", error },
    ])
    expect(await cache.get("k").catch(() => "denied")).toBe("denied")
  })

  it("that takes its time denies, is reported once, and is not waited for, called again or left to reject", async () => {
    const { cache, runtime, events } = await openStore()
    const called: string[] = []
    const note = (name: string) => () => called.push(name)
    const thenable = Object.fromEntries(["then", "toString"].map((name) => [name, note(name)]))
    const shifty = new Proxy({}, { get: (_target, name) => called.push(String(name)) })
    const answers: readonly unknown[] = [Promise.reject(new Error("no database")), Promise.resolve(true), thenable, shifty]
    let asked = 0
    const late = (() => answers[asked++]) as unknown as PolicyFunction
    runtime.security.setPolicies([allowAll, late])
    for (const _ of answers) expect((await refusalOf(cache.get("k"))).kind).toBe("PERMISSION_DENIED")
    expect(events.filter(({ type }) => type === "policy_failed").map((event) => String((event as { error: unknown }).error))).toEqual([
      "TypeError: the policy answered a promise, which is no decision",
      "TypeError: the policy answered a promise, which is no decision",
      "TypeError: the policy answered an object, which is no decision",
      "TypeError: the policy answered an object, which is no decision",
    ])
    // One look each, in case it fails later: nobody else would hear of it.
    expect(called).toEqual(["then", "then"])
  })

  const garbage: readonly unknown[] = [
    undefined,
    null,
    1,
    "yes",
    "ALLOW",
    {},
    [],
    Promise.resolve("allow"),
    Object.create(null),
    Symbol("s"),
  ]
  it("that answers with none of the decisions denies, and is reported", async () => {
    const { cache, runtime, events } = await openStore()
    for (const answer of garbage) {
      runtime.security.setPolicies([allowAll, (() => answer) as PolicyFunction])
      expect(await refusalOf(cache.set("k", 1))).toMatchObject({ kind: "PERMISSION_DENIED" })
    }
    const failures = events.filter(({ type }) => type === "policy_failed")
    expect(failures).toHaveLength(garbage.length)
    expect(failures[0]).toMatchObject({ error: new TypeError("the policy answered undefined, which is no decision") })
    expect((await refusalOf(cache.statistics())).kind).toBe("PERMISSION_DENIED")
  })

  it("is named by its own name, or numbered", async () => {
    const { runtime } = await openStore()
    const ownKeysOnly: PolicyFunction = () => "deny"
    expect(runtime.security.addPolicy(ownKeysOnly)).toBe("ownKeysOnly")
    expect(runtime.security.check({ action: "a", resource: "r" })).toEqual({ decision: "deny", policy: "ownKeysOnly" })
    expect(
      runtime.security.addPolicy(
        (
          () => (): boolean =>
            true
        )(),
      ),
    ).toMatch(/^policy-\d+$/)
  })
})

describe("the definition of policies", () => {
  const bad: readonly (readonly [name: string, policies: unknown, field: string])[] = [
    ["no list", {}, "policies"],
    ["a text", "allow", "policies"],
    ["a policy that is null", [null], "policies[0]"],
    ["a policy that is a text", [allowAll, "allow"], "policies[1]"],
    ["an unknown effect", [{ ...rule, effect: "permit" }], "policies[0].effect"],
    ["no effect", [{ actions: "*", resources: "*" }], "policies[0].effect"],
    ["no actions", [{ effect: "allow", resources: "*" }], "policies[0].actions"],
    ["an empty list of actions", [{ ...rule, actions: [] }], "policies[0].actions"],
    ["an empty action", [{ ...rule, actions: "" }], "policies[0].actions"],
    ["a bad action in a list", [{ ...rule, actions: ["*", "a*b"] }], "policies[0].actions[1]"],
    ["no resources", [{ effect: "allow", actions: "*" }], "policies[0].resources"],
    ["a resource that is a number", [{ ...rule, resources: [1] }], "policies[0].resources[0]"],
    ["an empty id", [{ ...rule, id: "" }], "policies[0].id"],
    ["an id that is a number", [{ ...rule, id: 1 }], "policies[0].id"],
    ["conditions that are no list", [{ ...rule, conditions: {} }], "policies[0].conditions"],
    ["a condition that is null", [ruled([null as never])], "policies[0].conditions[0]"],
    ["an unknown operator", [ruled([{ field: "action", operator: "like" as never, value: 1 }])], "policies[0].conditions[0].operator"],
    ["a bad field", [ruled([{ field: "user.id", operator: "eq", value: 1 }])], "policies[0].conditions[0].field"],
    ["a missing value", [ruled([{ field: "action", operator: "eq" }])], "policies[0].conditions[0].value"],
    ["a bad regular expression", [ruled([{ field: "action", operator: "matches", value: "(" }])], "policies[0].conditions[0].value"],
    [
      "a catastrophic pattern, in the second condition",
      [
        ruled([
          { field: "action", operator: "exists" },
          { field: "attributes.key", operator: "matches", value: "^(a|a)*$" },
        ]),
      ],
      "policies[0].conditions[1].value",
    ],
    [
      "a bad policy in a scope",
      [allowAll, { scope: "ops", policies: [allowAll, { ...rule, effect: 1 }] }],
      "policies[1].policies[1].effect",
    ],
    ["a scope without policies", [{ scope: "ops" }], "policies[0].policies"],
    ["a scope without a name", [{ scope: "", policies: [] }], "policies[0].scope"],
  ]
  it.each(bad)("is refused at start as Invalid with the exact path: %s", async (_, policies, field) => {
    const outcome = start({ "app:cache": store() }, { host: virtualTime(), log: () => {}, policies: policies as Policy[] })
    const error = await refusalOf(outcome)
    expect(error).toMatchObject({ kind: "INVALID", retryable: false, details: { field } })
  })

  it.each(bad)("is refused at run time, and nothing has changed: %s", async (_, policies, field) => {
    const { runtime, cache, events } = await openStore({ policies: [allowAll] })
    const error = refusalBy(() => runtime.security.setPolicies(policies as Policy[]))
    expect(error).toMatchObject({ kind: "INVALID", details: { field } })
    expect(await cache.set("k", 1)).toBe(true)
    expect(events.filter(({ type }) => type === "policies_changed")).toHaveLength(1)
  })

  it("is refused where two policies have one id, be it in different scopes", async () => {
    const { runtime, cache } = await openStore({ policies: [allowAll, scope("ops", [denySet])] })
    const clashes: readonly (() => unknown)[] = [
      () => runtime.security.setPolicies([allowAll, allowAll]),
      () => runtime.security.setPolicies([allowAll, scope("ops", [allowAll])]),
      () => runtime.security.addPolicy(denySet),
      () => runtime.security.setScope(scope("other", [allowAll])),
    ]
    for (const clash of clashes) expect(refusalBy(clash)).toMatchObject({ kind: "ALREADY_EXISTS", details: { field: "policies" } })
    expect(await cache.set("k", 1)).toBe(true)
  })

  it("is refused where two scopes have one name: the one would silence the other", async () => {
    const { runtime } = await openStore()
    const error = refusalBy(() => runtime.security.setPolicies([scope("ops", [denySet]), scope("ops", [allowAll])]))
    expect(error).toMatchObject({ kind: "ALREADY_EXISTS", details: { field: "policies" } })
  })

  it("of one more policy or scope names the path within it", async () => {
    const { runtime } = await openStore({ policies: [allowAll] })
    const { security } = runtime
    const refusals: readonly (readonly [() => unknown, string])[] = [
      [() => security.addPolicy({ ...rule, effect: "no" as "allow" }), "policy.effect"],
      [() => security.addPolicy(ruled([{ field: "x", operator: "eq", value: 1 }])), "policy.conditions[0].field"],
      [() => security.setScope({ scope: "ops", policies: [{ ...rule, actions: [] }] }), "scope.policies[0].actions"],
      [() => security.setScope({ scope: "", policies: [] }), "scope.scope"],
      [() => security.setScope({ scope: "ops" } as unknown as Scope), "scope.policies"],
    ]
    for (const [call, field] of refusals) expect(refusalBy(call)).toMatchObject({ kind: "INVALID", details: { field } })
    expect(refusalBy(() => runtime.as({ id: "u" }, { scopes: ["ops"] })).kind).toBe("NOT_FOUND")
  })
})

describe("scope", () => {
  it("needs a name", () => {
    for (const name of ["", undefined, 1]) {
      expect(refusalBy(() => scope(name as string, []))).toMatchObject({ kind: "INVALID", details: { field: "scope" } })
    }
  })
})
