import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type AccessRequest, type Condition, type Policy, type StoreMailbox, scope } from "../../actors/index.ts"
import { decideNaively, type ModelPolicy, matchesWildcard } from "../models/policy-model.ts"
import { seeds } from "../support/seeds.ts"
import { buildStore, type StoreStage } from "../support/store-stage.ts"

/** One policy, as the gate is given it and as the naive judge understands it. */
interface Pair {
  readonly policy: Policy
  readonly model: ModelPolicy
}

interface ConditionPair {
  readonly condition: Condition
  readonly holds: (request: AccessRequest) => boolean
}

const CONDITIONS: readonly ConditionPair[] = [
  {
    condition: { field: "principal.meta.role", operator: "eq", value: "admin" },
    holds: ({ principal }) => principal.meta.role === "admin",
  },
  { condition: { field: "principal.id", operator: "ne", value: "alice" }, holds: ({ principal }) => principal.id !== "alice" },
  { condition: { field: "attributes.key", operator: "exists" }, holds: ({ attributes }) => attributes.key !== undefined },
  {
    condition: { field: "attributes.key", operator: "nmatches", value: "^a" },
    holds: ({ attributes }) => !String(attributes.key).startsWith("a"),
  },
  {
    condition: { field: "attributes.key", operator: "eq", valueFrom: "principal.id" },
    holds: ({ principal, attributes }) => attributes.key === principal.id,
  },
  {
    condition: { field: "principal.id", operator: "eq", valueFrom: "attributes.key" },
    holds: ({ principal, attributes }) => attributes.key === principal.id,
  },
  {
    condition: { field: "action", operator: "in", value: ["store.key.get", "store.key.set"] },
    holds: ({ action }) => /key\.[gs]et$/.test(action),
  },
  { condition: { field: "resource", operator: "contains", value: "cache" }, holds: ({ resource }) => resource.includes("cache") },
]

const FUNCTIONS: readonly ModelPolicy[] = [
  ({ attributes }) => (attributes.key === "b" ? "deny" : "undefined"),
  ({ principal }) => (principal.meta.role === "admin" ? "allow" : "undefined"),
  ({ action }) => (action === "store.key.delete" ? "deny" : "allow"),
]

const names = fc.oneof(
  fc.constantFrom("*", "store.*", "store.key.*", "store.*.get", "*.*.set", "store.statistics", "store.key.get"),
  fc.constant(["store.key.get", "*.key.has"]),
)
const resources = fc.constantFrom("*", "app:*", "app:cache", "*:cache", "other:*")

const rule: fc.Arbitrary<Pair> = fc
  .record({
    effect: fc.constantFrom("allow" as const, "allow" as const, "deny" as const),
    actions: names,
    resources,
    conditions: fc.uniqueArray(fc.constantFrom(...CONDITIONS), { maxLength: 2 }),
  })
  .map(({ effect, actions, resources, conditions }) => ({
    policy: { effect, actions, resources, conditions: conditions.map(({ condition }) => condition) },
    model: (request) => {
      const isMeant =
        [actions].flat().some((pattern) => matchesWildcard(pattern, request.action)) && matchesWildcard(resources, request.resource)
      return isMeant && conditions.every(({ holds }) => holds(request)) ? effect : "undefined"
    },
  }))

/** Functions that share a name share an id, so each is wrapped in one without. */
const called: fc.Arbitrary<Pair> = fc.constantFrom(...FUNCTIONS).map((model) => ({
  policy: (
    () => (request: AccessRequest) =>
      model(request)
  )(),
  model,
}))
const throwing: fc.Arbitrary<Pair> = fc.constant({
  policy: (() => () => {
    throw new Error("the policy's own fault")
  })(),
  model: () => "deny" as const,
})
const pair = fc.oneof({ weight: 8, arbitrary: rule }, { weight: 2, arbitrary: called }, { weight: 1, arbitrary: throwing })
const scopeName = fc.constantFrom("ops", "audit")

type Command =
  | {
      readonly type: "post"
      readonly by: number
      readonly operation: "get" | "set" | "has" | "delete" | "statistics"
      readonly key: string
    }
  | { readonly type: "setPolicies"; readonly pairs: readonly Pair[]; readonly scoped: readonly Pair[] }
  | { readonly type: "addPolicy"; readonly pair: Pair }
  | { readonly type: "removePolicy"; readonly index: number }
  | { readonly type: "setScope"; readonly name: string; readonly pairs: readonly Pair[] }
  | { readonly type: "removeScope"; readonly name: string }

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      type: fc.constant("post" as const),
      by: fc.nat(3),
      operation: fc.constantFrom("get" as const, "set" as const, "has" as const, "delete" as const, "statistics" as const),
      key: fc.constantFrom("a", "b", "alice", "bob"),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant("setPolicies" as const),
      pairs: fc.array(pair, { maxLength: 3 }),
      scoped: fc.array(pair, { maxLength: 2 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("addPolicy" as const), pair }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("removePolicy" as const), index: fc.nat(5) }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant("setScope" as const), name: scopeName, pairs: fc.array(pair, { maxLength: 2 }) }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("removeScope" as const), name: scopeName }) },
)

describe("verdicts, kept by mailboxes from post to post", () => {
  it("are what asking every policy about every message gives, whatever changes in between", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 60, size: "max" }), async (commands) => {
        const stage = await buildStore()
        const both = await GateAndModel.open(stage)
        for (const step of commands) await both.run(step)
        await stage.runtime.stop()
      }),
      seeds(150, 8),
    )
  })
})

interface ModelCaller {
  readonly mailbox: StoreMailbox
  readonly scopes: readonly string[]
}

class GateAndModel {
  readonly #stage: StoreStage
  readonly #callers: ModelCaller[] = []
  #plain: { readonly id: string; readonly model: ModelPolicy }[] = []
  readonly #scopes = new Map<string, readonly ModelPolicy[]>()

  private constructor(stage: StoreStage) {
    this.#stage = stage
  }

  static async open(stage: StoreStage): Promise<GateAndModel> {
    const both = new GateAndModel(stage)
    const { runtime } = stage
    // Acquired while nothing but empty scopes and one allowance is configured: it is the posts that are tried.
    runtime.security.setPolicies([{ effect: "allow", actions: "store.get", resources: "*" }, scope("ops", []), scope("audit", [])])
    const identities = [
      { principal: { id: "alice", meta: { role: "admin" } }, scopes: [] },
      { principal: { id: "bob" }, scopes: [] },
      { principal: { id: "alice" }, scopes: ["ops"] },
      { principal: { id: "bob", meta: { role: "admin" } }, scopes: ["audit", "ops"] },
    ]
    for (const { principal, scopes } of identities)
      both.#callers.push({ mailbox: await runtime.as(principal, { scopes }).acquire("app:cache"), scopes })
    runtime.security.setPolicies([])
    return both
  }

  async run(step: Command): Promise<void> {
    const { security } = this.#stage.runtime
    switch (step.type) {
      case "post":
        return this.#post(step)
      case "setPolicies":
        security.setPolicies([
          ...step.pairs.map(({ policy }, index) => withId(policy, `set-${index}`)),
          scope(
            "ops",
            step.scoped.map(({ policy }) => policy),
          ),
        ])
        this.#plain = step.pairs.map(({ model }, index) => ({ id: `set-${index}`, model }))
        this.#scopes.clear()
        this.#scopes.set("ops", modelsOf(step.scoped))
        return
      case "addPolicy":
        this.#plain.push({ id: security.addPolicy(step.pair.policy), model: step.pair.model })
        return
      case "removePolicy": {
        const removed = this.#plain[step.index]
        if (removed !== undefined && security.removePolicy(removed.id)) this.#plain = this.#plain.filter(({ id }) => id !== removed.id)
        return
      }
      case "setScope":
        security.setScope(
          scope(
            step.name,
            step.pairs.map(({ policy }) => policy),
          ),
        )
        this.#scopes.set(step.name, modelsOf(step.pairs))
        return
      case "removeScope":
        expect(security.removeScope(step.name)).toBe(this.#scopes.delete(step.name))
    }
  }

  async #post({ by, operation, key }: Command & { type: "post" }): Promise<void> {
    const caller = this.#callers[by]
    if (caller === undefined) throw new Error(`there is no caller ${by}`)
    const { mailbox, scopes } = caller
    const action = operation === "statistics" ? "store.statistics" : `store.key.${operation}`
    const attributes = operation === "statistics" ? {} : { key }
    const question = { action, resource: "app:cache", attributes }
    const policies = [...this.#plain.map(({ model }) => model), ...scopes.flatMap((name) => this.#scopes.get(name) ?? [])]
    const decision = decideNaively(policies, { principal: mailbox.principal, ...question })
    const isOpen = this.#plain.length === 0 && this.#scopes.size === 0
    const outcome = await post(mailbox, operation, key).then(
      () => "allowed",
      (error: { readonly kind: string }) => error.kind,
    )
    expect(outcome).toBe(isOpen || decision === "allow" ? "allowed" : "PERMISSION_DENIED")
    const known = scopes.filter((name) => this.#scopes.has(name))
    const ruling = this.#stage.runtime.security.check({ principal: mailbox.principal, scopes: known, ...question })
    expect(ruling.decision).toBe(isOpen ? "allow" : decision)
    if (ruling.decision === "undefined") expect(ruling.policy).toBeUndefined()
  }
}

function post(mailbox: StoreMailbox, operation: "get" | "set" | "has" | "delete" | "statistics", key: string): Promise<unknown> {
  if (operation === "statistics") return mailbox.statistics()
  return operation === "set" ? mailbox.set(key, 1) : mailbox[operation](key)
}

function modelsOf(pairs: readonly Pair[]): readonly ModelPolicy[] {
  return pairs.map(({ model }) => model)
}

/** Functions cannot say their id but by their name. */
function withId(policy: Policy, id: string): Policy {
  return typeof policy === "function"
    ? Object.defineProperty((request: AccessRequest) => policy(request), "name", { value: id })
    : { ...policy, id }
}
