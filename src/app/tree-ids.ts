/**
 * The ids of an application: each is given once in the whole tree. From them follows what `requires` means among siblings.
 *
 * Children may be added and forgotten while the application runs; then their ids are claimed and released here.
 */

import { AlreadyExists, invalid } from "../kernel/errors.ts"
import { childrenFrom, type DefinedChild } from "./tree.ts"

/** The ids from the root down to a child, its own last. */
export type TreePath = readonly string[]

export class TreeIds {
  readonly #paths = new Map<string, TreePath>()

  /** Claims the ids of children, and of all below them. Throws `Invalid` for one that is used twice. */
  claim(children: readonly DefinedChild[], path: TreePath): void {
    for (const child of children) {
      if (this.#paths.has(child.id)) throw invalid(`children["${child.id}"]`, "is defined twice in the tree")
      const own = [...path, child.id]
      this.#paths.set(child.id, own)
      this.claim(childrenFrom(child.definition, child.id), own)
    }
  }

  /** Claims the ids of a child that is added, or none of them. Throws `AlreadyExists` for one that is taken. */
  claimAdded(child: DefinedChild, path: TreePath): void {
    const taken = idsOf(child).find((id) => this.#paths.has(id))
    if (taken !== undefined) {
      const details = { field: "id", id: taken, path: this.#paths.get(taken) }
      throw new AlreadyExists(`the id ${taken} is taken in this application: it is that of ${placeOf(this.#paths.get(taken))}`, { details })
    }
    this.claim([child], path)
  }

  /** The ids of a child that is forgotten, and of all below it, are free. */
  release(child: DefinedChild): void {
    for (const id of idsOf(child)) this.#paths.delete(id)
  }

  /** What a child and all below it require, as ids of its siblings: the part of the tree that must be up before. */
  siblingsRequired(child: DefinedChild, path: TreePath): readonly string[] {
    const required = new Set<string>()
    for (const { id, requires } of withDescendants(child)) {
      for (const [index, wanted] of requires.entries()) {
        const owner = this.#required(id, wanted, `children["${id}"].requires[${index}]`)
        const isBelowSamePath = path.every((part, at) => owner[at] === part)
        const sibling = owner[path.length]
        if (isBelowSamePath && sibling !== undefined && sibling !== child.id) required.add(sibling)
      }
    }
    return [...required]
  }

  #required(id: string, wanted: string, field: string): TreePath {
    const owner = this.#paths.get(wanted)
    if (owner === undefined) throw invalid(field, `names ${String(wanted)}, which is not defined`)
    if (this.#paths.get(id)?.includes(wanted))
      throw invalid(field, wanted === id ? "is a cycle: it names itself" : `names ${wanted}, which it is part of`)
    return owner
  }
}

function idsOf(child: DefinedChild): readonly string[] {
  return [...withDescendants(child)].map(({ id }) => id)
}

export function* withDescendants(child: DefinedChild): Iterable<DefinedChild> {
  yield child
  for (const below of childrenFrom(child.definition, child.id)) yield* withDescendants(below)
}

function placeOf(path: TreePath = []): string {
  return path.length === 1 ? "a child of the root" : `a child of ${path.at(-2)}`
}
