/** The policies of a running application: look at them, change them, ask what they would decide. */

import { listOf, optional, text } from "../kernel/option-fields.ts"
import { entriesOf, readOptions } from "../kernel/options.ts"
import type { Attributes, Ruling } from "../security/access.ts"
import type { Gate, Identity } from "../security/gate.ts"
import type { Policy, Scope } from "../security/policy.ts"
import { type PrincipalInput, principalOf } from "../security/principal.ts"

/** One question, as `check` takes it. */
export interface AccessQuestion {
  /** Default: whom the runtime acts as. */
  readonly principal?: PrincipalInput
  /** Names of the scopes it acts under. Default: none. */
  readonly scopes?: readonly string[]
  readonly action: string
  readonly resource: string
  /** What the operation says of itself: `{ key: "admin:1" }`. Default: nothing. */
  readonly attributes?: Attributes
}

const QUESTION = {
  principal: optional(principalOf),
  scopes: optional(listOf(text, "a list of names of scopes")),
  action: text,
  resource: text,
  attributes: (value: unknown, path: string): Attributes => Object.fromEntries(value === undefined ? [] : entriesOf(value, path)),
}

/** The policies in force, changed while everything runs; a change counts from the next post on. */
export class Security {
  readonly #gate: Gate
  readonly #identity: Identity

  constructor(gate: Gate, identity: Identity) {
    this.#gate = gate
    this.#identity = identity
  }

  /** Puts these policies and scopes in the place of all others; counts for every mailbox from its next post on. */
  setPolicies(policies: readonly (Policy | Scope)[]): void {
    this.#gate.set(policies)
  }

  /** Adds one; gives its id. Errors: Invalid; AlreadyExists. */
  addPolicy(policy: Policy): string {
    return this.#gate.add(policy)
  }

  /** `false` where there is no policy of that id. */
  removePolicy(id: string): boolean {
    return this.#gate.remove(text(id, "id"))
  }

  /** Makes a scope, or puts its policies in the place of those it had. */
  setScope(scope: Scope): void {
    this.#gate.setScope(scope)
  }

  /** `false` where there is none. Who acts under it is judged by the other policies alone, until there is such a scope again. */
  removeScope(name: string): boolean {
    return this.#gate.removeScope(text(name, "name"))
  }

  /**
   * What would be decided, and by which policy: a dry run that reports no denial. `undefined` counts as denied once there is any policy. Without
   * a principal, `scopes` count for whom the runtime acts as.
   *
   * Errors  Invalid; NotFound, for an unknown scope.
   */
  check(question: AccessQuestion): Ruling {
    const { principal, scopes, action, resource, attributes } = readOptions(question, QUESTION)
    const isOurs = principal === undefined && scopes === undefined
    const identity = isOurs ? this.#identity : this.#gate.identify(principal ?? this.#identity.principal, scopes)
    return this.#gate.check(identity, { action, resource, attributes })
  }
}
