/** The way in: from a definition to a running application. */

import { Definition } from "../behaviours/definition.ts"
import { checkContextRule } from "../kernel/async-context.ts"
import { invalid, refuseForeign } from "../kernel/errors.ts"
import { nodeHost } from "../kernel/host.ts"
import { checkOptions } from "../kernel/options.ts"
import { boot } from "./boot.ts"
import { consoleLog } from "./log.ts"
import type { Runtime, RuntimeOptions } from "./runtime.ts"
import type { RootService, ServicesOf } from "./services-of.ts"
import { type Children, SupervisorDefinition } from "./tree.ts"

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
export function start<S extends object>(tree: SupervisorDefinition<S>, options?: RuntimeOptions): Promise<Runtime<S & RootService>>
export function start<const C extends Children>(children: C, options?: RuntimeOptions): Promise<Runtime<ServicesOf<C> & RootService>>
export async function start(tree: SupervisorDefinition<object> | Children, options: RuntimeOptions = {}): Promise<Runtime<object>> {
  if (typeof tree !== "object" || tree === null) throw invalid("tree", "must be a supervisor, or an object of definitions by id")
  refuseForeign("tree", tree)
  if (tree instanceof Definition) throw invalid("tree", "must name its services: put the definition under an id")
  checkOptions(options, ["policies", "principal", "log", "inspect", "signals", "asyncContext", "exitOnGiveUp", "host"])
  checkContextRule(options.asyncContext)
  const root = tree instanceof SupervisorDefinition ? tree : new SupervisorDefinition({ children: tree })
  return boot<object>(root, options, options.host ?? nodeHost, options.log ?? consoleLog)
}
