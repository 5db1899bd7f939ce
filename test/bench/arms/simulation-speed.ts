/** What a schedule costs, judged as by default, beside a bare start and stop of the same application: one after the other, sample by sample. */

import { start } from "pigeonhole"
import { explore } from "pigeonhole/simulation"
import { PROGRAMS } from "../../simulation/races/programs.ts"
import { parameters, report } from "../report.ts"
import { Measurements, type Sampling } from "../sample.ts"
import { APPLICATIONS } from "../simulation/applications.ts"
import { optionsFor } from "../simulation/search.ts"

const { program, operations, warmups, samples } = parameters<Sampling & { program: string }>()

const race = PROGRAMS.find(({ name }) => name === program)?.race
const fixed = race?.fixed ?? APPLICATIONS[program]
if (fixed === undefined) throw new Error(`there is no program ${program}`)
const make = fixed
const options = race === undefined ? {} : optionsFor(race)

async function startAndStop(times: number): Promise<number> {
  for (let done = 0; done < times; done += 1) {
    const runtime = await start(make().tree, { log: () => {} })
    await runtime.stop()
  }
  return times
}

const measurements = new Measurements()
for (let sample = 0; sample < warmups + samples; sample += 1) {
  const isKept = sample >= warmups
  await measurements.time("ns a start and stop", operations, startAndStop, isKept)
  const explored = async (schedules: number) => (await explore(make, { ...options, schedules, seed: 1 + sample })).schedules
  await measurements.time("ns a schedule", operations, explored, isKept)
}
report(measurements.report)
