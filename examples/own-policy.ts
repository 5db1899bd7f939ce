/**
 * Policies of one's own: as data, as a function, grouped in a scope, changed while everything runs.
 *
 * Prints:
 *   alice writes her own key: true
 *   alice reads bob's: alice may not store.key.get on app:notes: no policy allows it
 *   carol, under the scope staff, reads alice's: hello
 *   nobody deletes on weekends: carol may not store.key.delete on app:notes: denied by policy weekend
 *   before it is tried: deny by weekend
 *   on Monday: true
 *   a pattern that could hang the runtime is refused: policy.conditions[0].value
 */

import { Invalid, type PolicyRule, scope, start, store } from "pigeonhole"

const mayAcquire: PolicyRule = { id: "acquire", effect: "allow", actions: "store.get", resources: "app:notes" }

/** Everyone may do anything to keys that begin with their own id. */
const ownKeys = ({ principal, action, attributes }: { principal: { id: string }; action: string; attributes: { key?: unknown } }) =>
  action.startsWith("store.key.") && String(attributes.key).startsWith(`${principal.id}:`)

const staff = scope("staff", [{ id: "staff", effect: "allow", actions: "store.key.*", resources: "app:*" }])

const weekend: PolicyRule = {
  id: "weekend",
  effect: "deny",
  actions: "store.key.delete",
  resources: "*",
  conditions: [{ field: "principal.meta.shift", operator: "in", value: ["saturday", "sunday"] }],
}

await using runtime = await start({ "app:notes": store<string>() }, { policies: [mayAcquire, ownKeys, staff, weekend] })
const alice = await runtime.as({ id: "alice" }).acquire("app:notes")
const carol = await runtime.as({ id: "carol", meta: { shift: "sunday" } }, { scopes: ["staff"] }).acquire("app:notes")
const message = (error: Error) => error.message

console.log("alice writes her own key:", await alice.set("alice:1", "hello"))
console.log("alice reads bob's:", await alice.get("bob:1").catch(message))
console.log("carol, under the scope staff, reads alice's:", await carol.get("alice:1"))
console.log("nobody deletes on weekends:", await carol.delete("alice:1").catch(message))

const question = {
  principal: { id: "carol", meta: { shift: "sunday" } },
  scopes: ["staff"],
  action: "store.key.delete",
  resource: "app:notes",
}
const { decision, policy } = runtime.security.check(question)
console.log(`before it is tried: ${decision} by ${policy}`)

runtime.security.removePolicy("weekend")
console.log("on Monday:", await carol.delete("alice:1"))

try {
  const conditions = [{ field: "attributes.key", operator: "matches", value: "^(a+)+$" } as const]
  runtime.security.addPolicy({ effect: "allow", actions: "*", resources: "*", conditions })
} catch (error) {
  if (error instanceof Invalid) console.log("a pattern that could hang the runtime is refused:", error.details.field)
}
