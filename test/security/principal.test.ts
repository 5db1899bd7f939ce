import { describe, expect, it } from "vitest"
import { anonymous, type PrincipalInput, principalOf } from "../../src/security/principal.ts"
import { refusalBy, refusalOf } from "../support/refusal.ts"
import { openStore } from "../support/store-stage.ts"

describe("principalOf", () => {
  it("copies and freezes to the bottom", () => {
    const input = { id: "user:1", meta: { role: "member", teams: [{ name: "red" }] } }
    const principal = principalOf(input)
    expect(principal).toEqual(input)
    expect(principal.meta).not.toBe(input.meta)
    expect([principal, principal.meta, principal.meta.teams].every(Object.isFrozen)).toBe(true)
    expect(Object.isFrozen((principal.meta.teams as unknown[])[0])).toBe(true)
    expect(Object.isFrozen(input.meta.teams)).toBe(false)
  })

  it("has an empty meta where none is given", () => {
    expect(principalOf({ id: "user:1" })).toEqual({ id: "user:1", meta: {} })
  })

  it("leaves nothing in it that its holder could change", () => {
    const { meta } = principalOf({ id: "user:1", meta: { tags: ["a"], team: { name: "red" } } })
    expect([meta, meta.tags, meta.team].every(Object.isFrozen)).toBe(true)
  })

  const cyclic: Record<string, unknown> = {}
  cyclic.self = cyclic

  const bad: readonly (readonly [name: string, input: unknown, field: string])[] = [
    ["undefined", undefined, "principal.id"],
    ["null", null, "principal"],
    ["a text", "user:1", "principal"],
    ["a name it does not know", { id: "user:1", isAdmin: true }, "principal.isAdmin"],
    ["an empty id", { id: "" }, "principal.id"],
    ["an id that is a number", { id: 1 }, "principal.id"],
    ["a meta that is null", { id: "user:1", meta: null }, "principal.meta"],
    ["a meta that is a text", { id: "user:1", meta: "admin" }, "principal.meta"],
    ["a meta with a function", { id: "user:1", meta: { can: () => true } }, "principal.meta.can"],
    ["a meta that cannot be frozen", { id: "user:1", meta: { bytes: new Uint8Array(1) } }, "principal.meta.bytes"],
    ["a meta with a Set, which could be added to", { id: "user:1", meta: { roles: new Set(["guest"]) } }, "principal.meta.roles"],
    ["a meta that holds itself", { id: "user:1", meta: cyclic }, `principal.meta${".self".repeat(33)}`],
  ]
  it.each(bad)("refuses %s as Invalid that names the field", (_, input, field) => {
    expect(refusalBy(() => principalOf(input as PrincipalInput))).toMatchObject({ kind: "INVALID", details: { field } })
  })
})

describe("anonymous", () => {
  it("is who acts where nobody says who", async () => {
    const { cache } = await openStore()
    expect(cache.principal).toEqual(anonymous)
    expect(Object.isFrozen(anonymous) && Object.isFrozen(anonymous.meta)).toBe(true)
  })
})

describe("runtime.as", () => {
  it("takes the principal as it is then: what is done to the object afterwards changes nothing", async () => {
    const { runtime } = await openStore({
      policies: [
        { effect: "allow", actions: "store.get", resources: "*" },
        { effect: "allow", actions: "*", resources: "*", conditions: [{ field: "principal.meta.role", operator: "eq", value: "admin" }] },
      ],
    })
    const input = { id: "user:eve", meta: { role: "member" } }
    const eve = runtime.as(input)
    const early = await eve.acquire("app:cache")
    input.meta.role = "admin"
    input.id = "user:root"
    const late = await eve.acquire("app:cache")
    for (const mailbox of [early, late]) {
      expect(mailbox.principal).toEqual({ id: "user:eve", meta: { role: "member" } })
      expect((await refusalOf(mailbox.get("k"))).details).toMatchObject({ principal: "user:eve" })
    }
    expect(() => Object.assign(early.principal.meta, { role: "admin" })).toThrow(TypeError)
  })

  it("refuses a bad principal as Invalid", async () => {
    const { runtime } = await openStore()
    expect(refusalBy(() => runtime.as({ id: "" }))).toMatchObject({ kind: "INVALID", details: { field: "principal.id" } })
  })

  it("gives callers that are told apart: each acts as its own", async () => {
    const { runtime } = await openStore()
    const [alice, bob] = [
      await runtime.as({ id: "user:alice" }).acquire("app:cache"),
      await runtime.as({ id: "user:bob" }).acquire("app:cache"),
    ]
    runtime.security.setPolicies([
      { effect: "allow", actions: "*", resources: "*", conditions: [{ field: "principal.id", operator: "eq", value: "user:alice" }] },
    ])
    expect(await alice.set("k", 1)).toBe(true)
    expect((await refusalOf(bob.set("k", 1))).details).toMatchObject({ principal: "user:bob" })
  })
})
