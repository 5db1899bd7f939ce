/** A token that goes round a ring of processes. */

import { CONTEXT_NOTE, ERLANG, ERLANG_SINGLE, erlangArms, NEUTRAL, nactArm, nodeArm, samplingOf, timesAsFast } from "../contest.ts"
import type { Suite } from "../suite.ts"

const FIGURE = "ns a hop"
const SIZE = 100

export const ring: Suite = {
  name: "ring",
  title: `Ring: a token goes round ${SIZE} processes`,
  plan(isQuick) {
    const sampling = { size: SIZE, ...samplingOf(isQuick, 300_000, 2000) }
    const fewer = { size: SIZE, ...samplingOf(isQuick, 30_000, 2000) }
    return {
      notes: [
        CONTEXT_NOTE,
        "one process at a time has something to do; each counts what reaches it. xstate: sendTo; effect: a fiber and a queue each",
      ],
      groups: [
        {
          rounds: isQuick ? 1 : 5,
          arms: [
            nodeArm("processes", "ring-own.ts", { ...NEUTRAL, kind: "process", ...sampling }),
            nodeArm("servers", "ring-own.ts", { ...NEUTRAL, kind: "server", ...sampling }),
            ...erlangArms({ module: "ring", parameters: [SIZE], sampling }),
            nactArm("ring-nact.ts", fewer),
            nodeArm("xstate", "ring-xstate.ts", fewer),
            nodeArm("effect", "ring-effect.ts", fewer),
          ],
        },
      ],
      comparisons: ["processes", "servers"].flatMap((arm) => [
        timesAsFast(arm, [ERLANG, ERLANG_SINGLE], FIGURE),
        timesAsFast(arm, ["nact"], FIGURE),
      ]),
    }
  },
}
