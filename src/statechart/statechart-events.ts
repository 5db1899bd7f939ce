/** Which messages are events, and which events a machine takes. */

import type { AnyStateMachine, EventObject } from "xstate"
import { asSeen } from "../kernel/facade.ts"

/** What XState's actors tell one another; nobody else may say so. */
const RESERVED = "xstate."

/** A message as an event, which has the type that it had when it was looked at, once; `undefined` for what is none, or cannot be looked at. */
export function eventOf(message: unknown): EventObject | undefined {
  if (typeof message !== "object" || message === null) return undefined
  try {
    const { type } = message as { readonly type?: unknown }
    return typeof type === "string" ? asSeen(message as EventObject, "type", type) : undefined
  } catch {
    return undefined
  }
}

/** Whether an event is one of those by which XState's actors speak to one another: a result, an error, the end of a delay. */
export function isReserved({ type }: EventObject): boolean {
  return type.startsWith(RESERVED)
}

/** Tells the types of events for which there is a transition anywhere in the machine; `*` and `name.*` as XState reads them. */
export function takenBy(machine: AnyStateMachine): (type: string) => boolean {
  const descriptors = machine.events.map((descriptor) => String(descriptor))
  if (descriptors.includes("*")) return () => true
  const exact = new Set(descriptors)
  const stems = descriptors.filter((descriptor) => descriptor.endsWith(".*")).map((descriptor) => descriptor.slice(0, -2))
  return (type) => exact.has(type) || stems.some((stem) => type === stem || type.startsWith(`${stem}.`))
}
