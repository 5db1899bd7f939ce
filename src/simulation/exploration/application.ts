/** What is simulated: an application as it runs in production, a scenario, and what must hold. As its user writes it. */

import type { Runtime, RuntimeOptions } from "../../app/runtime.ts"
import type { RootService, ServicesOf } from "../../app/services-of.ts"
import type { SupervisorDefinition } from "../../app/supervisor-definition.ts"
import type { Children } from "../../app/tree.ts"
import type { World } from "./world.ts"

/** What `start` takes. */
export type Tree = SupervisorDefinition<object> | Children

/** The services of a tree; of one that is not known, none. */
export type ServicesIn<T> = [T] extends [SupervisorDefinition<infer S>]
  ? S & RootService
  : [T] extends [Children]
    ? ServicesOf<T> & RootService
    : object

/** An application and its scenario, made anew for each schedule: nothing of one may be left for the next. */
export interface Application<T = Tree> {
  /** As `start` takes it. */
  readonly tree: T
  /** As `start` takes them: policies, the principal, whose async context, a tracer. Default: none. */
  readonly options?: Pick<RuntimeOptions, "policies" | "principal" | "asyncContext" | "tracer">
  /** The scenario: what callers outside the application do. It ends when what it awaits has ended. */
  run(runtime: Runtime<ServicesIn<T>>, world: World): unknown
  /** Looks at the application once all is at rest: a text says what was violated. */
  check?(runtime: Runtime<ServicesIn<T>>, world: World): unknown
}

/** Makes it anew: for the world that it is to run in, whose calls outside may be wired into it. */
export type Make<T = Tree> = (world: World) => Application<T>

/** Says what was violated, by a text or by throwing; nothing else is a violation but `false`. It says so at once: a promise would come too late. */
export type Always = (world: World) => NoPromise

/** Whatever somebody may say at once. */
type NoPromise =
  | string
  | number
  | bigint
  | boolean
  | symbol
  | null
  | undefined
  | void
  | { readonly constructor: unknown; readonly then?: never }

/** As `Always`, once the scenario has ended and all is at rest; may ask the application, and wait. */
export type Finally = (world: World, runtime: Runtime) => unknown

/** Whether it is so now. */
export type Sometimes = (world: World) => boolean

/** Whether it has come to be so; a text says why not. */
export type Eventually = (world: World) => boolean | string
