/** Who may do what. No match is a denial: whoever writes a handler that forgets to ask is refused all the same. */

import type { PolicyRule } from "pigeonhole"

const role = (value: string) => ({ field: "principal.meta.role", operator: "eq", value }) as const
const theirOwn = { field: "attributes.key", operator: "eq", valueFrom: "principal.id" } as const

export const policies: readonly PolicyRule[] = [
  { id: "the door keeps the sessions", effect: "allow", actions: "store.*", resources: "web:sessions", conditions: [role("door")] },
  { id: "users acquire the notes", effect: "allow", actions: "store.get", resources: "web:notes" },
  { id: "to each their own", effect: "allow", actions: "store.key.*", resources: "web:notes", conditions: [theirOwn] },
  { id: "editors read all", effect: "allow", actions: "store.key.get", resources: "web:notes", conditions: [role("editor")] },
]
