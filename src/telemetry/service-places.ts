/**
 * Under which service something counts that the stream names: by its label, which may be a service's id, a partition's, a worker's, a child's of
 * a dynamic supervisor, a name given at run time or a pid.
 *
 * Invariants
 * - What it gives is the id of a service or supervisor of the tree, or `other`: nothing of what callers have made up.
 * - It knows at most so many ids; those that come later are `other`.
 * - No look-up walks the tree. The tree is walked once, what starts later is told.
 */

import type { TreeNode } from "../inspection/tree-view.ts"
import type { Pid } from "../kernel/pid.ts"
import { processBehind } from "../kernel/process-of.ts"
import { SupervisorProcess } from "../supervision/supervisor-process.ts"
import { OTHER } from "./metric.ts"

/** A supervisor and how a person reads its kind. */
interface Above {
  readonly id: string
  readonly kind: string
}

export class ServicePlaces {
  readonly #most: number
  readonly #learned: (place: string) => void
  readonly #places = new Map<string, string>()
  readonly #dynamic = new Set<string>()

  /** `learned`: told of each service once. */
  constructor(most: number, learned: (place: string) => void) {
    this.#most = most
    this.#learned = learned
  }

  of(label: string): string {
    return this.#places.get(label) ?? this.#dynamicAbove(label) ?? OTHER
  }

  /** The tree as it was when somebody began to listen. */
  addTree(node: TreeNode, above?: Above): void {
    this.#add(node.id, node.strategy, above)
    const { strategy } = node
    if (strategy === undefined || strategy === "dynamic") return
    for (const child of node.children) this.addTree(child, { id: node.id, kind: strategy })
  }

  /** A process that has just been started. */
  addProcess(pid: Pid): void {
    const process = processBehind(pid)
    const parent = process?.parent
    if (process === undefined || !(parent instanceof SupervisorProcess) || this.#places.has(process.label)) return
    this.#add(process.label, process instanceof SupervisorProcess ? process.kind : undefined, { id: parent.label, kind: parent.kind })
  }

  #add(id: string, kind: string | undefined, above: Above | undefined): void {
    if (above?.kind === "dynamic" || this.#places.size >= this.#most) return
    if (kind === "dynamic") this.#dynamic.add(id)
    const isPart = above !== undefined && (above.kind === "pool" || isPartition(id, above.id))
    const place = isPart ? this.of(above.id) : id
    this.#places.set(id, place)
    if (place === id) this.#learned(id)
  }

  /** Its children are numbered, and known to nobody but it: each by itself would be a name more with each start. */
  #dynamicAbove(label: string): string | undefined {
    const numbered = /^(.+)\.\d+$/s.exec(label)?.[1]
    return numbered !== undefined && this.#dynamic.has(numbered) ? numbered : undefined
  }
}

/** As the supervisor of partitions names them. */
function isPartition(id: string, above: string): boolean {
  return id.startsWith(`${above}#`) && /^\d+$/.test(id.slice(above.length + 1))
}
