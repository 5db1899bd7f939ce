/**
 * Schedules of the twins of a sort, none of which may fail. Ten thousand by hand:
 * `node --import ./test/bench/simulation/package-names.ts test/bench/arms/simulation-twins.ts '{"sort":"own","schedules":10000}'`
 */

import { PROGRAMS, type Sort } from "../../simulation/races/programs.ts"
import { parameters, report } from "../report.ts"
import { twinFails } from "../simulation/search.ts"

const { sort, schedules } = parameters<{ sort: Sort; schedules: number }>()

const failed: string[] = []
const twins = PROGRAMS.filter((program) => program.sort === sort)
for (const { name, race } of twins) if (await twinFails(race, 1, schedules)) failed.push(name)
if (failed.length > 0) process.stderr.write(`twins that failed: ${failed.join(", ")}\n`)
report({ expected: twins.length * schedules, completed: twins.length * schedules, figures: { "twins that failed": [failed.length] } })
