/** The way in: from a definition to a running application. */

import type { Inspector } from "../inspection/inspection-event.ts"
import { consoleLog, type Log } from "../inspection/log.ts"
import { ASYNC_CONTEXT_RULES, type AsyncContextRule } from "../kernel/async-context.ts"
import { invalid, refuseForeign, shown } from "../kernel/errors.ts"
import { defaultHost, type Host } from "../kernel/host.ts"
import { isA, isReadable } from "../kernel/instance.ts"
import { anything, callback, listOf, memberOf, oneOf, optional, otherwise, period, share } from "../kernel/option-fields.ts"
import { type Field, readOptions } from "../kernel/options.ts"
import type { RequestTracer } from "../kernel/request-tracer.ts"
import { isDefinition } from "../process/definition.ts"
import type { Policy, Scope } from "../security/policy.ts"
import { principalOf } from "../security/principal.ts"
import { boot } from "./boot.ts"
import { exitCodeOf } from "./give-up-exit.ts"
import type { Runtime, RuntimeOptions } from "./runtime.ts"
import type { RootService, ServicesOf } from "./services-of.ts"
import { signalsOf } from "./signals.ts"
import { SupervisorDefinition } from "./supervisor-definition.ts"
import type { Children } from "./tree.ts"

// The services of what it gives are mapped one by one: an editor shows ids and mailboxes then, and not what they were put together of.

/**
 * Starts an application: its supervisor and all below it, in order. Resolves when all of it runs.
 *
 * Errors  Invalid, naming the field (ids, options, `requires`, policies), before anything is started; Unavailable when a child
 *         cannot start, with its error as cause, and then nothing is left running.
 *
 * @example
 * await using runtime = await start({ "app:cache": store() })
 * const cache = await runtime.acquire("app:cache")
 * await cache.has("user:123") // => false
 */
export function start<S extends object>(
  tree: SupervisorDefinition<S>,
  options?: RuntimeOptions,
): Promise<Runtime<{ -readonly [Id in keyof (S & RootService)]: (S & RootService)[Id] }>>
export function start<const C extends Children>(
  children: C,
  options?: RuntimeOptions,
): Promise<Runtime<{ -readonly [Id in keyof (ServicesOf<C> & RootService)]: (ServicesOf<C> & RootService)[Id] }>>
export async function start(tree: SupervisorDefinition<object> | Children, options?: RuntimeOptions): Promise<Runtime<object>> {
  if (typeof tree !== "object" || tree === null) throw invalid("tree", "must be a supervisor, or an object of definitions by id")
  refuseForeign("tree", tree)
  if (isDefinition(tree)) throw invalid("tree", "must name its services: put the definition under an id")
  const read = readOptions(options, OPTIONS)
  const root = isA<SupervisorDefinition<object>>(tree, SupervisorDefinition) ? tree : new SupervisorDefinition({ children: tree })
  return boot<object>(root, read, read.host, read.log)
}

const method = callback()

const HOST_METHODS = [
  "now",
  "setTimer",
  "holdTimer",
  "clearTimer",
  "microtask",
  "yield",
  "random",
] as const satisfies readonly (keyof Host)[]

/** It stays its maker's object, and is called as such. */
const host: Field<Host> = (value, path) => {
  if (typeof value !== "object" || value === null || !isReadable(value)) throw invalid(path, `must be a host; got ${shown(value)}`)
  for (const name of HOST_METHODS) method(memberOf(value, name), `${path}.${name}`)
  optional(method)(memberOf(value, "systemTime"), `${path}.systemTime`)
  return value as Host
}

/** It stays its maker's object, and is called as such. */
const tracer: Field<RequestTracer> = (value, path) => {
  if (typeof value !== "object" || value === null || !isReadable(value)) throw invalid(path, `must be a tracer; got ${shown(value)}`)
  method(memberOf(value, "begin"), `${path}.begin`)
  return value as RequestTracer
}

const OPTIONS = {
  policies: optional(listOf(anything as Field<Policy | Scope>, "a list of policies")),
  principal: optional(principalOf),
  log: otherwise(callback<Log>(), consoleLog),
  inspect: optional(callback<Inspector>()),
  measureEveryMs: optional(period),
  sampleRequests: optional(share),
  tracer: optional(tracer),
  signals: signalsOf,
  asyncContext: optional(oneOf<AsyncContextRule>(...ASYNC_CONTEXT_RULES)),
  exitOnGiveUp: exitCodeOf,
  host: otherwise(host, defaultHost),
}
