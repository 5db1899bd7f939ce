/** Starting a process that has nothing to do, and its end. */

import {
  CONTEXT_NOTE,
  ERLANG,
  ERLANG_SINGLE,
  erlangArms,
  NEUTRAL,
  nactArm,
  nodeArm,
  OF_SENDERS,
  samplingOf,
  timesAsFast,
} from "../contest.ts"
import type { Suite } from "../suite.ts"

const FIGURE = "ns a process"
const PROCESS = "process that returns"
const SERVER = "server, told to exit"
const PROCESS_OF_SENDERS = "process that returns, starters' contexts"

export const spawn: Suite = {
  name: "spawn",
  title: "Spawn: a process that returns at once, from its start to its end",
  plan(isQuick) {
    const sampling = samplingOf(isQuick, 200_000, 2000)
    const fewer = samplingOf(isQuick, 50_000, 2000)
    return {
      notes: [
        CONTEXT_NOTE,
        "1000 are started before it is waited for them to end; counted are those that have ended",
        'process that returns: actor(() => {}), spawned by the runtime; server: spawned, then runtime.exit(pid, "shutdown")',
        "erlang process: spawn(fun() -> ok end); gen_server: gen_server:start, which waits for init, then exit(Pid, shutdown)",
        "nact: an actor that is never sent anything, stopped; xstate machine: final from the start; callback: started and stopped, no machine",
        "effect: forkChild of Effect.void, awaited",
      ],
      groups: [
        {
          rounds: isQuick ? 1 : 5,
          arms: [
            nodeArm(PROCESS, "spawn-own.ts", { ...NEUTRAL, kind: "process", ...sampling }),
            nodeArm(SERVER, "spawn-own.ts", { ...NEUTRAL, kind: "server", ...sampling }),
            nodeArm(PROCESS_OF_SENDERS, "spawn-own.ts", { ...OF_SENDERS, kind: "process", ...sampling }),
            ...erlangArms({ module: "spawn", kind: "process", sampling }),
            ...erlangArms({ module: "spawn", kind: "gen_server", sampling }),
            nactArm("spawn-nact.ts", sampling),
            nodeArm("xstate machine", "spawn-xstate.ts", { kind: "machine", ...fewer }),
            nodeArm("xstate callback", "spawn-xstate.ts", { kind: "callback", ...fewer }),
            nodeArm("effect", "spawn-effect.ts", sampling),
          ],
        },
      ],
      comparisons: [
        timesAsFast(PROCESS, [`${ERLANG_SINGLE} process`], FIGURE, 2),
        timesAsFast(PROCESS, [`${ERLANG} process`], FIGURE),
        timesAsFast(PROCESS, ["nact"], FIGURE, 5),
        timesAsFast(SERVER, [`${ERLANG_SINGLE} process`], FIGURE),
        timesAsFast(SERVER, [`${ERLANG_SINGLE} gen_server`], FIGURE),
        timesAsFast(SERVER, ["nact"], FIGURE),
        timesAsFast(PROCESS_OF_SENDERS, [PROCESS], FIGURE),
      ],
    }
  },
}
