/**
 * What a statechart leaves to its next incarnation: the actors as they were after the last event that went well, and the delayed
 * events that were pending then.
 *
 * Taken after every event, so it costs no more than references; it is made a persisted snapshot only when an heir asks for it.
 *
 * Invariant: what happened in the event that failed is not in it, neither in the machine nor in the actors below it.
 */

import type { AnyActorLogic, AnyActorRef, Snapshot } from "xstate"
import { invalid } from "../kernel/errors.ts"
import type { Delayed, StatechartClock } from "./statechart-clock.ts"
import { Actor } from "./xstate-peer.ts"

/** An actor's snapshot and those of its children, at one moment. */
interface Picture {
  readonly actor: AnyActorRef
  readonly snapshot: Snapshot<unknown>
  readonly children: Readonly<Record<string, Picture>> | undefined
}

/** XState refuses to persist actors that have no name in `setup`: their logic cannot be written down. Here it stays in memory. */
const PERSIST_OPTIONS = { __unsafeAllowInlineActors: true }

export class StatechartEstate {
  readonly #picture: Picture | undefined
  readonly #delayed: readonly Delayed[]

  private constructor(picture: Picture | undefined, delayed: readonly Delayed[]) {
    this.#picture = picture
    this.#delayed = delayed
  }

  static of(actor: AnyActorRef, delayed: readonly Delayed[]): StatechartEstate {
    return new StatechartEstate(pictureOf(actor), delayed)
  }

  /** Of one whose own estate could not be read: the next incarnation begins anew. */
  static readonly none = new StatechartEstate(undefined, [])

  /** `undefined`: there is nothing to start from. Throws `Invalid` for a context that cannot be persisted. */
  persisted(): Snapshot<unknown> | undefined {
    if (this.#picture === undefined) return undefined
    try {
      return persistedOf(this.#picture)
    } catch (cause) {
      throw invalid("state", "is to be retained, and the machine's snapshot cannot be persisted: the next start begins anew", cause)
    }
  }

  /** Arms anew what was pending, for what is left of its time; in full, where it was the event that failed. */
  rearm(root: AnyActorRef, clock: StatechartClock, now: number): void {
    for (const { source, target, event, delayMs, id, timer, isOver } of this.#delayed) {
      const [from, to] = [this.#heirOf(source, root), this.#heirOf(target, root) ?? target]
      const leftMs = isOver ? delayMs : timer.deadline - now
      if (from !== undefined) clock.schedule(from, to, event, leftMs, id)
    }
  }

  /** The actor that stands where this one stood. */
  #heirOf(actor: AnyActorRef, root: AnyActorRef): AnyActorRef | undefined {
    if (actor === this.#picture?.actor) return root
    const parent = actor._parent === undefined ? undefined : this.#heirOf(actor._parent, root)
    return parent === undefined ? undefined : childrenOf(parent.getSnapshot())[actor.id]
  }
}

export function childrenOf(snapshot: Snapshot<unknown>): Readonly<Record<string, AnyActorRef>> {
  return "children" in snapshot ? (snapshot.children as Record<string, AnyActorRef>) : {}
}

function pictureOf(actor: AnyActorRef): Picture {
  const snapshot: Snapshot<unknown> = actor.getSnapshot()
  const children = Object.entries(childrenOf(snapshot))
  if (children.length === 0) return { actor, snapshot, children: undefined }
  return { actor, snapshot, children: Object.fromEntries(children.map(([id, child]) => [id, pictureOf(child)])) }
}

/** The machine's own way to persist, with the children as they were and not as they are. */
function persistedOf({ actor, snapshot, children }: Picture): Snapshot<unknown> {
  if (!(actor instanceof Actor)) return actor.getPersistedSnapshot()
  const logic: AnyActorLogic = actor.logic
  if (children === undefined) return logic.getPersistedSnapshot(snapshot, PERSIST_OPTIONS)
  const pictured = Object.entries(children).map(([id, child]) => [id, standIn(child)])
  return logic.getPersistedSnapshot({ ...snapshot, children: Object.fromEntries(pictured) }, PERSIST_OPTIONS)
}

/** What XState reads of a child to persist it. */
function standIn(child: Picture): object {
  const { src, systemId, _syncSnapshot } = child.actor as AnyActorRef & { systemId?: string; _syncSnapshot?: boolean }
  return { src, systemId, _syncSnapshot, getPersistedSnapshot: () => persistedOf(child) }
}
