/** A ring of nact's actors that hand a token on until it has gone its way; every hop is counted by whom it reaches. */

import { dispatch, type Ref, spawn, start } from "nact"
import { parameters, report } from "../report.ts"
import { type Sampling, sample } from "../sample.ts"

const { size, ...sampling } = parameters<Sampling & { size: number }>()

let hops = 0
let arrived: () => void = () => {}

const system = start()
const members: Ref<number>[] = Array.from({ length: size }, (_, place) =>
  spawn(
    system,
    (_state: undefined, left: number) => {
      hops += 1
      if (left === 1) arrived()
      else dispatch(members[(place + 1) % size] as Ref<number>, left - 1)
    },
    String(place),
  ),
)

async function goRound(operations: number): Promise<number> {
  const before = hops
  await new Promise<void>((resolve) => {
    arrived = resolve
    dispatch(members[0] as Ref<number>, operations)
  })
  return hops - before
}

report(await sample("ns a hop", sampling, goRound))
