/** Two of nact's actors that hit one number to and fro; the one that began counts what comes back right. */

import { dispatch, type Ref, spawn, start, stop } from "nact"
import { parameters, report } from "../report.ts"
import { type Sampling, sample } from "../sample.ts"

const system = start()

/** Told `undefined` to begin. */
type Ping = number | undefined

function play(rounds: number): Promise<number> {
  return new Promise((over) => {
    let right = 0
    const pinger: Ref<Ping> = spawn(
      system,
      (next: number, number: Ping) => {
        if (number === next - 1) right += 1
        if (next < rounds) dispatch(ponger, next)
        else end()
        return next + 1
      },
      "pinger",
      { initialState: 0 },
    )
    const ponger = spawn(system, (_state: undefined, number: number) => dispatch(pinger, number), "ponger")
    const end = (): void => {
      stop(pinger)
      stop(ponger)
      over(right)
    }
    dispatch(pinger, undefined)
  })
}

report(await sample("ns a round trip", parameters<Sampling>(), play))
