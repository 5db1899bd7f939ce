/**
 * What brings back who was befallen, when faults have stopped: a child of a supervisor that is to be started again, or starts, and whoever a fault has made slow come back
 * as time passes. Once all are back, what happens but by time.
 */

import type { Runtime } from "../../app/runtime.ts"
import type { TreeNode } from "../../inspection/tree-view.ts"
import type { ChildState } from "../../supervision/child-state.ts"
import type { Candidate } from "../scene/candidate.ts"
import type { Scene } from "../scene/scene.ts"
import { isAnybodySlow } from "./patience.ts"

/** What could happen next of that; nothing, where it is over. */
export function recoveryOf(runtime: Runtime, scene: Scene): readonly Candidate[] {
  const all = scene.candidates()
  const timeless = all.filter(({ choice }) => choice.kind !== "timer")
  // Whoever comes back by itself has a timer for it.
  return all.length > timeless.length && (isComing(runtime.tree()) || isAnybodySlow(scene)) ? all : timeless
}

const COMING: ReadonlySet<ChildState> = new Set(["starting", "backingOff", "restarting"])

function isComing({ state, children }: TreeNode): boolean {
  return COMING.has(state) || children.some(isComing)
}
