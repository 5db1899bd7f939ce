/** The naive judge: every policy is asked about every request, nothing is kept. */

import type { AccessRequest, Decision } from "../../src/index.ts"

/** A policy as a function of the request that cannot fail. */
export type ModelPolicy = (request: AccessRequest) => Decision

export function decideNaively(policies: readonly ModelPolicy[], request: AccessRequest): Decision {
  const decisions = policies.map((policy) => policy(request))
  if (decisions.includes("deny")) return "deny"
  return decisions.includes("allow") ? "allow" : "undefined"
}

export function matchesWildcard(pattern: string, name: string): boolean {
  const [body, rest] = pattern.endsWith("*") ? [pattern.slice(0, -1), ".*"] : [pattern, ""]
  const source = body
    .split(/([.:])/)
    .map((part) => (part === "*" ? "[^.:]+" : part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")))
    .join("")
  return new RegExp(`^${source}${rest}$`, "s").test(name)
}
