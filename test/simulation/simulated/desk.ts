/** A desk that sells one ticket, to two who ask for it at the same time: where each looks before it takes, it is sold twice. */

import { actor, type MailboxOf, server } from "../../../actors/index.ts"
import type { Application, World } from "../../../actors/simulation.ts"

interface Desk {
  left: number
}

const desk = server({
  init: (): Desk => ({ left: 1 }),
  call: {
    left: (state) => state.left,
    take: (state) => {
      state.left -= 1
    },
    takeOne: (state) => {
      if (state.left > 0) state.left -= 1
    },
  },
})

type Box = MailboxOf<typeof desk>

const sells = (buy: (box: Box) => Promise<void>) => (): Application => {
  const buyer = actor(async (self) => buy(await self.acquire<Box>("app:desk")))
  return {
    tree: { "app:desk": desk },
    run: (runtime) => Promise.all([runtime.spawn(buyer), runtime.spawn(buyer)].map((pid) => runtime.whenEnded(pid))),
  }
}

export const buggy = sells(async (box) => {
  if ((await box.call.left()) > 0) await box.call.take()
})

export const fixed = sells((box) => box.call.takeOne())

/** Nobody buys for an hour. */
export const waiting = (): Application => ({
  tree: { "app:desk": desk },
  async run(_runtime, world) {
    const before = world.now
    await new Promise((resolve) => setTimeout(resolve, 3_600_000))
    if (world.now - before < 3_600_000) throw new Error("the hour was short")
  },
})

const leftIn = (world: World): number => (world.stateOf("app:desk") as Desk | undefined)?.left ?? 1

export const soldOnce = (world: World): boolean => leftIn(world) >= 0
export const soldOut = (world: World): boolean => leftIn(world) === 0
export const hasMany = (world: World): boolean => leftIn(world) > 1
