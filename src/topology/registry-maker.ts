/** Defining registries. What is defined holds nothing; each runtime opens a registry of its own by it. */

import { oneOf } from "../kernel/option-fields.ts"
import { readOptions } from "../kernel/options.ts"
import { Registry } from "./registry.ts"
import { RegistryDefinition, type RegistryOptions } from "./registry-definition.ts"
import { keepOpener } from "./registry-opener.ts"

/**
 * Defines a registry: processes under keys, each with a value. `Of`, the type of their definition, is its author's word: what is called by
 * `via` has that definition's calls and casts, `registry<undefined, typeof room>({ keys: "unique" })`.
 *
 * @example
 * const topics = registry<number>({ keys: "duplicate" })
 * const reader = actor(async (self) => void (await self.receive()))
 * const pid = runtime.spawn(reader)
 * runtime.registry(topics).register(pid, "news", 7)
 * runtime.registry(topics).lookup("news").map(({ value }) => value) // => [7]
 * runtime.registry(topics).dispatch("news", "hello") // => 1
 * await runtime.whenEnded(pid)
 * runtime.registry(topics).lookup("news") // => []
 */
export function registry<Value = undefined, Of = unknown>(options: RegistryOptions): RegistryDefinition<Value, Of> {
  const { keys } = readOptions(options, { keys: oneOf("unique", "duplicate") })
  const definition = new RegistryDefinition<Value, Of>(keys)
  keepOpener(definition, (ties) => new Registry<unknown>(definition, keys, ties))
  return definition
}
