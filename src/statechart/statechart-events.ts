/** Which messages are events, and which events a machine takes. */

import type { AnyStateMachine, EventObject } from "xstate"

/** What XState's actors tell one another; nobody else may say so. */
const RESERVED = "xstate."

/** Whether a message has the form of an event. */
export function isEvent(message: unknown): message is EventObject {
  return typeof message === "object" && message !== null && "type" in message && typeof message.type === "string"
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
