/**
 * What the policies let one mailbox do: decided once for each of its operations as far as that does not depend on the message, and kept until
 * the policies change. What does depend on it is judged for each message: by all its actions, and of each of the things that it names.
 */

import { Internal, Invalid, type PigeonholeError } from "../kernel/errors.ts"
import { givenAtOnce } from "../kernel/thenable.ts"
import type { Attributes } from "../security/access.ts"
import type { Gate } from "../security/gate.ts"
import type { Ruler } from "../security/verdict.ts"
import type { Guard } from "./guard.ts"
import type { Holder } from "./holder.ts"

/** No version of the policies: what is known to pass has to be found out anew. */
const STALE = -1

/** The word on one of the actions that an operation needs. */
interface Needed {
  readonly action: string
  readonly ruler: Ruler
}

export class Permissions {
  readonly #gate: Gate
  readonly #holder: Holder
  /** What the policies judge. */
  readonly #resource: string
  /** What its caller calls it: of a partition, that of their supervisor may be. */
  readonly #acquiredAs: string
  readonly #guards: readonly Guard[]
  /** By route index: what is known to pass whatever the message says; valid under `#version`. */
  #passes: boolean[] = []
  #needed: (readonly Needed[])[] = []
  #version = STALE

  constructor(gate: Gate, holder: Holder, resource: string, acquiredAs: string, guards: readonly Guard[]) {
    this.#gate = gate
    this.#holder = holder
    this.#resource = resource
    this.#acquiredAs = acquiredAs
    this.#guards = guards
  }

  /** Whether the operation is known to pass, whatever the message says. */
  passes(index: number): boolean {
    return this.#version === this.#gate.version && this.#passes[index] === true
  }

  /** What is known to pass is found out anew. */
  forget(): void {
    this.#version = STALE
  }

  /** Why the message may not be posted; a denial is reported. `undefined`: it may. */
  refusal(index: number, argument: unknown): PigeonholeError | undefined {
    const gate = this.#gate
    if (this.#version !== gate.version) this.#renew()
    const guard = this.#guards[index]
    if (guard === undefined) return new Internal(`${this.#resource} has no guard for its operation ${index}`)
    const needed = this.#neededFor(index, guard)
    const isFixed = needed.every(({ ruler }) => ruler.fixed !== undefined)
    const named = namedBy(guard, argument, isFixed)
    if (named instanceof Invalid) return named
    for (const { action, ruler } of needed) {
      for (const attributes of named) {
        const { decision, policy } = ruler.rule(attributes)
        if (!gate.permits(decision)) return gate.deny(this.#holder, action, this.#acquiredAs, attributes, policy)
      }
    }
    // A process may become the service's own at any time, so for one each message is looked at.
    if (isFixed && this.#holder.caller === undefined) this.#passes[index] = true
    return undefined
  }

  /** The denial that comes whatever the message says; reported. `undefined`: none does. */
  denial(index: number): PigeonholeError | undefined {
    const gate = this.#gate
    if (this.#version !== gate.version) this.#renew()
    const guard = this.#guards[index]
    for (const { action, ruler } of guard === undefined ? [] : this.#neededFor(index, guard)) {
      const { fixed } = ruler
      if (fixed !== undefined && !gate.permits(fixed.decision)) return gate.deny(this.#holder, action, this.#acquiredAs, {}, fixed.policy)
    }
    return undefined
  }

  #renew(): void {
    this.#version = this.#gate.version
    this.#passes = []
    this.#needed = []
  }

  #neededFor(index: number, { action }: Guard): readonly Needed[] {
    const known = this.#needed[index]
    if (known !== undefined) return known
    const actions = typeof action === "string" ? [action] : action
    const needed = actions.map((one) => ({ action: one, ruler: this.#gate.verdict(this.#holder, one, this.#resource) }))
    this.#needed[index] = needed
    return needed
  }
}

/** Whether what is sent may matter to a policy. */
export function isLookedAt({ attributes, each }: Guard): boolean {
  return attributes !== undefined || each !== undefined
}

/** Of an operation that says nothing of itself, or nothing that matters. */
const UNNAMED: readonly Attributes[] = [{}]

/** What the message says of itself: of each thing that it names. A guard reads what a caller has made: it may throw anything. */
function namedBy(guard: Guard, argument: unknown, isFixed: boolean): readonly Attributes[] | Invalid {
  const { attributes, each } = guard
  try {
    if (attributes !== undefined) return [readAtOnce(attributes(argument as never)) ?? {}]
    // Of many things, and nothing depends on which.
    if (each === undefined || isFixed) return UNNAMED
    const named = readAtOnce(each(argument as never))
    return named.length === 0 ? UNNAMED : named
  } catch (cause) {
    return unreadable(guard, cause)
  }
}

/** What a policy is to judge is there, or nothing is judged. Throws for a promise, whose failure is nobody's. */
export function readAtOnce<Read>(read: Read): Read {
  return givenAtOnce(read, () => new TypeError("it was read asynchronously: a guard must give at once what it has read"))
}

/** The refusal of an argument that no guard can look at. */
export function unreadable({ action }: Guard, cause: unknown): Invalid {
  const actions = typeof action === "string" ? action : action.join(" and ")
  return new Invalid(`the argument cannot be read for ${actions}`, { details: { field: "argument" }, cause })
}

/** The refusal of what the service has no handler for. */
export function routeError(id: string): Invalid {
  return new Invalid(`${id} has no such call or cast`, { details: { field: "route", id } })
}
