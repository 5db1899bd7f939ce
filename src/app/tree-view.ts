/** The running tree as a person reads it. */

import type { Pid } from "../kernel/pid.ts"
import type { ChildState } from "../supervision/child-state.ts"
import type { Strategy } from "../supervision/strategy.ts"
import { Supervisor } from "../supervision/supervisor.ts"

/** A supervisor or a child of one, as it is now; `formatTree` prints it. */
export interface TreeNode {
  readonly id: string
  readonly type: "worker" | "supervisor"
  readonly state: ChildState
  readonly pid: Pid | undefined
  /** Of a supervisor. */
  readonly strategy?: Strategy
  /** Mailboxes held. */
  readonly attachments: number
  /** Messages waiting. */
  readonly waiting: number
  readonly children: readonly TreeNode[]
}

export interface Occupancy {
  readonly attachments: number
  readonly waiting: number
}

export function viewTree(root: Supervisor, occupancyOf: (id: string) => Occupancy): TreeNode {
  return {
    id: "root",
    type: "supervisor",
    state: stateOfRoot(root),
    pid: root.pid,
    strategy: root.rules.strategy,
    attachments: 0,
    waiting: 0,
    children: viewChildren(root, occupancyOf),
  }
}

function stateOfRoot({ status }: Supervisor): ChildState {
  if (status === "ended") return "stopped"
  return status === "ending" ? "stopping" : "running"
}

/** One line a node. */
export function formatTree(node: TreeNode): string {
  return lines(node, "", "").join("\n")
}

function viewChildren(supervisor: Supervisor, occupancyOf: (id: string) => Occupancy): readonly TreeNode[] {
  return supervisor.whichChildren().map(({ id, type, state, pid, process }): TreeNode => {
    const node = { id, type, state, pid: state === "running" ? pid : undefined, ...occupancyOf(id) }
    if (!(process instanceof Supervisor)) return { ...node, children: [] }
    return { ...node, strategy: process.rules.strategy, children: viewChildren(process, occupancyOf) }
  })
}

function lines(node: TreeNode, first: string, rest: string): readonly string[] {
  const last = node.children.length - 1
  const below = node.children.flatMap((child, index) =>
    index === last ? lines(child, `${rest}└─ `, `${rest}   `) : lines(child, `${rest}├─ `, `${rest}│  `),
  )
  return [`${first}${describe(node)}`, ...below]
}

function describe(node: TreeNode): string {
  const address = node.pid === undefined ? "" : ` ${node.pid}`
  if (node.strategy !== undefined) return `${node.id}${address} ${node.strategy}`
  const held = node.attachments === 0 ? "" : `, ${node.attachments} ${node.attachments === 1 ? "mailbox" : "mailboxes"}`
  return `${node.id}${address} ${node.state}${held}`
}
