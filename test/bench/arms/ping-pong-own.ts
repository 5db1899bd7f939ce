/** Two processes, or two servers, that hit one number to and fro; the one that began counts what comes back right. */

import { type AsyncContextRule, actor, type Pid, type Runtime, type Self, server, start } from "../../../actors/index.ts"
import { parameters, report } from "../report.ts"
import { type Sampling, sample } from "../sample.ts"

const { kind, asyncContext, ...sampling } = parameters<Sampling & { kind: "process" | "server"; asyncContext: AsyncContextRule }>()

interface Game {
  readonly rounds: number
  readonly over: (right: number) => void
}

const ponger = actor<Pid, number>(async (self, pinger) => {
  for await (const number of self.inbox) self.tell(pinger, number)
})

const pinger = actor<Game, number>(async (self, { rounds, over }) => {
  const partner = self.spawn(ponger, self.pid)
  let right = 0
  for (let number = 0; number < rounds; number += 1) {
    self.tell(partner, number)
    if ((await self.receive()) === number) right += 1
  }
  self.exit(partner, "shutdown")
  over(right)
})

/** A server that can be hit a number. */
interface Player extends Pid {
  readonly cast: { hit(number: number): boolean }
}

interface Pinging extends Game {
  readonly partner: Player
  number: number
  right: number
}

const pongServer = server({
  init: (partner: Player) => ({ partner }),
  cast: { hit: ({ partner }, number: number) => void partner.cast.hit(number) },
})

const pingServer = server({
  init: (game: Game, self: Self): Pinging => {
    const partner = self.spawn(pongServer, self.pid as Player)
    partner.cast.hit(0)
    return { ...game, partner, number: 0, right: 0 }
  },
  cast: {
    hit: (state: Pinging, number: number, self: Self) => {
      if (number === state.number) state.right += 1
      state.number += 1
      if (state.number < state.rounds) return void state.partner.cast.hit(state.number)
      self.exit(state.partner, "shutdown")
      self.stop()
      state.over(state.right)
    },
  },
})

const begin: Record<typeof kind, (runtime: Runtime, game: Game) => Pid> = {
  process: (runtime, game) => runtime.spawn(pinger, game),
  server: (runtime, game) => runtime.spawn(pingServer, game),
}

const runtime = await start({}, { log: () => {}, asyncContext })
const play = (rounds: number): Promise<number> => new Promise((over) => begin[kind](runtime, { rounds, over }))

report(await sample("ns a round trip", sampling, play))
