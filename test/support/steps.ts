/** Schedules made by hand, for tests of what chooses the next one. */

import { seededRandom } from "../../src/kernel/seeded-random.ts"
import type { Choice, Fault, FaultKind, Sent, Step } from "../../src/simulation/schedule/step.ts"

export type { Choice }

/** A message, where nothing else is said. */
export function choiceOf(id: number, choice: Partial<Choice> = {}): Choice {
  return { id, kind: "message", actor: "a", from: "root", what: "go", at: 0, ...choice }
}

/** That no fault falls, or this one. */
export function faultChoice(what: FaultKind | "none", actor = ""): Choice {
  return choiceOf(0, { kind: "fault", actor, from: "", what })
}

export function sentOf(id: number, to: string): Sent {
  return { id, kind: "message", from: "", to, what: "" }
}

export function stepOf(choice: Choice | undefined, more: Partial<Step> = {}): Step {
  return { index: 0, at: 0, choice, fault: undefined, choices: 1, instead: undefined, took: undefined, sent: [], notes: [], ...more }
}

export function faultStep(kind: FaultKind, actor: string): Step {
  const fault: Fault = { kind, actor, what: "" }
  return stepOf(undefined, { fault })
}

/** Numbers in [0, 1), the same for the same seed. */
export function drawOf(seed: number): () => number {
  return seededRandom(seed)
}
