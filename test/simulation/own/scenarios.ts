/** All of our own scenarios, by name. */

import { ends } from "./ends.ts"
import { drained, dropped, requests, stopped } from "./requests.ts"
import type { OwnScenario } from "./scenario.ts"

const ALL: Readonly<Record<string, OwnScenario>> = { requests, dropped, stopped, drained, ends }

export const SCENARIOS = Object.entries(ALL).map(([name, scenario]) => ({ name, scenario }))
