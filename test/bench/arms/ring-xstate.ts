/** A ring of XState's machine actors that send a token on until it has gone its way; every hop is counted by whom it reaches. */

import { type AnyActorRef, assign, createActor, sendTo, setup } from "xstate"
import { parameters, report } from "../report.ts"
import { type Sampling, sample } from "../sample.ts"

const { size, ...sampling } = parameters<Sampling & { size: number }>()

type Token = { readonly type: "token"; readonly left: number }

let arrived: () => void = () => {}

const member = setup({
  types: {} as { context: { place: number; hops: number }; events: Token; input: { place: number } },
  actions: {
    count: assign({ hops: ({ context }) => context.hops + 1 }),
    arrive: () => arrived(),
    handOn: sendTo(
      ({ context }) => members[(context.place + 1) % size] as AnyActorRef,
      ({ event }): Token => ({ type: "token", left: event.left - 1 }),
    ),
  },
  guards: { isLast: ({ event }) => event.left === 1 },
}).createMachine({
  context: ({ input }) => ({ place: input.place, hops: 0 }),
  on: { token: [{ guard: "isLast", actions: ["count", "arrive"] }, { actions: ["count", "handOn"] }] },
})

const members: AnyActorRef[] = Array.from({ length: size }, (_, place) => createActor(member, { input: { place } }).start())

const hops = (): number => members.reduce((total, actor) => total + actor.getSnapshot().context.hops, 0)

async function goRound(operations: number): Promise<number> {
  const before = hops()
  await new Promise<void>((resolve) => {
    arrived = resolve
    members[0]?.send({ type: "token", left: operations })
  })
  return hops() - before
}

report(await sample("ns a hop", sampling, goRound))
