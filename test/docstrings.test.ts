/** Everything public says what it is: each exported name (see `exports.test.ts`), and each member of it whose name does not say all. */

import { describe, expect, it } from "vitest"
import { type Member, publicMembers } from "./house/members.ts"

const ENTRY_POINTS = [
  "actors/index.ts",
  "actors/config.ts",
  "actors/durable.ts",
  "actors/effect-persistence.ts",
  "actors/effect.ts",
  "actors/testing.ts",
  "src/opentelemetry.ts",
  "src/telemetry.ts",
  "src/xstate.ts",
]

/** Names that mean the same wherever they stand; the type says the rest, and a sentence would only say it again. */
const SAYING_ALL: readonly string[] = [
  // What something is, and how it is known.
  ...["_tag", "type", "id", "key", "ref", "group"],
  // Who it is about.
  ...["pid", "principal", "action", "resource"],
  // What it brings.
  ...["value", "message", "reply", "reason", "error"],
]

const saysAll = ({ name }: Member): boolean => SAYING_ALL.includes(name.slice(name.indexOf(".") + 1))

describe("the members of what is exported", () => {
  const members = ENTRY_POINTS.flatMap((entry) => publicMembers(entry))

  it("each have a docstring, or a name that says all", () => {
    expect(members.length).toBeGreaterThan(400)
    const bare = members.filter((member) => !member.isDocumented && !saysAll(member))
    expect(bare.map(({ name, path }) => `${name} of ${path}`)).toEqual([])
  })

  it("that need none are all of a kind: no name is listed that nobody has", () => {
    const names = new Set(members.filter((member) => !member.isDocumented).map(({ name }) => name.slice(name.indexOf(".") + 1)))
    expect(SAYING_ALL.filter((name) => !names.has(name))).toEqual([])
  })

  it("would be missed if they had none", () => {
    const files: Record<string, string> = {
      "src/index.ts": 'export { A, type B, type C } from "./a.ts"',
      "src/a.ts": `
        export class A {
          readonly #hidden = 1
          /** Counted. */
          readonly size = 2
          readonly bare = 3
          constructor() {}
          /** Said once. */
          go(): void
          go(by?: number): void {}
          override told(): void {}
          /** @internal */
          inside(): void {}
          private own(): void {}
          [Symbol.dispose](): void {}
          get late(): number { const object = { inner: 1 }; return object.inner }
        }
        export interface B {
          /** Said. */
          one?: string
          two(): void
        }
        export type C =
          /** Begun. */
          | { readonly type: "begun"; readonly at: number }
          | { readonly type: "ended"; readonly at: number }
          | "none"
      `,
    }
    const told = publicMembers("src/index.ts", (path) => files[path] ?? "").map(({ name, isDocumented }) => [name, isDocumented])
    expect(told).toEqual([
      ["A.size", true],
      ["A.bare", false],
      ["A.go", true],
      ["A.late", false],
      ["B.one", true],
      ["B.two", false],
      ["C.begun", true],
      ["C.ended", false],
    ])
  })
})
