import { describe, expect, it } from "vitest"
import type { AccessRequest, Condition, Operator } from "../../src/index.ts"
import { compileCondition } from "../../src/security/condition.ts"
import { refusalBy } from "../support/refusal.ts"

const request: AccessRequest = {
  principal: {
    id: "user:1",
    meta: { role: "member", level: 5, tags: ["a", "b"], none: null, team: { name: "red" }, empty: "", owns: "user:1:cart" },
  },
  action: "store.key.get",
  resource: "app:cache",
  attributes: { key: "user:1:cart", level: 5, roles: ["member", "guest"], nan: Number.NaN, owed: -0, sums: [-0] },
}

function holds(field: string, operator: Operator, comparand: Pick<Condition, "value" | "valueFrom"> = {}): boolean {
  return compileCondition({ field, operator, ...comparand }, "condition").holds(request)
}

type Row = readonly [field: string, operator: Operator, comparand: Pick<Condition, "value" | "valueFrom">, holds: boolean]

const ROLE = "principal.meta.role"
const LEVEL = "principal.meta.level"
const TAGS = "principal.meta.tags"
const ABSENT = "principal.meta.absent"

const VALUES: readonly Row[] = [
  [ROLE, "eq", { value: "member" }, true],
  [ROLE, "eq", { value: "admin" }, false],
  [LEVEL, "eq", { value: "5" }, false],
  ["principal.meta.none", "eq", { value: null }, true],
  ["principal.meta.empty", "eq", { value: "" }, true],
  ["principal.id", "eq", { value: "user:1" }, true],
  ["action", "eq", { value: "store.key.get" }, true],
  ["resource", "eq", { value: "app:cache" }, true],
  ["attributes.key", "eq", { value: "user:1:cart" }, true],
  ["principal.meta.team.name", "eq", { value: "red" }, true],
  ["attributes.nan", "eq", { value: Number.NaN }, true],
  // As JSON gives it: of what is denied at 0, another spelling of 0 must not be free.
  ["attributes.owed", "eq", { value: 0 }, true],
  ["attributes.owed", "ne", { value: 0 }, false],
  ["attributes.owed", "in", { value: [0] }, true],
  ["attributes.owed", "nin", { value: [0] }, false],
  ["attributes.sums", "contains", { value: 0 }, true],
  ["attributes.nan", "in", { value: [Number.NaN] }, true],
  [TAGS, "eq", { valueFrom: TAGS }, true],
  [ABSENT, "eq", { value: "member" }, false],
  [ROLE, "ne", { value: "member" }, false],
  [ROLE, "ne", { value: "admin" }, true],
  [ABSENT, "ne", { value: "admin" }, true],
  [LEVEL, "lt", { value: 6 }, true],
  [LEVEL, "lt", { value: 5 }, false],
  [LEVEL, "lt", { value: "6" }, false],
  [ROLE, "lt", { value: "n" }, true],
  [ABSENT, "lt", { value: 6 }, false],
  ["principal.meta.none", "lt", { value: 6 }, false],
  [LEVEL, "gt", { value: 4 }, true],
  [LEVEL, "gt", { value: 5 }, false],
  [ABSENT, "gt", { value: 4 }, false],
  [LEVEL, "lte", { value: 5 }, true],
  [LEVEL, "lte", { value: 4 }, false],
  [ABSENT, "lte", { value: 5 }, false],
  ["attributes.nan", "lte", { value: 5 }, false],
  [LEVEL, "gte", { value: 5 }, true],
  [LEVEL, "gte", { value: 6 }, false],
  [ABSENT, "gte", { value: 5 }, false],
  ["attributes.nan", "gte", { value: 5 }, false],
  [ROLE, "in", { value: ["admin", "member"] }, true],
  [ROLE, "in", { value: ["admin"] }, false],
  [ROLE, "in", { value: [] }, false],
  [ABSENT, "in", { value: ["admin"] }, false],
  [ROLE, "nin", { value: ["admin", "member"] }, false],
  [ROLE, "nin", { value: ["admin"] }, true],
  [ABSENT, "nin", { value: ["admin"] }, true],
  [ROLE, "exists", {}, true],
  ["principal.meta.none", "exists", {}, true],
  ["principal.meta.empty", "exists", {}, true],
  [ABSENT, "exists", {}, false],
  ["principal.meta.team.absent", "exists", {}, false],
  ["principal.meta.role.deeper", "exists", {}, false],
  [ROLE, "nexists", {}, false],
  [ABSENT, "nexists", {}, true],
  [ROLE, "contains", { value: "emb" }, true],
  [ROLE, "contains", { value: "x" }, false],
  [TAGS, "contains", { value: "a" }, true],
  [TAGS, "contains", { value: "c" }, false],
  [LEVEL, "contains", { value: 5 }, false],
  [ROLE, "contains", { value: 1 }, false],
  [ABSENT, "contains", { value: "a" }, false],
  [ROLE, "ncontains", { value: "emb" }, false],
  [ROLE, "ncontains", { value: "x" }, true],
  [TAGS, "ncontains", { value: "a" }, false],
  [ABSENT, "ncontains", { value: "a" }, true],
  ["attributes.key", "matches", { value: "^user:[0-9]+:" }, true],
  ["attributes.key", "matches", { value: "^admin:" }, false],
  [LEVEL, "matches", { value: "5" }, false],
  [TAGS, "matches", { value: "a" }, false],
  [ABSENT, "matches", { value: "undefined" }, false],
  ["attributes.key", "nmatches", { value: "^user:[0-9]+:" }, false],
  ["attributes.key", "nmatches", { value: "^admin:" }, true],
  [ABSENT, "nmatches", { value: "a" }, true],
]

const FROM_FIELDS: readonly Row[] = [
  ["attributes.key", "eq", { valueFrom: "principal.meta.owns" }, true],
  ["attributes.key", "eq", { valueFrom: ROLE }, false],
  ["attributes.key", "eq", { valueFrom: ABSENT }, false],
  [ABSENT, "eq", { valueFrom: "attributes.absent" }, false],
  ["attributes.key", "ne", { valueFrom: "principal.meta.owns" }, false],
  ["attributes.key", "ne", { valueFrom: ABSENT }, true],
  ["attributes.level", "lt", { valueFrom: LEVEL }, false],
  ["attributes.level", "lte", { valueFrom: LEVEL }, true],
  ["attributes.level", "gt", { valueFrom: LEVEL }, false],
  ["attributes.level", "gte", { valueFrom: LEVEL }, true],
  ["attributes.level", "lte", { valueFrom: ABSENT }, false],
  [ROLE, "in", { valueFrom: "attributes.roles" }, true],
  ["principal.id", "in", { valueFrom: "attributes.roles" }, false],
  [ROLE, "in", { valueFrom: ABSENT }, false],
  [ROLE, "nin", { valueFrom: "attributes.roles" }, false],
  [ROLE, "nin", { valueFrom: ABSENT }, true],
  ["attributes.key", "contains", { valueFrom: "principal.id" }, true],
  ["attributes.roles", "contains", { valueFrom: ROLE }, true],
  ["attributes.roles", "contains", { valueFrom: ABSENT }, false],
  ["attributes.key", "ncontains", { valueFrom: "principal.id" }, false],
  ["attributes.key", "ncontains", { valueFrom: ABSENT }, true],
]

describe("compileCondition", () => {
  it.each(VALUES)("%s %s %j: %s", (field, operator, comparand, expected) => {
    expect(holds(field, operator, comparand)).toBe(expected)
  })

  it.each(FROM_FIELDS)("%s %s %j: %s", (field, operator, comparand, expected) => {
    expect(holds(field, operator, comparand)).toBe(expected)
  })

  it.each([
    "principal.meta.constructor",
    "principal.meta.__proto__",
    "principal.meta.toString",
    "principal.meta.role.length",
    "principal.meta.tags.push",
    "principal.constructor",
    "attributes.hasOwnProperty",
    "attributes.key.length",
    "attributes.__proto__.constructor",
  ])("reads own properties only: %s is absent", (field) => {
    expect(holds(field, "exists")).toBe(false)
    expect(holds(field, "nexists")).toBe(true)
  })

  it("keeps the value it was given, whatever its author does with it afterwards", () => {
    const value = ["admin"]
    const condition = { field: ROLE, operator: "in", value } as const
    const compiled = compileCondition(condition, "condition")
    value.push("member")
    expect(compiled.holds(request)).toBe(false)
  })

  const varying: readonly (readonly [condition: Condition, depends: boolean])[] = [
    [{ field: ROLE, operator: "eq", value: "a" }, false],
    [{ field: "action", operator: "eq", value: "a" }, false],
    [{ field: "attributes.key", operator: "eq", value: "a" }, true],
    [{ field: "attributes.key", operator: "exists" }, true],
    [{ field: "attributes.key", operator: "matches", value: "^a" }, true],
    [{ field: ROLE, operator: "eq", valueFrom: "attributes.key" }, true],
    [{ field: ROLE, operator: "eq", valueFrom: "principal.id" }, false],
  ]
  it.each(varying)("knows of %j whether it depends on attributes: %s", (condition, depends) => {
    expect(compileCondition(condition, "condition").dependsOnAttributes).toBe(depends)
  })
})

describe("compileCondition refuses as Invalid that names the field", () => {
  const eq = { field: ROLE, operator: "eq" }
  const bad: readonly (readonly [name: string, condition: unknown, field: string])[] = [
    ["no object", null, "at"],
    ["a text", "principal.id eq 1", "at"],
    ["an unknown operator", { field: ROLE, operator: "equals", value: 1 }, "at.operator"],
    ["an operator every object has", { field: ROLE, operator: "toString", value: 1 }, "at.operator"],
    ["no operator", { field: ROLE, value: 1 }, "at.operator"],
    ["no field", { operator: "eq", value: 1 }, "at.field"],
    ["an empty field", { field: "", operator: "eq", value: 1 }, "at.field"],
    ["a field of nothing known", { field: "actor.id", operator: "eq", value: 1 }, "at.field"],
    ["a field without a name", { field: "principal", operator: "eq", value: 1 }, "at.field"],
    ["a field with an empty name", { field: "principal.meta.", operator: "eq", value: 1 }, "at.field"],
    ["a field below the action", { field: "action.name", operator: "eq", value: 1 }, "at.field"],
    ["a field that is no text", { field: 1, operator: "eq", value: 1 }, "at.field"],
    ["no value", eq, "at.value"],
    ["value and valueFrom", { ...eq, value: 1, valueFrom: "action" }, "at.valueFrom"],
    ["a valueFrom of nothing known", { ...eq, valueFrom: "meta.role" }, "at.valueFrom"],
    ["a value that is no data", { ...eq, value: () => {} }, "at.value"],
    ["a list to be equal to", { field: ROLE, operator: "eq", value: ["admin"] }, "at.value"],
    ["an object to differ from", { field: ROLE, operator: "ne", value: {} }, "at.value"],
    ["in without a list", { field: ROLE, operator: "in", value: "admin" }, "at.value"],
    ["nin without a list", { field: ROLE, operator: "nin", value: { 0: "admin" } }, "at.value"],
    ["an order on a boolean", { field: ROLE, operator: "lt", value: true }, "at.value"],
    ["an order on null", { field: ROLE, operator: "gt", value: null }, "at.value"],
    ["an order on a list", { field: ROLE, operator: "lte", value: [1] }, "at.value"],
    ["an order on an object", { field: ROLE, operator: "gte", value: {} }, "at.value"],
    ["exists with a value", { field: ROLE, operator: "exists", value: true }, "at.value"],
    ["nexists with a valueFrom", { field: ROLE, operator: "nexists", valueFrom: "action" }, "at.value"],
    ["a bad pattern", { field: ROLE, operator: "matches", value: "(" }, "at.value"],
    ["an empty pattern", { field: ROLE, operator: "nmatches", value: "" }, "at.value"],
    ["a pattern that is no text", { field: ROLE, operator: "matches", value: /a/ }, "at.value"],
    ["a catastrophic pattern", { field: ROLE, operator: "matches", value: "(a+)+$" }, "at.value"],
    ["a pattern from a field", { field: ROLE, operator: "matches", valueFrom: "attributes.key" }, "at.valueFrom"],
  ]
  it.each(bad)("%s", (_, condition, field) => {
    const error = refusalBy(() => compileCondition(condition as Condition, "at"))
    expect(error).toMatchObject({ kind: "INVALID", retryable: false, details: { field } })
    expect(error.message.startsWith(`${field} `)).toBe(true)
  })
})
