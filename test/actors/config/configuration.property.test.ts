/** Random configurations give the tree that they say; a right one with something wrong in it is refused under that path, or is still right. */

import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { configure } from "../../../actors/config.ts"
import { Invalid, SupervisorDefinition } from "../../../actors/index.ts"

type Plain = Record<string, unknown>

const duration = fc.oneof(
  fc.integer({ min: 0, max: 100_000 }).map((ms) => ({ said: ms as number | string, ms })),
  fc
    .integer({ min: 0, max: 9 })
    .chain((m) => fc.integer({ min: 1, max: 59 }).map((s) => ({ said: `${m}m${s}s`, ms: m * 60_000 + s * 1000 }))),
)

/** An entry, and what `which children` says of it. */
const store = fc.record({
  kind: fc.constantFrom("store", "cache"),
  maxEntries: fc.integer({ min: 0, max: 1000 }),
  restart: fc.constantFrom("permanent", "transient", "temporary"),
  shutdown: fc.oneof(duration, fc.constantFrom({ said: "infinity", ms: "infinity" }, { said: "brutal_kill", ms: "brutal_kill" })),
  initial: duration,
  partitions: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
  inSupervisor: fc.boolean(),
  requiresFirst: fc.boolean(),
})

const configurations = fc.array(store, { minLength: 1, maxLength: 8 }).map((stores) => {
  const all = stores.map(({ kind, maxEntries, restart, shutdown, initial, partitions, inSupervisor, requiresFirst }, index) => {
    const requires = requiresFirst && index > 0 && !inSupervisor && !stores[0]?.inSupervisor ? { requires: ["n0"] } : {}
    const more = partitions === undefined ? {} : { partitions }
    const entry: Plain = {
      name: `n${index}`,
      kind,
      maxEntries,
      restart,
      shutdown: shutdown.said,
      backoff: { initial: initial.said },
      ...more,
      ...requires,
    }
    return {
      entry,
      id: `app:n${index}`,
      restart,
      shutdown: shutdown.ms,
      initialMs: initial.ms,
      inSupervisor,
      isPartitioned: partitions !== undefined,
    }
  })
  const below = all.filter(({ inSupervisor }) => inSupervisor)
  const top = all.filter(({ inSupervisor }) => !inSupervisor)
  const entries = [
    ...top.map(({ entry }) => entry),
    { name: "sup", kind: "supervisor", strategy: "one_for_all", children: below.map(({ entry }) => entry) },
  ]
  return { data: { namespace: "app", entries }, top, below }
})

describe("a random configuration", () => {
  it("gives the tree that it says", async () => {
    await fc.assert(
      fc.asyncProperty(configurations, async ({ data, top, below }) => {
        const tree = await configure(JSON.parse(JSON.stringify(data)))
        expect(tree.children.map(({ id }) => id)).toEqual([...top.map(({ id }) => id), "app:sup"])
        const supervisor = tree.children.at(-1)?.definition
        if (!(supervisor instanceof SupervisorDefinition)) throw new Error("it is no supervisor")
        expect(supervisor.rules.strategy).toBe("one_for_all")
        const made = [...tree.children.slice(0, -1), ...supervisor.children]
        for (const [index, { id, restart, shutdown, initialMs, isPartitioned }] of [...top, ...below].entries()) {
          expect(made[index]?.id).toBe(id)
          // One with partitions is a supervisor of its own, and each of its partitions has these.
          if (!isPartitioned) expect(made[index]?.rules).toMatchObject({ restart, shutdown, backoff: { initialMs } })
        }
      }),
    )
  })
})

describe("a right configuration in which one value is another", () => {
  it("is refused under the path of that value, or is right", async () => {
    const others = fc.oneof(
      fc.constantFrom<unknown>(null, true, -1, 1.5, "", "nonsense", [], {}, [1], { x: 1 }, 2 ** 60),
      fc.string(),
      fc.jsonValue(),
    )
    await fc.assert(
      fc.asyncProperty(configurations, fc.nat(), others, async ({ data }, pick, other) => {
        const changed = JSON.parse(JSON.stringify(data))
        const paths = pathsOf(changed)
        const path = paths[pick % paths.length] ?? []
        put(changed, path, other)
        try {
          expect(await configure(changed)).toBeInstanceOf(SupervisorDefinition)
        } catch (error) {
          if (!(error instanceof Invalid)) throw error
          const { problems } = error.details as { readonly problems: readonly { readonly path: string; readonly message: string }[] }
          const shown = shownPath(path)
          // What names it may be at fault instead: who requires an id that is gone; the namespace is in all ids.
          const isNamed = problems.some((problem) => related(problem.path, shown)) || path.at(-1) === "name" || path[0] === "namespace"
          expect(isNamed, `${shown}: ${error.message}`).toBe(true)
        }
      }),
    )
  })
})

function pathsOf(value: unknown, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof value !== "object" || value === null) return [path]
  const below = Object.entries(value).flatMap(([name, part]) => pathsOf(part, [...path, Array.isArray(value) ? Number(name) : name]))
  return path.length === 0 ? below : [path, ...below]
}

function put(data: Plain, path: readonly (string | number)[], value: unknown): void {
  const parent = path.slice(0, -1).reduce<unknown>((at, name) => Reflect.get(at as object, name), data)
  Reflect.set(parent as object, path.at(-1) ?? "", value)
}

function shownPath(path: readonly (string | number)[]): string {
  return path.reduce<string>((text, name) => (typeof name === "number" ? `${text}[${name}]` : text === "" ? name : `${text}.${name}`), "")
}

function related(one: string, other: string): boolean {
  return one.startsWith(other) || other.startsWith(one)
}
