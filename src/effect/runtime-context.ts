/**
 * The services of the layer that an application was started by, for handlers that are Effects: they run in its context, and in no other. By the host of the
 * kernel, of which each layer has its own: known before the first process starts.
 */

import type * as Context from "effect/Context"
import type { Host } from "../kernel/host.ts"

const contexts = new WeakMap<Host, Context.Context<never>>()

/** From now on what runs on that host has these services. */
export function provideHost(host: Host, context: Context.Context<never>): void {
  contexts.set(host, context)
}

/** `undefined` for an application that no layer has started. */
export function contextOf(host: Host): Context.Context<never> | undefined {
  return contexts.get(host)
}
