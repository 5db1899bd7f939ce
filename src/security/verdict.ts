/**
 * What the policies say of one principal doing one action to one resource: decided once as far as it can be, and
 * for each message only where an attribute matters. This is what makes a check on every message cheap.
 *
 * Deny wins over allow; allow over nothing.
 */

import { shown } from "../kernel/errors.ts"
import { contain } from "../kernel/thenable.ts"
import type { AccessRequest, Attributes, Decision, Ruling } from "./access.ts"
import type { CompiledCondition } from "./condition.ts"
import type { CompiledPolicy } from "./policy.ts"
import type { Principal } from "./principal.ts"

/** Told of a policy that could not be decided: a function that threw or answered with none of the decisions, a text that is too long to match. */
export type FaultReport = (policy: string, error: unknown) => void

/** What the policies say, kept for as long as they stay. */
export interface Ruler {
  /** The answer where no attribute matters; then `rule` need not be asked. */
  readonly fixed: Ruling | undefined
  rule(attributes: Attributes): Ruling
}

export class Verdict implements Ruler {
  /** The answer where no attribute matters; then `rule` need not be asked. */
  readonly fixed: Ruling | undefined
  readonly #principal: Principal
  readonly #action: string
  readonly #resource: string
  readonly #varying: readonly CompiledPolicy[]
  readonly #otherwise: Ruling
  readonly #fault: FaultReport

  constructor(principal: Principal, action: string, resource: string, policies: readonly CompiledPolicy[], fault: FaultReport) {
    this.#principal = principal
    this.#action = action
    this.#resource = resource
    this.#fault = fault
    const request = this.#request({})
    const relevant = policies.flatMap((policy) => this.#meant(policy, request))
    const settled = relevant.filter(isSettled)
    this.#otherwise = strongest(settled.map(({ id, effect }) => ({ decision: effect as Decision, policy: id })))
    // An allow that varies changes nothing beside an allow that does not; a function may deny, so it counts as both.
    const isAllowed = this.#otherwise.decision === "allow"
    this.#varying = relevant.filter((policy) => !isSettled(policy) && !(isAllowed && policy.effect === "allow"))
    this.fixed = this.#varying.length === 0 || this.#otherwise.decision === "deny" ? this.#otherwise : undefined
  }

  rule(attributes: Attributes): Ruling {
    if (this.fixed !== undefined) return this.fixed
    const request = this.#request(attributes)
    let ruling = this.#otherwise
    for (const policy of this.#varying) {
      const decision = this.#decide(policy, request)
      if (decision === "deny") return { decision, policy: policy.id }
      if (decision === "allow" && ruling.decision === "undefined") ruling = { decision, policy: policy.id }
    }
    return ruling
  }

  /** None where it is about something else. What cannot be decided lets nobody in, as below. */
  #meant(policy: CompiledPolicy, request: AccessRequest): readonly CompiledPolicy[] {
    try {
      return policy.appliesTo(request.action, request.resource) && holdsFor(policy.fixed, request) ? [policy] : []
    } catch (error) {
      this.#fault(policy.id, error)
      return [{ ...policy, effect: "deny", varying: [] }]
    }
  }

  /** A function that fails must not let anyone in, nor a text that is too long for the host to match: the matcher of V8 has so much room, and then throws. */
  #decide({ id, effect, varying }: CompiledPolicy, request: AccessRequest): Decision {
    try {
      if (!holdsFor(varying, request)) return "undefined"
      const answer: unknown = typeof effect === "string" ? effect : effect(request)
      if (typeof answer === "boolean") return answer ? "allow" : "undefined"
      if (answer === "allow" || answer === "deny" || answer === "undefined") return answer
      // What an asynchronous one fails with comes too late for a decision, and must not end the program.
      contain(answer)
      this.#fault(id, new TypeError(`the policy answered ${answerOf(answer)}, which is no decision`))
    } catch (error) {
      this.#fault(id, error)
    }
    return "deny"
  }

  #request(attributes: Attributes): AccessRequest {
    return { principal: this.#principal, action: this.#action, resource: this.#resource, attributes }
  }
}

/** The word on a resource and on what it is part of: one deny wins, one allow suffices. */
export class JointVerdict implements Ruler {
  readonly fixed: Ruling | undefined
  readonly #part: Ruler
  readonly #whole: Ruler

  constructor(part: Ruler, whole: Ruler) {
    this.#part = part
    this.#whole = whole
    const settled = [part.fixed, whole.fixed].filter((ruling) => ruling !== undefined)
    const isSettled = settled.length === 2 || settled.some(({ decision }) => decision === "deny")
    this.fixed = isSettled ? strongest(settled) : undefined
  }

  rule(attributes: Attributes): Ruling {
    return this.fixed ?? strongest([this.#part.rule(attributes), this.#whole.rule(attributes)])
  }
}

/** What a policy answered, without asking it how it wants to be shown; a promise is let go of, as a decision is made at once. */
function answerOf(answer: unknown): string {
  try {
    // Throws for all but promises of the host, of another realm too; a thenable of the policy's own is not called.
    Promise.prototype.then.call(answer as Promise<unknown>, undefined, () => {})
    return "a promise"
  } catch {
    return shown(answer)
  }
}

/** A plain loop: it runs for each message. */
function holdsFor(conditions: readonly CompiledCondition[], request: AccessRequest): boolean {
  for (const condition of conditions) if (!condition.holds(request)) return false
  return true
}

function isSettled(policy: CompiledPolicy): boolean {
  return policy.varying.length === 0 && typeof policy.effect === "string"
}

function strongest(rulings: readonly Ruling[]): Ruling {
  const of = (decision: Decision): Ruling | undefined => rulings.find((ruling) => ruling.decision === decision)
  return of("deny") ?? of("allow") ?? { decision: "undefined", policy: undefined }
}
