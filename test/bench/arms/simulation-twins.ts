/**
 * Schedules of the twins, none of which may fail. Ten thousand of each, by hand:
 * `node --import ./test/bench/simulation/package-names.ts test/bench/arms/simulation-twins.ts '{"schedules":10000}'`
 */

import { PROGRAMS } from "../../simulation/races/programs.ts"
import { parameters, report } from "../report.ts"
import { twinFails } from "../simulation/search.ts"

const { schedules } = parameters<{ schedules: number }>()

const failed: string[] = []
for (const { name, race } of PROGRAMS) if (await twinFails(race, 1, schedules)) failed.push(name)
if (failed.length > 0) process.stderr.write(`twins that failed: ${failed.join(", ")}\n`)
report({ expected: PROGRAMS.length, completed: PROGRAMS.length, figures: { "twins that failed": [failed.length] } })
