/**
 * What an operation has said of its answers: a reply is of its `success`, what it fails with of its `error`. What does not fit is the server's own fault,
 * and no caller's.
 *
 * What the schemas say of an answer stays untold, but for the places: it would be read by all who are told why the server has ended.
 */

import type { Decode } from "../kernel/decoder.ts"
import { errorOf, isOurs, type PigeonholeError, Unknown } from "../kernel/errors.ts"
import { isA } from "../kernel/instance.ts"
import { promiseOf } from "../kernel/thenable.ts"
import { Failure, isForeignOutcome, Outcome, type ReplyRules } from "../process/outcome.ts"

/** What a caller gets that an operation has failed for, by its name. Its own errors are no errors of the runtime's. */
export type ErrorRule = (declared: unknown, name: string) => PigeonholeError

export class ReplyContract implements ReplyRules {
  readonly #name: string
  readonly #success: Decode | undefined
  readonly #error: Decode | undefined
  readonly #rule: ErrorRule

  /** `name`: `call.add`. */
  constructor(name: string, success: Decode | undefined, error: Decode | undefined, rule: ErrorRule = inOurs) {
    this.#name = name
    this.#success = success
    this.#error = error
    this.#rule = rule
  }

  /** The same, for callers that get errors as that rule says. */
  by(rule: ErrorRule): ReplyContract {
    return new ReplyContract(this.#name, this.#success, this.#error, rule)
  }

  /** What a handler has given, as its caller gets it. Throws `Invalid`. */
  outcome(given: unknown): unknown {
    if (isA(given, Failure)) return this.#error === undefined ? given : new Failure(this.failure(given.given), given.given)
    return isA(given, Outcome) || isForeignOutcome(given) ? given : this.reply(given)
  }

  reply(value: unknown): unknown {
    return this.#success === undefined ? value : this.#success(value, `${this.#name}.success`)
  }

  failure(error: unknown): PigeonholeError {
    if (this.#error === undefined) return errorOf(error)
    return this.#rule(this.#error(error, `${this.#name}.error`), this.#name)
  }
}

/** What is no error of the runtime's is the cause of one. */
function inOurs(declared: unknown, name: string): PigeonholeError {
  if (isOurs(declared) || isA(declared, Error)) return errorOf(declared)
  return new Unknown(`${name} has failed as it declares: see cause`, { cause: declared })
}

/**
 * What a handler gives, once it is looked at, unless its message is put aside. What does not fit is thrown, and so crashes the server as all that its
 * handlers throw.
 */
export function contracted(given: unknown, contract: ReplyContract, isPutAside: () => boolean): unknown {
  const outcomeOf = (value: unknown): unknown => (isPutAside() ? value : contract.outcome(value))
  const work = promiseOf(given)
  return work === undefined ? outcomeOf(given) : work.then(outcomeOf)
}
