/**
 * Whom a machine tells of itself, without asking anything: its inspector and its logger. They run in the midst of a transition, and
 * what they throw, or reject with, changes nothing of it: it is reported, at a bounded rate.
 */

import type { ActorOptions, AnyStateMachine, InspectionEvent } from "xstate"
import { isList, passes } from "../kernel/instance.ts"
import type { Kernel } from "../kernel/kernel.ts"
import { callback, field } from "../kernel/option-fields.ts"
import type { Field } from "../kernel/options.ts"
import { contain } from "../kernel/thenable.ts"

export type StatechartCallbacks = Pick<ActorOptions<AnyStateMachine>, "inspect" | "logger">

/** What an observer may be told by; each of it may be left out. */
const TOLD_BY = ["next", "error", "complete"]

/** Reads an observer as XState takes it: a function, or an object of functions. It stays its maker's. */
export const observer: Field<NonNullable<StatechartCallbacks["inspect"]>> = field((value) => {
  if (typeof value !== "object" || value === null || isList(value)) return typeof value === "function"
  return passes(value, (own) => TOLD_BY.every((name) => ["undefined", "function"].includes(typeof Reflect.get(own, name))))
}, "a function or an observer")

/** Reads a listener. */
export const listener: Field<(told: never) => unknown> = callback()

/** Inspector and logger, as a machine may be given them. */
export function contained(kernel: Kernel, { inspect, logger }: StatechartCallbacks): StatechartCallbacks {
  const attempt = (what: string, call: () => unknown): void => {
    const failed = (error: unknown): void => kernel.fault(what, error)
    try {
      contain(call(), failed)
    } catch (error) {
      failed(error)
    }
  }
  const tell = (event: InspectionEvent): unknown => (typeof inspect === "function" ? inspect(event) : inspect?.next?.(event))
  return {
    ...(inspect === undefined ? {} : { inspect: (event) => attempt("a statechart's inspector", () => tell(event)) }),
    ...(logger === undefined ? {} : { logger: (...parts) => attempt("a statechart's logger", () => logger(...parts)) }),
  }
}
