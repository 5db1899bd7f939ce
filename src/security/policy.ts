/**
 * Policies: who may do what to which resource, as data or as a function. Compiled once, at definition.
 *
 * Errors  every fault in a definition is an `Invalid` that names its field.
 */

import { invalid, shown } from "../kernel/errors.ts"
import { checkOptions } from "../kernel/options.ts"
import type { AccessRequest, Decision } from "./access.ts"
import { type CompiledCondition, type Condition, compileCondition } from "./condition.ts"
import { compileWildcard, type NameMatcher } from "./wildcard.ts"

/** A policy as data. It applies when an action, a resource and every condition match. */
export interface PolicyRule {
  /** For audit events and for `remove`. Default: numbered. */
  readonly id?: string
  readonly effect: "allow" | "deny"
  /** Patterns (see wildcard): `store.key.*`. */
  readonly actions: string | readonly string[]
  readonly resources: string | readonly string[]
  /** All must hold. Default: none. */
  readonly conditions?: readonly Condition[]
}

/** A policy as a function. `true` is `allow`, `false` is `undefined` (it says nothing); one that throws denies. */
export type PolicyFunction = (request: AccessRequest) => Decision | boolean

/** A rule as data, or a function. */
export type Policy = PolicyRule | PolicyFunction

/** Policies that count for principals acting under the scope's name only. */
export interface Scope {
  readonly scope: string
  readonly policies: readonly Policy[]
}

/** Groups policies under a name: `runtime.as(principal, { scopes: [name] })` acts under them too. */
export function scope(name: string, policies: readonly Policy[]): Scope {
  if (typeof name !== "string" || name === "") throw invalid("scope", "must be a non-empty name")
  return { scope: name, policies }
}

export interface CompiledPolicy {
  readonly id: string
  readonly source: Policy
  appliesTo(action: string, resource: string): boolean
  /** Conditions that stay the same for one principal, action and resource. */
  readonly fixed: readonly CompiledCondition[]
  /** Conditions to be looked at for each message. */
  readonly varying: readonly CompiledCondition[]
  readonly effect: "allow" | "deny" | PolicyFunction
}

/** Compiles a policy; throws `Invalid` that names the field under `path`. */
export function compilePolicy(policy: Policy, id: string, path: string): CompiledPolicy {
  if (typeof policy === "function") {
    return { id: policy.name === "" ? id : policy.name, source: policy, appliesTo: () => true, fixed: [], varying: [], effect: policy }
  }
  if (typeof policy !== "object" || policy === null) throw invalid(path, "must be a policy: an object or a function")
  checkOptions(policy, ["id", "effect", "actions", "resources", "conditions"], `${path}.`)
  const { effect, conditions = [] } = policy
  if (effect !== "allow" && effect !== "deny") throw invalid(`${path}.effect`, `must be allow or deny; got ${shown(effect)}`)
  if (!Array.isArray(conditions)) throw invalid(`${path}.conditions`, "must be an array")
  const actions = compileNames(policy.actions, `${path}.actions`)
  const resources = compileNames(policy.resources, `${path}.resources`)
  const compiled = conditions.map((condition: Condition, index) => compileCondition(condition, `${path}.conditions[${index}]`))
  return {
    id: idOf(policy.id, id, path),
    source: policy,
    appliesTo: (action, resource) => actions(action) && resources(resource),
    fixed: compiled.filter(({ dependsOnAttributes }) => !dependsOnAttributes),
    varying: compiled.filter(({ dependsOnAttributes }) => dependsOnAttributes),
    effect,
  }
}

function idOf(id: string | undefined, fallback: string, path: string): string {
  if (id === undefined) return fallback
  if (typeof id !== "string" || id === "") throw invalid(`${path}.id`, "must be a non-empty string")
  return id
}

function compileNames(names: string | readonly string[], path: string): NameMatcher {
  if (typeof names === "string") return compileWildcard(names, path)
  if (!Array.isArray(names) || names.length === 0) throw invalid(path, "must be a pattern or a list of patterns")
  const matchers = names.map((name: string, index) => compileWildcard(name, `${path}[${index}]`))
  return (name) => matchers.some((matches) => matches(name))
}
