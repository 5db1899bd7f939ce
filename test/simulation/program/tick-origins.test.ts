/** From where ticks were asked for: looked at for the first of each schedule, as it costs more than they do. */

import { describe, expect, it } from "vitest"
import { TickOrigins } from "../../../src/simulation/program/tick-origins.ts"

const OF_THE_HOST = "    at processTicksAndRejections (node:internal/process/task_queues:104:5)"
const OF_THE_PROGRAM = "    at open (/home/ann/shop.ts:3:5)"

describe("TickOrigins", () => {
  it("looks for a hundred ticks of a schedule, and for as many of the next", () => {
    let present: object | undefined
    let looks = 0
    const origins = new TickOrigins(() => present)
    const look = () => {
      looks += 1
      return () => [OF_THE_PROGRAM]
    }
    const ask = (times: number) =>
      Array.from({ length: times }, () => {
        const tick = {}
        origins.asked(tick, look)
        return tick
      })
    const ticks = ask(150)
    expect(looks).toBe(100)
    const told = [ticks[0], ticks[99], ticks[100], undefined].map((tick) => {
      present = tick
      return origins.framesOf([OF_THE_HOST])
    })
    expect(told).toEqual([[OF_THE_PROGRAM], [OF_THE_PROGRAM], [OF_THE_HOST], [OF_THE_HOST]])
    origins.beginAnew()
    ask(1)
    expect(looks).toBe(101)
  })
})
