/**
 * A function of a caller's that a store calls in its own turn: in the caller's async context, for an answer at once. What it throws is the caller's, and
 * reaches nobody else.
 */

import { invalid, type MailboxPort, shown, Unknown } from "../../src/index.ts"
import { isCutShort } from "./cut-short.ts"

export class CallersFunction<Parameters extends unknown[]> {
  /** What messages call it: the name of the argument. */
  readonly #field: string
  readonly #call: (...parameters: Parameters) => unknown
  #thrown: { readonly error: unknown } | undefined = undefined

  /** Throws `Invalid` for what is no function. */
  constructor(field: string, call: unknown, port: Pick<MailboxPort, "inContext">) {
    if (typeof call !== "function") throw invalid(field, `must be a function; got ${shown(call)}`)
    this.#field = field
    this.#call = port.inContext(call as (...parameters: Parameters) => unknown)
  }

  /** What it gives. Throws an error of the runtime's where it throws, or gives a promise. */
  call(...parameters: Parameters): unknown {
    try {
      const given = this.#call(...parameters)
      if (!isPromise(given)) return given
    } catch (error) {
      if (isCutShort(error)) throw error
      this.#thrown = { error }
      throw new Unknown(`the function given as ${this.#field} has thrown`, { cause: error, details: { field: this.#field } })
    }
    throw invalid(this.#field, "must give its result at once; it gave a promise: what has to be waited for is waited for before")
  }

  /** The answer to a request that has called it; what it has thrown comes as it was. */
  async answer<Answer>(answer: Promise<unknown>): Promise<Answer> {
    try {
      return (await answer) as Answer
    } catch (error) {
      throw this.#thrown === undefined ? error : this.#thrown.error
    }
  }
}

/** It comes too late, and what it fails with is nobody's. */
function isPromise(given: unknown): boolean {
  if (typeof given !== "object" || given === null || typeof Reflect.get(given, "then") !== "function") return false
  if (given instanceof Promise) given.catch(() => {})
  return true
}
