/** Many processes that send to one. */

import { CONTEXT_NOTE, ERLANG, ERLANG_SINGLE, erlangArms, NEUTRAL, nactArm, nodeArm, samplingOf, timesAsFast } from "../contest.ts"
import type { Suite } from "../suite.ts"

const FIGURE = "ns a message"
const SENDERS = 100

export const fanIn: Suite = {
  name: "fan-in",
  title: `Fan-in: ${SENDERS} processes send to one`,
  plan(isQuick) {
    const burst = isQuick ? 10 : 100
    const load = { senders: SENDERS, burst }
    const sampling = samplingOf(isQuick, 300_000, 2000)
    const fewer = samplingOf(isQuick, 50_000, 2000)
    return {
      notes: [
        CONTEXT_NOTE,
        `each sends ${burst} when told to, and is told again when the receiver has all ${SENDERS * burst}; the receiver counts`,
        "xstate: each event is handled as it is sent; effect: a fiber and a queue each",
      ],
      groups: [
        {
          rounds: isQuick ? 1 : 5,
          arms: [
            nodeArm("processes", "fan-in-own.ts", { ...NEUTRAL, kind: "process", ...load, ...sampling }),
            nodeArm("servers", "fan-in-own.ts", { ...NEUTRAL, kind: "server", ...load, ...sampling }),
            ...erlangArms({ module: "fan_in", parameters: [SENDERS, burst], sampling }),
            nactArm("fan-in-nact.ts", { ...load, ...fewer }),
            nodeArm("xstate", "fan-in-xstate.ts", { ...load, ...fewer }),
            nodeArm("effect", "fan-in-effect.ts", { ...load, ...fewer }),
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
