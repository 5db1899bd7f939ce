/**
 * A function of a caller's that a store calls in its own turn: in the caller's async context, for an answer at once. What it throws is the caller's, and
 * reaches nobody else.
 */

import { givenAtOnce, invalid, type MailboxPort, shown, Unknown } from "../../src/index.ts"

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

  /** What it gives, which may be a promise yet: `handedOver` refuses those. Throws an error of the runtime's where it throws. */
  call(...parameters: Parameters): unknown {
    try {
      return this.#call(...parameters)
    } catch (error) {
      this.#thrown = { error }
      throw new Unknown(`the function given as ${this.#field} has thrown`, { cause: error, details: { field: this.#field } })
    }
  }

  /** What it has given, for a promise to carry. Throws `Invalid` where it is one. */
  handedOver<Given>(given: Given): Given {
    const problem = "must give its result at once; it gave a promise: wait for that before"
    return givenAtOnce(given, () => invalid(this.#field, problem))
  }

  /** The answer to a request that has called it; what it has thrown comes as it was. */
  answer<Answer>(answer: Promise<unknown>): Promise<Answer> {
    return answer.catch((error) => {
      throw this.#thrown === undefined ? error : this.#thrown.error
    }) as Promise<Answer>
  }
}
