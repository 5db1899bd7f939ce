/** XState's actors: of a machine whose first state is its final one, so that they are done once started; of a callback, stopped. */

import { createActor, fromCallback, setup } from "xstate"
import { parameters, report } from "../report.ts"
import { type Sampling, sample } from "../sample.ts"

const { kind, ...sampling } = parameters<Sampling & { kind: "machine" | "callback" }>()

const machine = setup({}).createMachine({ initial: "over", states: { over: { type: "final" } } })
const callback = fromCallback(() => {})

/** The status that each of them ends with. */
const startAndEnd: Record<typeof kind, () => boolean> = {
  machine: () => createActor(machine).start().getSnapshot().status === "done",
  callback: () => createActor(callback).start().stop().getSnapshot().status === "stopped",
}

const endOne = startAndEnd[kind]

function endAll(operations: number): number {
  let ended = 0
  for (let i = 0; i < operations; i += 1) if (endOne()) ended += 1
  return ended
}

report(await sample("ns a process", sampling, endAll))
