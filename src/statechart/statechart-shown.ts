/**
 * A snapshot as it is given to who came through a mailbox. The actors below the machine stand in it as they were, to be looked at and not to be
 * sent to: a living one takes events past the gate, and leads to the `self` of the process. What a machine keeps in its context is its author's
 * to give away.
 */

import type { AnyActorRef, AnyMachineSnapshot, Snapshot } from "xstate"
import type { Origin } from "../kernel/envelope.ts"

/** What is left of an actor below. */
export interface StillActor {
  readonly id: string
  getSnapshot(): Snapshot<unknown>
}

export function shownTo(origin: Origin | undefined, snapshot: AnyMachineSnapshot): AnyMachineSnapshot {
  return origin === undefined ? snapshot : stilled(snapshot)
}

function stilled<S extends Snapshot<unknown>>(snapshot: S): S {
  if (!("children" in snapshot)) return snapshot
  const { children } = snapshot as { readonly children: Readonly<Record<string, AnyActorRef | undefined>> }
  const still = Object.entries(children).map(([name, actor]) => [name, actor === undefined ? undefined : stillActor(actor)])
  return { ...snapshot, children: Object.fromEntries(still) }
}

function stillActor(actor: AnyActorRef): StillActor {
  const snapshot = stilled(actor.getSnapshot() as Snapshot<unknown>)
  return { id: actor.id, getSnapshot: () => snapshot }
}
