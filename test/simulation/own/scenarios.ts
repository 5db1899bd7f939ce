/** All of our own scenarios, by name. */

import * as acquired from "./acquired.ts"
import * as durable from "./durable.ts"
import * as ends from "./ends.ts"
import * as held from "./held.ts"
import * as kept from "./kept.ts"
import * as mended from "./mended.ts"
import * as refereed from "./refereed.ts"
import * as requests from "./requests.ts"
import type { OwnScenario } from "./scenario.ts"
import * as snapshots from "./snapshots.ts"
import * as supervised from "./supervised.ts"

const ALL: Readonly<Record<string, OwnScenario>> = {
  ...requests,
  ...ends,
  ...supervised,
  ...held,
  ...kept,
  ...mended,
  ...durable,
  ...snapshots,
  ...refereed,
  ...acquired,
}

export const SCENARIOS = Object.entries(ALL).map(([name, scenario]) => ({ name, scenario }))
