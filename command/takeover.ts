/**
 * What follows from files that have changed while their application runs: policies and scopes are taken over, all else is named.
 *
 * Invariant: policies that would leave all doors open, or take a scope from under who acts in it, are not taken over. Who was denied something
 * would be allowed it until the restart.
 */

import type { Configuration, ConfigurationChanges } from "../actors/config.ts"
import { SupervisorDefinition } from "../actors/index.ts"

export type Compare = typeof import("../actors/config.ts").changesBetween

export interface Takeover {
  /** Whether its policies are to be in force from now on. */
  readonly takesPolicies: boolean
  /** What needs a restart, each in a few words; none where nothing does. */
  readonly left: readonly string[]
}

/** What runs: what it was started as, and what has its policies in force. */
export interface Running {
  readonly started: Configuration
  readonly inForce: Configuration
}

export function takeoverOf({ started, inForce }: Running, next: Configuration, compare: Compare): Takeover {
  const isOther = compare(inForce, next).policies
  const held = isOther ? [...whyOpen(inForce, next), ...whyScopeless(started, next)] : []
  return { takesPolicies: isOther && held.length === 0, left: [...held, ...namedOf(compare(started, next))] }
}

function namedOf({ added, removed, changed, supervision }: ConfigurationChanges): readonly string[] {
  return [
    ...added.map((id) => `${id} is new`),
    ...removed.map((id) => `${id} is gone`),
    ...changed.map((id) => `${id} has changed`),
    ...(supervision ? ["the order of entries, or what is said of the supervisor above all others, has changed"] : []),
  ]
}

function whyOpen(inForce: Configuration, next: Configuration): readonly string[] {
  const isOpened = next.policies.length === 0 && inForce.policies.length > 0
  return isOpened ? ["no policies are left, which would allow everybody everything"] : []
}

function whyScopeless(started: Configuration, next: Configuration): readonly string[] {
  const names = new Set(next.policies.flatMap((each) => ("scope" in each ? [each.scope] : [])))
  const lost = scopesUnder(started.tree).filter(([, scope]) => !names.has(scope))
  return lost.map(([id, scope]) => `the scope ${scope} is gone, under which ${id} acts, so that policies stay as they are`)
}

function scopesUnder({ children }: SupervisorDefinition<object>): readonly (readonly [id: string, scope: string])[] {
  return children.flatMap(({ id, scopes, definition }) => [
    ...scopes.map((scope) => [id, scope] as const),
    ...(definition instanceof SupervisorDefinition ? scopesUnder(definition) : []),
  ])
}
