/** Skynet of XState's machine actors: each starts ten, and so on; the output of the last ones is their number, of the others the sum. */

import { type AnyStateMachine, assign, createActor, type DoneActorEvent, enqueueActions, setup, toPromise } from "xstate"
import { parameters, report } from "../report.ts"
import { type Sampling, sample } from "../sample.ts"
import { rightSum, WIDTH } from "../skynet.ts"

/** Which numbers an actor answers for, and what has come so far. */
interface Share {
  readonly first: number
  readonly size: number
}

interface Context extends Share {
  readonly sum: number
  readonly missing: number
}

const node: AnyStateMachine = setup({
  types: {} as { context: Context; events: DoneActorEvent<number>; input: Share; output: number },
  actions: {
    startTen: enqueueActions(({ context: { first, size }, enqueue }) => {
      const each = size / WIDTH
      for (let i = 0; i < WIDTH; i += 1) enqueue.spawnChild(node, { input: { first: first + i * each, size: each } })
    }),
    add: assign(({ context, event }) => ({ sum: context.sum + event.output, missing: context.missing - 1 })),
  },
  guards: {
    isLeaf: ({ context }) => context.size === 1,
    isComplete: ({ context }) => context.missing === 0,
  },
}).createMachine({
  context: ({ input }) => ({ ...input, sum: input.size === 1 ? input.first : 0, missing: WIDTH }),
  initial: "beginning",
  states: {
    beginning: {
      always: [
        { guard: "isLeaf", target: "over" },
        { target: "waiting", actions: "startTen" },
      ],
    },
    waiting: { on: { "xstate.done.actor.*": { actions: "add" } }, always: { guard: "isComplete", target: "over" } },
    over: { type: "final" },
  },
  output: ({ context }) => context.sum,
})

async function skynet(size: number): Promise<number> {
  const sum = await toPromise(createActor(node, { input: { first: 0, size } }).start())
  return sum === rightSum(size) ? size : 0
}

report(await sample("ns a leaf", parameters<Sampling>(), skynet))
