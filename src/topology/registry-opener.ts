/** How each registry is opened in a runtime: kept with its definition by who makes that, so a program without registries carries none. */

import { invalid, shown } from "../kernel/errors.ts"
import type { Registry, RegistryTies } from "./registry.ts"
import type { RegistryDefinition } from "./registry-definition.ts"

/** Makes what is registered in one runtime. */
export type RegistryOpener = (ties: RegistryTies) => Registry<unknown>

/** What `registry` has made. */
const openers = new WeakMap<object, RegistryOpener>()

/** Keeps with a definition how it is opened. */
export function keepOpener(definition: object, opener: RegistryOpener): void {
  openers.set(definition, opener)
}

/** Of what `registry` has made; throws `Invalid` for all else. */
export function openerOf(definition: unknown, field: string): RegistryOpener {
  const opener = typeof definition === "object" && definition !== null ? openers.get(definition) : undefined
  if (opener === undefined) throw invalid(field, `must be made by registry; got ${shown(definition)}`)
  return opener
}

/** Throws `Invalid` for what `registry` has not made. */
export function checkRegistry(definition: unknown, field = "registry"): asserts definition is RegistryDefinition<never> {
  openerOf(definition, field)
}
