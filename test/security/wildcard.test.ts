import { describe, expect, it } from "vitest"
import { compileWildcard } from "../../src/security/wildcard.ts"
import { refusalBy } from "../support/refusal.ts"

describe("compileWildcard", () => {
  const table: readonly (readonly [pattern: string, name: string, matches: boolean])[] = [
    ["app:cache", "app:cache", true],
    ["app:cache", "app:cache2", false],
    ["app:cache", "app:cach", false],
    ["app:cache", "APP:cache", false],
    ["*", "app:cache", true],
    ["*", "a", true],
    ["app:*", "app:cache", true],
    ["app:*", "app:cache:inner", true],
    ["app:*", "apple:cache", false],
    ["app:*", "other:app:cache", false],
    ["app:ca*", "app:cache", true],
    ["app:ca*", "app:ca", true],
    ["app:ca*", "app:c", false],
    ["*:cache", "app:cache", true],
    ["*:cache", ":cache", false],
    ["*:cache", "app:cache:inner", false],
    ["*:cache", "a:b:cache", false],
    ["*:cache", "a.b:cache", false],
    ["store.*.get", "store.key.get", true],
    ["store.*.get", "store.key.set", false],
    ["store.*.get", "store.get", false],
    ["store.*.get", "store.a.b.get", false],
    ["store.*.*", "store.key.get", true],
    ["store.*.*", "store.get", false],
    ["*.*", "store.key.get", true],
    ["*.*", "store", false],
    ["store.key.*", "store.key.get", true],
    ["store.key.*", "store.keys.get", false],
    ["store.key", "store:key", false],
    ["store.*:key", "store.a:key", true],
    ["*:a.c", "app:abc", false],
    ["a.c", "abc", false],
    ["*:😀", "app:😀", true],
    ["😀:*:x", "😀:y:x", true],
    ["*:😀", "app:😁", false],
    ["(a+)+:*", "(a+)+:b", true],
  ]
  it.each(table)("%s on %s: %s", (pattern, name, matches) => {
    expect(compileWildcard(pattern, "actions")(name)).toBe(matches)
  })

  it.each(["a*b", "a*:b", "*a:b", "store.ke*.get", "**:a", "a:**b"])(
    "refuses %s: a * that is neither a segment nor at the end",
    (pattern) => {
      const error = refusalBy(() => compileWildcard(pattern, "policies[3].actions[1]"))
      expect(error).toMatchObject({ kind: "INVALID", retryable: false, details: { field: "policies[3].actions[1]" } })
      expect(error.message).toContain(pattern)
    },
  )

  it.each(["", undefined, null, 1, {}, ["app:*"]])("refuses %s: no pattern at all", (pattern) => {
    const error = refusalBy(() => compileWildcard(pattern as string, "policies[0].resources"))
    expect(error).toMatchObject({ kind: "INVALID", details: { field: "policies[0].resources" } })
  })
})
