/** What XState's idle machine actors take on the heap: never messaged, and after one event each. */

import { type Actor, assign, createActor, setup } from "xstate"
import { heapBytes } from "../heap-bytes.ts"
import { parameters, report } from "../report.ts"

const { processes } = parameters<{ processes: number }>()

const types = {} as { context: { count: number }; events: { type: "add"; by: number } }
const counter = setup({ types }).createMachine({
  context: { count: 0 },
  on: { add: { actions: assign({ count: ({ context, event }) => context.count + event.by }) } },
})

// The places exist before, so that only what is in them is measured.
const actors = new Array<Actor<typeof counter> | undefined>(processes).fill(undefined)

const before = await heapBytes()
for (let i = 0; i < processes; i += 1) actors[i] = createActor(counter).start()
const neverMessaged = await heapBytes()
const started = actors.filter((actor) => actor?.getSnapshot().status === "active").length
for (const actor of actors) actor?.send({ type: "add", by: 1 })
const afterOne = await heapBytes()
// Looked at afterwards: what nobody holds would be collected before it is measured.
const handled = actors.filter((actor) => actor?.getSnapshot().context.count === 1).length
report({
  expected: 2 * processes,
  completed: started + handled,
  figures: {
    "bytes, never messaged": [(neverMessaged - before) / processes],
    "bytes, after one message": [(afterOne - before) / processes],
  },
})
