/**
 * The gate that every message to a service passes: the policies in force, and the verdicts drawn from them.
 *
 * Invariants
 * - No policy configured: everything is allowed. Any policy configured: what none allows is denied.
 * - Every change of the policies changes `version`; a verdict drawn under another version is not used again.
 */

import { AlreadyExists, invalid, NotFound, PermissionDenied, shown } from "../kernel/errors.ts"
import { passes } from "../kernel/instance.ts"
import { anything, listOf } from "../kernel/option-fields.ts"
import type { Field } from "../kernel/options.ts"
import type { AccessRequest, Attributes, Decision, Ruling } from "./access.ts"
import { type CompiledPolicy, compilePolicy, type Policy, type Scope, scopeOf } from "./policy.ts"
import { type Principal, type PrincipalInput, principalOf } from "./principal.ts"
import { type FaultReport, JointVerdict, type Ruler, Verdict } from "./verdict.ts"

/** Who acts, and under which scopes. */
export interface Identity {
  readonly principal: Principal
  readonly scopes: readonly string[]
}

/** What the audit sees. */
export type SecurityEvent =
  /** An operation was denied. */
  | {
      readonly type: "denied"
      readonly principal: string
      readonly action: string
      readonly resource: string
      readonly attributes: Attributes
      /** The policy that denied; `undefined` where none allowed. */
      readonly policy: string | undefined
    }
  /** A policy function threw or gave no decision; the operation was denied. */
  | { readonly type: "policy_failed"; readonly policy: string; readonly error: unknown }
  /** `isConfigured`: whether any policy is in force, or a scope defined. Without, everything is allowed. */
  | { readonly type: "policies_changed"; readonly version: number; readonly policies: number; readonly isConfigured: boolean }

const ALLOWED: Ruling = { decision: "allow", policy: undefined }
const UNSAID: Ruling = { decision: "undefined", policy: undefined }

/** Where nobody has said anything. */
const SILENT: Ruler = { fixed: UNSAID, rule: () => UNSAID }

export class Gate {
  /** Changes with every change of the policies. */
  version = 0
  /** The resource that a resource is part of, if it is: what is said of that counts for both. The same answer each time. */
  coverOf: (resource: string) => string | undefined = () => undefined
  #policies: readonly CompiledPolicy[] = []
  readonly #scopes = new Map<string, readonly CompiledPolicy[]>()
  readonly #report: (event: SecurityEvent) => void
  readonly #fault: FaultReport
  #lastId = 0

  constructor(report: (event: SecurityEvent) => void) {
    this.#report = report
    const fault: FaultReport = (policy, error) => report({ type: "policy_failed", policy, error })
    this.#fault = fault
  }

  /** Whether any policy is in force, in a scope or out of one. */
  get isConfigured(): boolean {
    return this.#policies.length > 0 || this.#scopes.size > 0
  }

  /** Puts these policies in the place of all others. Throws `Invalid`, and then nothing has changed. */
  set(policies: readonly (Policy | Scope)[], name = "policies"): void {
    const plain: CompiledPolicy[] = []
    const scopes = new Map<string, readonly CompiledPolicy[]>()
    for (const [index, policy] of POLICIES(policies, name).entries()) {
      const path = `${name}[${index}]`
      if (!isScope(policy)) plain.push(this.#compile(policy, path))
      else {
        const { scope, policies: own } = scopeOf(policy, path)
        if (scopes.has(scope)) throw new AlreadyExists(`there are two scopes ${scope}`, { details: { field: "policies" } })
        scopes.set(scope, this.#compileAll(own, `${path}.policies`))
      }
    }
    checkIds([...plain, ...[...scopes.values()].flat()])
    this.#policies = plain
    this.#scopes.clear()
    for (const [name, compiled] of scopes) this.#scopes.set(name, compiled)
    this.#changed()
  }

  add(policy: Policy): string {
    const compiled = this.#compile(policy, "policy")
    checkIds([...this.#all(), compiled])
    this.#policies = [...this.#policies, compiled]
    this.#changed()
    return compiled.id
  }

  /** `false` where there is no policy of that id, in a scope or out of one. */
  remove(id: string): boolean {
    const isOther = (policy: CompiledPolicy): boolean => policy.id !== id
    if (this.#all().every(isOther)) return false
    this.#policies = this.#policies.filter(isOther)
    for (const [name, policies] of this.#scopes) this.#scopes.set(name, policies.filter(isOther))
    this.#changed()
    return true
  }

  /** Makes a scope, or puts its policies in the place of those it had. */
  setScope(definition: Scope): void {
    const { scope, policies } = scopeOf(definition, "scope")
    const compiled = this.#compileAll(policies, "scope.policies")
    const others = this.#all().filter((policy) => !this.#scopes.get(scope)?.includes(policy))
    checkIds([...others, ...compiled])
    this.#scopes.set(scope, compiled)
    this.#changed()
  }

  /** Who acts under it keeps its name, and is judged by the other policies alone until there is such a scope again. */
  removeScope(name: string): boolean {
    const isRemoved = this.#scopes.delete(name)
    if (isRemoved) this.#changed()
    return isRemoved
  }

  /** Throws `Invalid` for a bad principal, `NotFound` for an unknown scope. */
  identify(input: PrincipalInput, scopes: readonly string[] = []): Identity {
    const names = NAMES(scopes, "scopes")
    return { principal: principalOf(input), scopes: names.map((name) => this.#known(name)) }
  }

  #known(name: unknown): string {
    if (typeof name !== "string") throw invalid("scopes", `must be an array of names; got ${shown(name)}`)
    if (this.#scopes.has(name)) return name
    throw new NotFound(`there is no scope ${name}`, { details: { field: "scopes", scope: name } })
  }

  /** The policies' word on one action and resource, as far as it does not depend on a message. Valid under the present version. */
  verdict({ principal, scopes }: Identity, action: string, resource: string): Ruler {
    if (!this.isConfigured) return SILENT
    const policies = [...this.#policies, ...scopes.flatMap((name) => this.#scopes.get(name) ?? [])]
    const verdict = (on: string): Verdict => new Verdict(principal, action, on, policies, this.#fault)
    const cover = this.coverOf(resource)
    return cover === undefined ? verdict(resource) : new JointVerdict(verdict(resource), verdict(cover))
  }

  /** What would be decided, and by which policy. Reports no denial; a policy function that fails is reported. */
  check(identity: Identity, request: Omit<AccessRequest, "principal">): Ruling {
    if (!this.isConfigured) return ALLOWED
    return this.verdict(identity, request.action, request.resource).rule(request.attributes)
  }

  /** Whether a ruling lets the operation pass. */
  permits(decision: Decision): boolean {
    return decision === "allow" || (decision === "undefined" && !this.isConfigured)
  }

  /** Reports a denial and gives the error for it. */
  deny({ principal }: Identity, action: string, resource: string, attributes: Attributes, policy: string | undefined): PermissionDenied {
    this.#report({ type: "denied", principal: principal.id, action, resource, attributes, policy })
    const by = policy === undefined ? "no policy allows it" : `denied by policy ${policy}`
    return new PermissionDenied(`${principal.id} may not ${action} on ${resource}: ${by}`, {
      details: { principal: principal.id, action, resource, ...attributes, ...(policy === undefined ? {} : { policy }) },
    })
  }

  /** As `deny`, for who wants a mailbox: the error tells neither what is there nor which policy has said so; the event does. */
  denyAcquire({ principal }: Identity, action: string, id: string, policy: string | undefined): PermissionDenied {
    this.#report({ type: "denied", principal: principal.id, action, resource: id, attributes: {}, policy })
    const details = { principal: principal.id, resource: id }
    return new PermissionDenied(`${principal.id} may not acquire ${id}: the policies do not allow it`, { details })
  }

  #all(): readonly CompiledPolicy[] {
    return [...this.#policies, ...[...this.#scopes.values()].flat()]
  }

  #compileAll(policies: readonly Policy[], path: string): readonly CompiledPolicy[] {
    return policies.map((policy: Policy, index) => this.#compile(policy, `${path}[${index}]`))
  }

  #compile(policy: Policy, path: string): CompiledPolicy {
    this.#lastId += 1
    return compilePolicy(policy, `policy-${this.#lastId}`, path)
  }

  #changed(): void {
    this.version += 1
    this.#report({ type: "policies_changed", version: this.version, policies: this.#all().length, isConfigured: this.isConfigured })
  }
}

/** What each of them is, is looked at where it is compiled, or looked up. */
const POLICIES = listOf(anything as Field<Policy | Scope>, "a list of policies")
const NAMES = listOf(anything, "an array of names")

function isScope(policy: Policy | Scope): policy is Scope {
  return passes(policy, (own) => typeof own === "object" && own !== null && "scope" in own)
}

function checkIds(policies: readonly CompiledPolicy[]): void {
  const seen = new Set<string>()
  for (const { id } of policies) {
    if (seen.has(id)) throw new AlreadyExists(`there are two policies of the id ${id}`, { details: { field: "policies", id } })
    seen.add(id)
  }
}

/** Policies and scopes that are said before there is a gate: of each what is wrong with it is found here. Throws `Invalid` that names the field. */
export const policiesOf: Field<readonly (Policy | Scope)[]> = (value, path) => {
  const policies = POLICIES(value, path)
  new Gate(() => {}).set(policies, path)
  return policies
}
