/**
 * Policies: who may do what to which resource, as data or as a function. Compiled once, at definition.
 *
 * Errors  every fault in a definition is an `Invalid` that names its field.
 */

import { invalid } from "../kernel/errors.ts"
import { anything, listOf, oneOf, optional, otherwise, text } from "../kernel/option-fields.ts"
import { type Field, readOptions } from "../kernel/options.ts"
import type { AccessRequest, Decision } from "./access.ts"
import { type CompiledCondition, type Condition, compileCondition } from "./condition.ts"
import { compileWildcard, type NameMatcher } from "./wildcard.ts"

/** A policy as data. It applies when an action, a resource and every condition match. */
export interface PolicyRule {
  /** For audit events and for `remove`. Default: numbered. */
  readonly id?: string
  /** What follows where all of it applies; a `deny` overrules every `allow`. */
  readonly effect: "allow" | "deny"
  /** Patterns (see wildcard): `store.key.*`. */
  readonly actions: string | readonly string[]
  /** Patterns of service ids, names and pids likewise. */
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
  /** Its name, which `runtime.as` and `child` are given. */
  readonly scope: string
  /** What holds for who acts under it, on top of what holds for all. */
  readonly policies: readonly Policy[]
}

/** Groups policies under a name: `runtime.as(principal, { scopes: [name] })` acts under them too. */
export function scope(name: string, policies: readonly Policy[]): Scope {
  const read = scopeOf({ scope: name, policies }, "")
  for (const [index, policy] of read.policies.entries()) compilePolicy(policy, `policy-${index}`, `policies[${index}]`)
  return read
}

/** Reads a scope; what its policies say is looked at when they are compiled. Throws `Invalid` that names the field under `path`. */
export function scopeOf(definition: unknown, path: string): Scope {
  return readOptions(definition, { scope: text, policies: listOf(anything as Field<Policy>, "a list of policies") }, path)
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
  const { id: own = id, effect, actions, resources, conditions } = readOptions(policy, RULE, path)
  return {
    id: own,
    source: policy,
    appliesTo: (action, resource) => actions(action) && resources(resource),
    fixed: conditions.filter(({ dependsOnAttributes }) => !dependsOnAttributes),
    varying: conditions.filter(({ dependsOnAttributes }) => dependsOnAttributes),
    effect,
  }
}

const PATTERNS = listOf(compileWildcard, "a pattern or a list of patterns")

function compileNames(names: unknown, path: string): NameMatcher {
  if (typeof names === "string") return compileWildcard(names, path)
  const matchers = PATTERNS(names, path)
  if (matchers.length === 0) throw invalid(path, "must be a pattern or a list of patterns")
  return (name) => matchers.some((matches) => matches(name))
}

const RULE = {
  id: optional(text),
  effect: oneOf("allow", "deny"),
  actions: compileNames,
  resources: compileNames,
  conditions: otherwise(listOf(compileCondition, "a list of conditions"), []),
}
