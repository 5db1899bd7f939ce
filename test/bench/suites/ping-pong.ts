/** Two processes that send one message to and fro. */

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

const FIGURE = "ns a round trip"
const PROCESSES = "processes"
const SERVERS = "servers"
const PROCESSES_OF_SENDERS = "processes, senders' contexts"
const SERVERS_OF_SENDERS = "servers, senders' contexts"

export const pingPong: Suite = {
  name: "ping-pong",
  title: "Ping-pong: two processes send one number to and fro",
  plan(isQuick) {
    const sampling = samplingOf(isQuick, 300_000, 1000)
    const fewer = samplingOf(isQuick, 30_000, 1000)
    return {
      notes: [
        CONTEXT_NOTE,
        "a round trip is two messages; counted are the numbers that come back right",
        "Targets: servers, against Erlang's bare processes, its fastest. A plain process awaits a promise a message, which costs more than all else",
        "processes: tell and receive; servers: a cast to each other. erlang process: ! and receive; gen_server: gen_server:cast",
        "xstate: a machine and the one it invokes, sendTo and sendParent; effect: two fibers, each with a queue",
      ],
      groups: [
        {
          rounds: isQuick ? 1 : 5,
          arms: [
            nodeArm(PROCESSES, "ping-pong-own.ts", { ...NEUTRAL, kind: "process", ...sampling }),
            nodeArm(SERVERS, "ping-pong-own.ts", { ...NEUTRAL, kind: "server", ...sampling }),
            nodeArm(PROCESSES_OF_SENDERS, "ping-pong-own.ts", { ...OF_SENDERS, kind: "process", ...sampling }),
            nodeArm(SERVERS_OF_SENDERS, "ping-pong-own.ts", { ...OF_SENDERS, kind: "server", ...sampling }),
            ...erlangArms({ module: "ping_pong", kind: "process", sampling }),
            ...erlangArms({ module: "ping_pong", kind: "gen_server", sampling }),
            nactArm("ping-pong-nact.ts", fewer),
            nodeArm("xstate", "ping-pong-xstate.ts", fewer),
            nodeArm("effect", "ping-pong-effect.ts", fewer),
          ],
        },
      ],
      comparisons: [
        timesAsFast(SERVERS, [`${ERLANG} process`, `${ERLANG_SINGLE} process`], FIGURE, 2),
        timesAsFast(SERVERS, [`${ERLANG} gen_server`, `${ERLANG_SINGLE} gen_server`], FIGURE, 2),
        timesAsFast(SERVERS, ["nact"], FIGURE, 3),
        timesAsFast(PROCESSES, [`${ERLANG} process`, `${ERLANG_SINGLE} process`], FIGURE),
        timesAsFast(PROCESSES, ["nact"], FIGURE, 3),
        timesAsFast(PROCESSES_OF_SENDERS, [PROCESSES], FIGURE),
        timesAsFast(SERVERS_OF_SENDERS, [SERVERS], FIGURE),
      ],
    }
  },
}
