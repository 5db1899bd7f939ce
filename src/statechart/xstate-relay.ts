/**
 * The one place where every event of an XState actor system passes, on its way from actor to actor: `_relay`. It is not among
 * XState's published types, and this file is the only one that knows of it.
 */

import type { ActorSystem, ActorSystemInfo, AnyActorRef, EventObject } from "xstate"
import { Internal } from "../kernel/errors.ts"

/** What actors have in common that were made by one `createActor`: itself, and all that it invokes and spawns. */
export type System = ActorSystem<ActorSystemInfo>

/** Brings an event to its target, which handles it at once unless it is busy. `source`: `undefined` for one from outside. */
export type Relay = (source: AnyActorRef | undefined, target: AnyActorRef, event: EventObject) => void

interface Relaying {
  _relay: Relay
}

/** Sends an event by way of a system, in the name of an actor, so that inspectors see whose it is. */
export function relay(system: System, source: AnyActorRef | undefined, target: AnyActorRef, event: EventObject): void {
  relaying(system)._relay(source, target, event)
}

/** Puts `relay` in the place of the system's own, which is returned. */
export function interceptRelay(system: System, relay: Relay): Relay {
  const known = relaying(system)
  const own = known._relay
  known._relay = relay
  return own
}

function relaying(system: System): System & Relaying {
  if (isRelaying(system)) return system
  throw new Internal("this version of XState relays its events in another way; statecharts as processes need 5.33 or a later 5")
}

function isRelaying(system: System): system is System & Relaying {
  return "_relay" in system && typeof system._relay === "function"
}
