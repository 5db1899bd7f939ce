/** One sort of value copied into a store and out of it, in turn with the host's own copies both ways. */

import { copyIn, shareOut } from "../../../actors/store/stored-value.ts"
import { COPIED } from "../copied-values.ts"
import { parameters, report } from "../report.ts"
import { Measurements, type Sampling } from "../sample.ts"

const { sort, size, warmups, samples } = parameters<Sampling & { sort: string; size: number }>()
const value = COPIED[sort]?.(size)

let last: unknown

const measurements = new Measurements()
for (let i = 0; i < warmups + samples; i += 1) {
  const time = (name: string, copy: () => unknown): Promise<void> =>
    measurements.time(
      name,
      1,
      () => {
        last = copy()
        return last === undefined ? 0 : 1
      },
      i >= warmups,
    )
  await time("ns structuredClone", () => structuredClone(value))
  let stored: unknown
  await time("ns in", () => {
    stored = copyIn(value)
    return stored
  })
  await time("ns out", () => shareOut(stored))
}
report(measurements.report)
