/** A million processes, started by processes, and the sum of what they send. */

import {
  CONTEXT_NOTE,
  ERLANG,
  ERLANG_MILLIONS,
  ERLANG_SINGLE,
  erlangArms,
  NEUTRAL,
  nactArm,
  nodeArm,
  samplingOf,
  timesAsFast,
} from "../contest.ts"
import { rightSum } from "../skynet.ts"
import type { Suite } from "../suite.ts"

const FIGURE = "ns a leaf"

export const skynet: Suite = {
  name: "skynet",
  title: "Skynet: each process starts ten, down to a million; their numbers are summed up on the way back",
  plan(isQuick) {
    const sampling = samplingOf(isQuick, 1_000_000, 1000, 1)
    const fewer = samplingOf(isQuick, 100_000, 1000, 1)
    const nodeOptions = ["--max-old-space-size=8000"]
    return {
      notes: [
        CONTEXT_NOTE,
        `the sum of 0 to ${sampling.operations - 1} must come to ${rightSum(sampling.operations)}, or nothing counts; a ninth as many processes stand above the leaves`,
        `nact, xstate and effect: ${fewer.operations} leaves, whose sum must come to ${rightSum(fewer.operations)}`,
        "effect: a fiber each, and a queue for each that waits; xstate: a machine each, whose output is its sum",
      ],
      groups: [
        {
          rounds: isQuick ? 1 : 3,
          arms: [
            nodeArm("processes", "skynet-own.ts", { ...NEUTRAL, kind: "process", ...sampling }, nodeOptions),
            nodeArm("servers", "skynet-own.ts", { ...NEUTRAL, kind: "server", ...sampling }, nodeOptions),
            ...erlangArms({ module: "skynet", sampling, erlangOptions: ERLANG_MILLIONS }),
            nactArm("skynet-nact.ts", fewer, nodeOptions),
            nodeArm("xstate", "skynet-xstate.ts", fewer, nodeOptions),
            nodeArm("effect", "skynet-effect.ts", fewer, nodeOptions),
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
