/** The running tree as a person reads it. */

import { invalid, shown } from "../kernel/errors.ts"
import { isList } from "../kernel/instance.ts"
import { memberOf } from "../kernel/option-fields.ts"
import type { Pid } from "../kernel/pid.ts"
import type { ChildState } from "../supervision/child-state.ts"
import { SupervisorProcess } from "../supervision/supervisor-process.ts"

/** A supervisor or a child of one, as it is now; `formatTree` prints it. */
export interface TreeNode {
  readonly id: string
  readonly type: "worker" | "supervisor"
  readonly state: ChildState
  readonly pid: Pid | undefined
  /** Of a supervisor: its strategy, or `dynamic`. */
  readonly strategy?: string
  /** Mailboxes held. */
  readonly attachments: number
  /** Messages waiting. */
  readonly waiting: number
  readonly children: readonly TreeNode[]
}

/** So many children of one supervisor are printed; a dynamic one may have a hundred thousand. */
const LISTED_CHILDREN = 20

export interface Occupancy {
  readonly attachments: number
  readonly waiting: number
}

export function viewTree(root: SupervisorProcess, occupancyOf: (id: string) => Occupancy): TreeNode {
  return {
    id: "root",
    type: "supervisor",
    state: stateOfRoot(root),
    pid: root.pid,
    strategy: root.kind,
    attachments: 0,
    waiting: 0,
    children: viewChildren(root, occupancyOf),
  }
}

function stateOfRoot({ status }: SupervisorProcess): ChildState {
  if (status === "ended") return "stopped"
  return status === "ending" ? "stopping" : "running"
}

/** One line a node; of a supervisor with very many children, the first ones. */
export function formatTree(node: TreeNode): string {
  checkNode(node, "node")
  return lines(node, "", "").join("\n")
}

/** As far down as it is printed. */
function checkNode(node: unknown, path: string): void {
  const [id, children] = [memberOf(node, "id"), memberOf(node, "children")]
  if (typeof id !== "string" || !isList(children)) throw invalid(path, `must be of what runtime.tree() gives; got ${shown(node)}`)
  for (const [index, child] of children.slice(0, LISTED_CHILDREN).entries()) checkNode(child, `${path}.children[${index}]`)
}

function viewChildren(supervisor: SupervisorProcess, occupancyOf: (id: string) => Occupancy): readonly TreeNode[] {
  return supervisor.viewChildren().map(({ id, type, state, pid, process }): TreeNode => {
    const node = { id, type, state, pid: state === "running" ? pid : undefined, ...occupancyOf(id) }
    if (!(process instanceof SupervisorProcess)) return { ...node, children: [] }
    return { ...node, strategy: process.kind, children: viewChildren(process, occupancyOf) }
  })
}

function lines(node: TreeNode, first: string, rest: string): readonly string[] {
  const listed = node.children.slice(0, LISTED_CHILDREN)
  const more = node.children.length - listed.length
  const last = more > 0 ? listed.length : listed.length - 1
  const below = listed.flatMap((child, index) =>
    index === last ? lines(child, `${rest}└─ `, `${rest}   `) : lines(child, `${rest}├─ `, `${rest}│  `),
  )
  return [`${first}${describe(node)}`, ...below, ...(more > 0 ? [`${rest}└─ … and ${more} more`] : [])]
}

function describe(node: TreeNode): string {
  const address = node.pid === undefined ? "" : ` ${node.pid}`
  if (node.strategy !== undefined) return `${node.id}${address} ${node.strategy}`
  const held = node.attachments === 0 ? "" : `, ${node.attachments} ${node.attachments === 1 ? "mailbox" : "mailboxes"}`
  return `${node.id}${address} ${node.state}${held}`
}
