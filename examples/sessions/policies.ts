/** Who may do what in the session service. No match is a denial. */

import type { PolicyRule } from "pigeonhole"

export const policies: readonly PolicyRule[] = [
  {
    id: "frontend",
    effect: "allow",
    actions: ["store.get", "store.key.*"],
    resources: "session:*",
    conditions: [{ field: "principal.meta.role", operator: "eq", value: "frontend" }],
  },
  { id: "members-acquire", effect: "allow", actions: "store.get", resources: "session:active" },
  {
    id: "members-read-their-own",
    effect: "allow",
    actions: ["store.key.get", "store.key.has"],
    resources: "session:active",
    conditions: [{ field: "attributes.key", operator: "eq", valueFrom: "principal.id" }],
  },
  {
    id: "counting",
    effect: "allow",
    actions: ["store.get", "store.key.get", "store.key.set"],
    resources: "session:logins",
    conditions: [{ field: "principal.id", operator: "eq", value: "worker:counter" }],
  },
]
