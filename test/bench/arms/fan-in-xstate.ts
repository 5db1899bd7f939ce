/** Many of XState's machine actors that each send a burst to one receiver when they are told to. It counts, in its context. */

import { assign, createActor, setup } from "xstate"
import { parameters, report } from "../report.ts"
import { type Sampling, sample } from "../sample.ts"

const { senders, burst, ...sampling } = parameters<Sampling & { senders: number; burst: number }>()

const receiver = setup({
  types: {} as { context: { received: number }; events: { type: "take"; number: number } },
}).createMachine({
  context: { received: 0 },
  on: { take: { actions: assign({ received: ({ context }) => context.received + 1 }) } },
})

const target = createActor(receiver).start()

const sender = setup({ types: {} as { events: { type: "go" } } }).createMachine({
  on: {
    go: {
      actions: () => {
        for (let number = 0; number < burst; number += 1) target.send({ type: "take", number })
      },
    },
  },
})

const actors = Array.from({ length: senders }, () => createActor(sender).start())

/** Each event is handled when it is sent. */
function sendAll(operations: number): number {
  const before = target.getSnapshot().context.received
  for (let left = operations; left > 0; left -= senders * burst) for (const actor of actors) actor.send({ type: "go" })
  return target.getSnapshot().context.received - before
}

report(await sample("ns a message", sampling, sendAll))
