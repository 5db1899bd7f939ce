/** What share of a trace's requests each policy would have answered, at one size. Nothing is timed: the figures are the same at each run. */

import { beladyHits } from "../hit-ratio/belady.ts"
import { adaptive, hitRatio, percent, RIVAL_NAMES, RIVALS } from "../hit-ratio/contestants.ts"
import { capacityAt, readTrace, type TraceName } from "../hit-ratio/traces.ts"
import { parameters, report } from "../report.ts"

const { trace, size, most } = parameters<{ trace: TraceName; size: number; most: number }>()

const read = readTrace(trace)
const capacity = capacityAt(read, size)
const keys = read.keys.subarray(0, most)

const ratios: [name: string, ratio: number][] = [
  ["adaptive", hitRatio(keys, adaptive(capacity))],
  ...RIVAL_NAMES.map((name): [string, number] => [name, hitRatio(keys, RIVALS[name](capacity))]),
  ["Belady", percent(beladyHits(keys, capacity), keys)],
]
const requests = keys.length * ratios.length
report({
  expected: requests,
  completed: requests,
  figures: Object.fromEntries(ratios.map(([name, ratio]) => [`${name}, % of the requests`, [ratio]])),
})
