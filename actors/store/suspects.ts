/**
 * Objects that look like an empty record, and might be a Map, a promise or an iterator whose prototype was exchanged: the language shows no
 * difference. What such an object holds can be told by the host's own copy of it, which is of its sort, or refused.
 *
 * Left unseen: one on which something hangs by name, too, and an instance of a class whose fields are private; no look tells them from records.
 */

/** Looked at one by one, which is dear, and names the place; those that follow all at once. */
const LOOKED_AT_AT_ONCE = 4

/** Taken hold of when this module is loaded: a test may put a fake in its place. A test's imitation of a page may have none. */
const copyOfHost: typeof structuredClone | undefined = globalThis.structuredClone

export class Suspects {
  #count = 0
  readonly #later: object[] = []

  /** Whether an object without properties is none of a record; `false` for now where many come. */
  isImpostor(value: object): boolean {
    this.#count += 1
    if (this.#count <= LOOKED_AT_AT_ONCE) return isImpostor(value)
    this.#later.push(value)
    return false
  }

  /** Whether there is one among those that were put off. */
  hasImpostor(): boolean {
    if (this.#later.length === 0 || copyOfHost === undefined) return false
    try {
      return copyOfHost(this.#later).some((copy) => !isRecord(copy))
    } catch {
      return this.#later.some(isImpostor)
    }
  }
}

function isImpostor(value: object): boolean {
  if (copyOfHost === undefined) return false
  try {
    return !isRecord(copyOfHost(value))
  } catch {
    return !isProxy(value)
  }
}

function isRecord(copy: object): boolean {
  return Object.getPrototypeOf(copy) === Object.prototype && Object.prototype.toString.call(copy) === "[object Object]"
}

interface HostTypes {
  readonly types: { isProxy(value: object): boolean }
}

/** A proxy holds nothing but what it shows. The host refuses it, as it refuses a promise; Node alone can tell one from the other. */
function isProxy(value: object): boolean {
  const { process } = globalThis as { readonly process?: { getBuiltinModule?(name: string): unknown } }
  const util = process?.getBuiltinModule?.("node:util") as HostTypes | undefined
  return util?.types.isProxy(value) === true
}
