/** What nact's idle actors take on the heap: never messaged, and after one message each. */

import { dispatch, type Ref, spawn, start } from "nact"
import { heapBytes } from "../heap-bytes.ts"
import { parameters, report } from "../report.ts"

const { processes } = parameters<{ processes: number }>()

const system = start()
let handled = 0

function add(count: number, by: number): number {
  handled += 1
  return count + by
}

// The places exist before, so that only what is in them is measured.
const actors = new Array<Ref<number> | undefined>(processes).fill(undefined)

const before = await heapBytes()
for (let i = 0; i < processes; i += 1) actors[i] = spawn(system, add, String(i), { initialState: 0 })
const neverMessaged = await heapBytes()
for (const actor of actors) if (actor !== undefined) dispatch(actor, 1)
const afterOne = await heapBytes()
report({
  expected: 2 * processes,
  // Read afterwards: what nobody holds would be collected before it is measured.
  completed: actors.filter((actor) => actor !== undefined).length + handled,
  figures: {
    "bytes, never messaged": [(neverMessaged - before) / processes],
    "bytes, after one message": [(afterOne - before) / processes],
  },
})
