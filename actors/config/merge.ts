/**
 * Puts several files together: what a later one says wins.
 *
 * Objects are merged field by field; entries (and children) by their ids, where a later file may leave out what an earlier one has said; policies and scopes
 * by their ids; all other lists are replaced. `null` in a later file takes a field away. A file's `namespace` is that of its own entries; one without has
 * that of the file before it.
 */

import { fieldOf, type ListNode, type SourceNode, type TableNode, textOf } from "./source-node.ts"

/** Lists whose items have names, by which they are merged. */
const NAMED: Readonly<Record<string, string>> = { entries: "name", children: "name", policies: "id", scopes: "scope" }

export function mergeFiles(files: readonly SourceNode[]): SourceNode | undefined {
  return files.reduce<SourceNode | undefined>((merged, file) => (merged === undefined ? file : merge(merged, file)), undefined)
}

function merge(earlier: SourceNode, later: SourceNode): SourceNode {
  if (earlier.type !== "table" || later.type !== "table") return later
  const fields = new Map(earlier.fields)
  for (const [name, node] of later.fields) {
    const before = fields.get(name)
    if (node.type === "scalar" && node.value === null && before !== undefined) fields.delete(name)
    else fields.set(name, before === undefined ? node : mergeField(name, before, node))
  }
  return { ...later, place: earlier.place, fields } satisfies TableNode
}

function mergeField(name: string, earlier: SourceNode, later: SourceNode): SourceNode {
  const key = NAMED[name]
  if (key === undefined || earlier.type !== "list" || later.type !== "list") return merge(earlier, later)
  return mergeNamed(key, earlier, later)
}

/** An item of the later one takes the place of the earlier's of its name; all others follow behind. Within one file nothing is merged. */
function mergeNamed(key: string, earlier: ListNode, later: ListNode): ListNode {
  const items = [...earlier.items]
  const before = new Map(items.map((item, index) => [nameOf(item, key), index]))
  before.delete(undefined)
  for (const item of later.items) {
    const name = nameOf(item, key)
    const index = before.get(name)
    const own = index === undefined ? undefined : items[index]
    if (index === undefined || own === undefined) items.push(item)
    else {
      items[index] = merge(own, item)
      // The second one of that name in the same file is no change of the first: it is given twice.
      before.delete(name)
    }
  }
  return { ...later, items }
}

/** With its namespace, where it is an entry's. */
function nameOf(item: SourceNode, key: string): string | undefined {
  const name = textOf(fieldOf(item, key))
  return name === undefined || key !== "name" ? name : `${item.place.origin.namespace ?? ""}:${name}`
}
