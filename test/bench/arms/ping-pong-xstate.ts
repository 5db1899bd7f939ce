/** A machine of XState's and the one it invokes, which send one number to and fro; the first counts what comes back right. */

import { assign, createActor, sendParent, sendTo, setup, toPromise } from "xstate"
import { parameters, report } from "../report.ts"
import { type Sampling, sample } from "../sample.ts"

interface Hit {
  readonly type: "hit"
  readonly number: number
}

interface Game {
  readonly rounds: number
  readonly number: number
  readonly right: number
}

const ponger = setup({ types: {} as { events: Hit } }).createMachine({
  on: { hit: { actions: sendParent(({ event }) => event) } },
})

const pinger = setup({
  types: {} as { context: Game; events: Hit; input: { rounds: number }; output: number },
  actors: { ponger },
  actions: {
    count: assign(({ context: { number, right }, event }) => ({ number: number + 1, right: event.number === number ? right + 1 : right })),
    hit: sendTo("ponger", ({ context }) => ({ type: "hit", number: context.number })),
  },
  guards: { isLast: ({ context }) => context.number + 1 === context.rounds },
}).createMachine({
  context: ({ input }) => ({ rounds: input.rounds, number: 0, right: 0 }),
  invoke: { id: "ponger", src: "ponger" },
  initial: "playing",
  states: {
    playing: {
      entry: "hit",
      on: { hit: [{ guard: "isLast", target: "over", actions: "count" }, { actions: ["count", "hit"] }] },
    },
    over: { type: "final" },
  },
  output: ({ context }) => context.right,
})

const play = (rounds: number): Promise<number> => toPromise(createActor(pinger, { input: { rounds } }).start())

report(await sample("ns a round trip", parameters<Sampling>(), play))
