/**
 * The actors below a machine that wait for a promise. What has no end of its own (a callback, an observable) is none of them: nothing says
 * whether more will come of it.
 */

import type { AnyActorRef } from "xstate"
import { childrenOf } from "./statechart-estate.ts"
import { Actor, fromPromise } from "./xstate-peer.ts"

const known = fromPromise(async () => {})

/** At any depth. */
export function promisesBelow(actor: AnyActorRef | undefined): readonly AnyActorRef[] {
  const children = actor === undefined ? [] : Object.values(childrenOf(actor.getSnapshot()))
  return children.flatMap((child) => (isPromise(child) ? [child] : promisesBelow(child)))
}

/** XState names no kinds; but whatever `fromPromise` makes has the same code. */
function isPromise(actor: AnyActorRef): boolean {
  if (!(actor instanceof Actor) || actor.getSnapshot().status !== "active") return false
  return String(actor.logic.transition) === String(known.transition)
}
