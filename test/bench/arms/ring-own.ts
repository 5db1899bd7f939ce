/** A ring of processes, or of servers, that hand a token on until it has gone its way; every hop is counted by whom it reaches. */

import { type AsyncContextRule, actor, type Pid, type Runtime, server, start } from "../../../actors/index.ts"
import { parameters, report } from "../report.ts"
import { type Sampling, sample } from "../sample.ts"

const { kind, size, asyncContext, ...sampling } = parameters<
  Sampling & { kind: "process" | "server"; size: number; asyncContext: AsyncContextRule }
>()

let hops = 0
let arrived: () => void = () => {}

/** First told its neighbour, then given tokens: the number of hops to go. */
const member = actor<undefined, Pid | number>(async (self) => {
  const neighbour = (await self.receive()) as Pid
  for await (const left of self.inbox) {
    hops += 1
    if (left === 1) arrived()
    else self.tell(neighbour, (left as number) - 1)
  }
})

/** A server that can be given the token. */
interface Member extends Pid {
  readonly cast: { meet(neighbour: Member): boolean; take(left: number): boolean }
}

const memberServer = server({
  init: (): { neighbour: Member | undefined } => ({ neighbour: undefined }),
  cast: {
    meet: (state, neighbour: Member) => {
      state.neighbour = neighbour
    },
    take: ({ neighbour }, left: number) => {
      hops += 1
      if (left === 1) arrived()
      else neighbour?.cast.take(left - 1)
    },
  },
})

/** Makes a ring, and gives what hands the token to its first member. */
const ring: Record<typeof kind, (runtime: Runtime) => (left: number) => boolean> = {
  process: (runtime) => {
    const members = Array.from({ length: size }, () => runtime.spawn(member))
    for (const [i, pid] of members.entries()) runtime.tell(pid, members[(i + 1) % size])
    return (left) => runtime.tell(members[0] as Pid, left)
  },
  server: (runtime) => {
    const members = Array.from({ length: size }, (): Member => runtime.spawn(memberServer))
    for (const [i, pid] of members.entries()) pid.cast.meet(members[(i + 1) % size] as Member)
    return (left) => (members[0] as Member).cast.take(left)
  },
}

const hand = ring[kind](await start({}, { log: () => {}, asyncContext }))

async function goRound(operations: number): Promise<number> {
  const before = hops
  await new Promise<void>((resolve) => {
    arrived = resolve
    hand(operations)
  })
  return hops - before
}

report(await sample("ns a hop", sampling, goRound))
