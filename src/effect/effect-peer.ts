/** Looks, before anything else of this room is made, whether the Effect that is installed is one that fits. */

import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as ManagedRuntime from "effect/ManagedRuntime"
import { checkPeer } from "../kernel/peer.ts"

// In namespaces: a name that is imported by itself would be missed by the host first, which does not say what to install.
checkPeer(
  { name: "effect", entry: "pigeonhole/effect", version: "Effect 4", install: "effect@4" },
  {
    ...{ die: Cause.die, squash: Cause.squash, isContext: Context.isContext, isSuccess: Exit.isSuccess },
    ...{ runFork: Effect.runFork, runForkWith: Effect.runForkWith, logWithLevel: Effect.logWithLevel, annotateLogs: Effect.annotateLogs },
    ...{ callback: Effect.callback, withFiber: Effect.withFiber, reference: Context.Reference, service: Context.Service },
    isManagedRuntime: ManagedRuntime.isManagedRuntime,
  },
)

/**
 * Effect's `Context`, looked at. What is made of it when a module is loaded is made of this one: a builder who leaves out what is imported for its doing alone
 * keeps the look.
 */
export const CheckedContext: typeof Context = Context
