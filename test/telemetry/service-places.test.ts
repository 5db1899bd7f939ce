import { describe, expect, it } from "vitest"
import type { TreeNode } from "../../actors/index.ts"
import { ServicePlaces } from "../../src/telemetry/service-places.ts"

const node = (id: string, strategy?: string, children: readonly TreeNode[] = []): TreeNode => ({
  ...{ id, type: strategy === undefined ? "worker" : "supervisor", state: "running", pid: undefined, attachments: 0, waiting: 0, children },
  ...(strategy === undefined ? {} : { strategy }),
})

describe("ServicePlaces", () => {
  it("gives the id that is acquired, for partitions, workers and what a dynamic supervisor has numbered", () => {
    const places = new ServicePlaces(100, () => {})
    const parts = node("p", "one_for_one", [node("p#0"), node("p#x"), node("other#0")])
    places.addTree(
      node("root", "one_for_one", [node("s"), parts, node("w", "pool", [node("w#0")]), node("d.1", "dynamic", [node("d.1.7")])]),
    )
    const labels = ["root", "s", "p", "p#0", "p#x", "other#0", "w", "w#0", "d.1", "d.1.7", "d.1.8", "d.1.x", "d", "s.1", "<5>", ""]
    expect(labels.map((label) => places.of(label))).toEqual([
      ...["root", "s", "p", "p", "p#x", "other#0", "w", "w", "d.1", "d.1", "d.1", "other", "other", "other", "other", "other"],
    ])
  })

  it("learns so many ids and no more, each told once", () => {
    const learned: string[] = []
    const places = new ServicePlaces(3, (place) => learned.push(place))
    places.addTree(node("root", "one_for_one", [node("a"), node("b"), node("c")]))
    expect(learned).toEqual(["root", "a", "b"])
    expect(["b", "c"].map((label) => places.of(label))).toEqual(["b", "other"])
  })
})
