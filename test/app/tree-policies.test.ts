/** A whole application as one value: what a tree says of policies and of whom it acts as. */

import { describe, expect, it } from "vitest"
import { child, SupervisorMailbox, scope, start, store, supervisor } from "../../actors/index.ts"
import { bootApp, bootTree } from "../support/app.ts"
import { refusal } from "../support/errors.ts"

const rule = (id: string, effect: "allow" | "deny", actions: string) => ({ id, effect, actions, resources: "*" }) as const
const quiet = { log: () => {} }

describe("supervisor({ policies, principal })", () => {
  it("has the policies in force from the start, scopes too", async () => {
    const policies = [
      rule("read", "allow", "store.get"),
      rule("get", "allow", "store.key.get"),
      scope("w", [rule("set", "allow", "store.key.set")]),
    ]
    const { runtime } = await bootTree(supervisor({ policies, children: { "a:s": store<number>() } }))
    const box = await runtime.acquire("a:s")
    expect(await box.get("k")).toBeUndefined()
    expect(await refusal(box.set("k", 1))).toMatchObject({ kind: "PERMISSION_DENIED" })
    expect(await (await runtime.as({ id: "me" }, { scopes: ["w"] }).acquire("a:s")).set("k", 1)).toBe(true)
    await runtime.stop()
  })

  it("counts them together with those of start's options", async () => {
    const tree = supervisor({ policies: [rule("all", "allow", "*")], children: { "a:s": store<number>() } })
    const { runtime } = await bootTree(tree, { policies: [rule("no", "deny", "store.key.set")] })
    const box = await runtime.acquire("a:s")
    expect(await refusal(box.set("k", 1))).toMatchObject({ details: { policy: "no" } })
    expect(await box.get("k")).toBeUndefined()
    runtime.security.removePolicy("no")
    expect(await box.set("k", 1)).toBe(true)
    await runtime.stop()
  })

  it("acts as its principal, where start's options say no other", async () => {
    const policies = [{ ...rule("me", "allow", "*"), conditions: [{ field: "principal.id", operator: "eq", value: "me" }] } as const]
    const tree = supervisor({ policies, principal: { id: "me" }, children: { "a:s": store<number>() } })
    const { runtime } = await bootTree(tree)
    expect(await (await runtime.acquire("a:s")).set("k", 1)).toBe(true)
    await runtime.stop()
    const other = await bootTree(tree, { principal: { id: "you" } })
    expect(await refusal(other.runtime.acquire("a:s"))).toMatchObject({ kind: "PERMISSION_DENIED" })
    await other.runtime.stop()
  })

  it("refuses a policy that cannot be one where it is defined, with its path; and a wrong one of the options by its place there", async () => {
    const define = (policies: readonly unknown[]) => () => supervisor({ policies: policies as never, children: {} })
    const details = (field: string) => expect.objectContaining({ details: expect.objectContaining({ field }) })
    expect(define([rule("a", "allow", "*"), { effect: "maybe", actions: "*", resources: "*" }])).toThrow(details("policies[1].effect"))
    expect(define([{ scope: "s", policies: [{}] }])).toThrow(details("policies[0].policies[0].effect"))
    expect(define([rule("a", "allow", "*"), rule("a", "deny", "*")])).toThrow("there are two policies of the id a")
    expect(() => supervisor({ principal: { id: "" }, children: {} })).toThrow(details("principal.id"))
    const tree = supervisor({ policies: [rule("a", "allow", "*"), rule("b", "allow", "*")], children: { "a:s": store() } })
    expect(await refusal(start(tree, { ...quiet, policies: [{} as never] }))).toMatchObject({ details: { field: "policies[0].effect" } })
    expect(await refusal(start(tree, { ...quiet, policies: [rule("b", "deny", "*")] }))).toMatchObject({ kind: "ALREADY_EXISTS" })
  })

  it("is refused of a supervisor below another, wherever that is said", async () => {
    const inner = supervisor({ policies: [], children: {} })
    const why = "policies is of a whole application: say it of the supervisor that is given to start"
    expect(() => supervisor({ children: { s: inner } })).toThrow(`children["s"].${why}`)
    expect(() => child(inner, { restart: "transient" })).toThrow(`child.${why}`)
    expect(() => supervisor({ children: { s: supervisor({ principal: { id: "me" }, children: {} }) } })).toThrow(
      'children["s"].principal is of',
    )
    expect(await refusal(start({ s: inner }, quiet))).toMatchObject({ kind: "INVALID", details: { field: 'children["s"].policies' } })
    const { runtime } = await bootApp({})
    const root = await runtime.acquire("root", { as: SupervisorMailbox })
    expect(await refusal(root.startChild("s", inner))).toMatchObject({ kind: "INVALID", details: { field: "child.policies" } })
    await runtime.stop()
  })

  it("is one value: it is started as often as one likes, and what its author changes later changes nothing", async () => {
    const policies = [rule("a", "allow", "*")] as { id: string; effect: "allow" | "deny"; actions: string; resources: string }[]
    const tree = supervisor({ policies, children: { "a:s": store<number>() } })
    policies.push({ id: "b", effect: "deny", actions: "*", resources: "*" })
    for (let time = 0; time < 2; time += 1) {
      const { runtime } = await bootTree(tree)
      expect(await (await runtime.acquire("a:s")).set("k", 1)).toBe(true)
      await runtime.stop()
    }
  })
})
