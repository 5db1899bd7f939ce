/** What no configuration may hold, whatever it is read from: names that are an object's own affair, and numbers that are none or were not kept. */

import type { Problems } from "./problems.ts"
import { placeUnder, type ScalarNode, type SourceNode } from "./source-node.ts"

/** Names that would reach into what all objects share, where somebody puts them into one. */
const DANGEROUS = ["__proto__", "constructor", "prototype"]

/** Tells of all that is refused in the node. */
export function checkPlain(node: SourceNode, problems: Problems): void {
  if (node.type === "scalar") checkNumber(node, problems)
  else if (node.type === "list") for (const item of node.items) checkPlain(item, problems)
  else {
    for (const [name, field] of node.fields) {
      if (DANGEROUS.includes(name))
        problems.add(placeUnder(node.place, name), { expected: "another name", found: name, says: "is a name that is refused" })
      checkPlain(field, problems)
    }
  }
}

function checkNumber({ value, place }: ScalarNode, problems: Problems): void {
  if (typeof value !== "number") return
  if (!Number.isFinite(value)) problems.add(place, { expected: "a finite number", found: String(value) })
  else if (Number.isInteger(value) && !Number.isSafeInteger(value))
    problems.add(place, { expected: "a number that is kept exactly, up to 2 ** 53: write it as text", found: String(value) })
}
