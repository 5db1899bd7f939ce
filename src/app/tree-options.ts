/** What may be said of supervisors and of their children, field by field: each is looked at once, where it is read. */

import { inboxOptions, MOST_CAPACITY } from "../kernel/inbox-options.ts"
import { DEFAULT_CAPACITY } from "../kernel/inbox-rules.ts"
import { anything, listOf, notNull, optional, otherwise, ownFields, text, wholeNumber } from "../kernel/option-fields.ts"
import { principalOf } from "../security/principal.ts"
import { MOST_PARTITIONS } from "../service/partition.ts"

// What only has to be said is checked where it is understood (`strategyOf`, `intensityOf`, `childRulesOf`).
const INTENSITY = { intensity: notNull, periodMs: notNull }

export const SUPERVISOR = { strategy: notNull, autoShutdown: notNull, ...INTENSITY, children: anything }

export const DYNAMIC_SUPERVISOR = { maxChildren: countFrom0, ...INTENSITY }

export const PARTITION_SUPERVISOR = { child: anything, partitions: wholeNumber(1, MOST_PARTITIONS), ...INTENSITY }

export const POOL = {
  size: wholeNumber(1, MOST_PARTITIONS),
  queue: otherwise(wholeNumber(0, MOST_CAPACITY), DEFAULT_CAPACITY),
  ...INTENSITY,
}

export const CHILD_OPTIONS = {
  restart: notNull,
  shutdown: notNull,
  state: notNull,
  onDetach: notNull,
  significant: notNull,
  backoff: optional(ownFields),
  argument: anything,
  requires: optional(listOf(text, "a list of service ids")),
  inbox: inboxOptions,
  principal: optional(principalOf),
  scopes: optional(listOf(text, "a list of names of scopes")),
}

function countFrom0(value: unknown, path: string): number {
  return value === undefined || value === Number.POSITIVE_INFINITY ? Number.POSITIVE_INFINITY : wholeNumber(0)(value, path)
}
