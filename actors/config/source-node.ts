/**
 * What was read of a configuration, before anybody knows what it means: values, lists and tables, each with the place where it stands.
 *
 * Invariants
 * - It is plain data of our own: whoever gave it can change nothing of it any more, and no getter of theirs is asked again.
 * - What came from the environment remembers the text that asked for it: that text is shown, the value never.
 */

/** Where nodes come from: one for each file. */
export interface Origin {
  /** As it was named; `undefined`: it was given as data. */
  readonly file: string | undefined
  /** The folder that paths in it are relative to, absolute. */
  readonly folder: string
  /** What stands before the names of its entries. Set once the file was read. */
  namespace: string | undefined
  /** The same as a message shows it: what came from the environment is not. */
  shownNamespace: string | undefined
}

/** Where something stands: in which file, under which path of that file, in which line where the reader knows. */
export interface Place {
  readonly origin: Origin
  readonly path: string
  readonly line: number | undefined
}

/** What a value can be. */
export type Scalar = string | number | boolean | null

export interface ScalarNode {
  readonly type: "scalar"
  readonly place: Place
  readonly value: Scalar
  /** The text with `${env:…}` in it that the value was made of; `undefined`: it stands there as it is. */
  readonly reference: string | undefined
}

export interface ListNode {
  readonly type: "list"
  readonly place: Place
  readonly items: readonly SourceNode[]
}

export interface TableNode {
  readonly type: "table"
  readonly place: Place
  readonly fields: ReadonlyMap<string, SourceNode>
}

export type SourceNode = ScalarNode | ListNode | TableNode

/** Deeper than any application; what holds itself ends here. */
export const DEEPEST = 64

/** More than any application; what holds the same over and over ends here. */
export const MOST_NODES = 1_000_000

export function pathTo(path: string, name: string | number): string {
  if (typeof name === "number") return `${path}[${name}]`
  if (!/^[A-Za-z_$][\w$]*$/.test(name)) return `${path}[${JSON.stringify(name)}]`
  return path === "" ? name : `${path}.${name}`
}

export function placeUnder(place: Place, name: string | number, line = place.line): Place {
  return { ...place, path: pathTo(place.path, name), line }
}

/** The node at that path below, and how much of the path leads there: what is missing has no node. */
export function nodeAt(
  node: SourceNode,
  path: readonly PropertyKey[],
): { readonly node: SourceNode; readonly rest: readonly PropertyKey[] } {
  let at = node
  for (const [index, name] of path.entries()) {
    const below = at.type === "table" ? at.fields.get(String(name)) : at.type === "list" ? at.items[Number(name)] : undefined
    if (below === undefined) return { node: at, rest: path.slice(index) }
    at = below
  }
  return { node: at, rest: [] }
}

/** The path as a message shows it, whether there is a node or not. */
export function shownPath(node: SourceNode, path: readonly PropertyKey[]): string {
  const { node: nearest, rest } = nodeAt(node, path)
  return rest.reduce<string>((text, name) => pathTo(text, typeof name === "number" ? name : String(name)), nearest.place.path)
}

/** As data. `isShown`: with the text that asks for what came from the environment, in its place. */
export function dataOf(node: SourceNode, isShown = false): unknown {
  if (node.type === "scalar") return isShown && node.reference !== undefined ? node.reference : node.value
  if (node.type === "list") return node.items.map((item) => dataOf(item, isShown))
  return Object.fromEntries([...node.fields].map(([name, field]) => [name, dataOf(field, isShown)]))
}

/** The same with another value in the place of one; its order stays. */
export function withField(table: TableNode, name: string, node: SourceNode | undefined): TableNode {
  const fields = new Map(table.fields)
  if (node === undefined) fields.delete(name)
  else fields.set(name, node)
  return { ...table, fields }
}

export function fieldOf(node: SourceNode | undefined, name: string): SourceNode | undefined {
  return node?.type === "table" ? node.fields.get(name) : undefined
}

export function itemsOf(node: SourceNode | undefined): readonly SourceNode[] {
  return node?.type === "list" ? node.items : []
}

/** What of it is text; `undefined` for all else. */
export function textOf(node: SourceNode | undefined): string | undefined {
  return node?.type === "scalar" && typeof node.value === "string" ? node.value : undefined
}

/** As a message shows it: never what came from the environment. */
export function shownNode(node: SourceNode): string {
  if (node.type === "list") return "a list"
  if (node.type === "table") return "an object"
  if (node.reference !== undefined) return `what ${node.reference} stands for`
  return typeof node.value === "string"
    ? JSON.stringify(node.value.length > 80 ? `${node.value.slice(0, 79)}…` : node.value)
    : String(node.value)
}

/** Whether it came from the environment, or something in it. */
export function isFromEnvironment(node: SourceNode): boolean {
  if (node.type === "scalar") return node.reference !== undefined
  const below = node.type === "list" ? node.items : [...node.fields.values()]
  return below.some(isFromEnvironment)
}

/** Names as a message lists them: the first of many. */
export function listed(names: readonly string[]): string {
  const left = names.length - MOST_LISTED
  return left > 0 ? `${names.slice(0, MOST_LISTED).join(", ")} and ${left} more` : names.join(", ")
}

const MOST_LISTED = 20
