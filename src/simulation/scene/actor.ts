/** Who takes part in a schedule, as it is called there: by its label, and of several runtimes also by the one that it is of. */

import type { Destination } from "../../kernel/envelope.ts"
import { OUTSIDE } from "../schedule/step.ts"

/** An inbox of a scene's. Whose is none is called by its label. */
interface Named {
  readonly actor: string
}

/** `undefined`: the scenario. */
export function actorOf(party: { readonly inbox: Destination } | undefined): string {
  return party === undefined ? OUTSIDE : actorBehind(party.inbox)
}

/** Whose inbox it is. */
export function actorBehind(inbox: Destination): string {
  return isNamed(inbox) ? inbox.actor : inbox.label
}

function isNamed(inbox: Destination): inbox is Destination & Named {
  return "actor" in inbox
}
