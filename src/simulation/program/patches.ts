/**
 * Properties of objects that are not ours, replaced for a while, and put back as they were: descriptor by descriptor, the last one first.
 *
 * Invariants
 * - What was there is there again after `undo`, whoever has written over what stood in its place.
 * - What cannot be replaced (a frozen global) is said by an `Unavailable` that names it; who meets it undoes what was replaced before it.
 */

import { Unavailable } from "../../kernel/errors.ts"

/** What is put in a property's place. */
export type Replacement = { readonly value: unknown } | { readonly get: () => unknown }

interface Patch {
  readonly target: object
  readonly name: PropertyKey
  /** `undefined`: it had no such property of its own. */
  readonly before: PropertyDescriptor | undefined
}

export class Patches {
  readonly #patches: Patch[] = []

  /** Replaces what there is; what the host does not have is left out. Errors: Unavailable, for what cannot be replaced. */
  replace(target: object | undefined, name: PropertyKey, replacement: Replacement): void {
    if (target !== undefined && name in target) this.put(target, name, replacement)
  }

  /** As `replace`, also where there was nothing. */
  put(target: object, name: PropertyKey, replacement: Replacement): void {
    const before = Reflect.getOwnPropertyDescriptor(target, name)
    if (!Reflect.defineProperty(target, name, descriptorOf(replacement, before))) {
      throw new Unavailable(`${String(name)} cannot be replaced: it is frozen`, { details: { name: String(name) }, retryable: false })
    }
    this.#patches.push({ target, name, before })
  }

  /** Puts all of it back. Again: nothing. */
  undo(): void {
    for (const { target, name, before } of this.#patches.splice(0).reverse()) {
      if (before === undefined) Reflect.deleteProperty(target, name)
      else Reflect.defineProperty(target, name, before)
    }
  }
}

/** As it is seen by who lists the object's properties; what was inherited is not listed. A value can be written to, as all globals can. */
function descriptorOf(replacement: Replacement, before: PropertyDescriptor | undefined): PropertyDescriptor {
  const { configurable = true, enumerable = false } = before ?? {}
  return "get" in replacement ? { ...replacement, configurable, enumerable } : { ...replacement, configurable, enumerable, writable: true }
}
