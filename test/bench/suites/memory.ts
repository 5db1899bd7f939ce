/** What an idle process takes of memory. */

import type { Arm } from "../arm.ts"
import { CONTEXT_NOTE, ERLANG_MILLIONS, NEUTRAL, nactArm, nodeArm, OF_SENDERS } from "../contest.ts"
import { figureOf, type Suite } from "../suite.ts"

const NEVER = "bytes, never messaged"
const AFTER_ONE = "bytes, after one message"
const CAST = "server, one cast"
const TELL = "server, one tell"
const TELL_OF_SENDERS = "server, one tell, in its starter's context"

/** Of an idle server process that was never messaged. */
const MOST_BYTES = 600

export const memory: Suite = {
  name: "memory",
  title: "Memory: idle server processes",
  plan(isQuick) {
    const [processes, fewer] = isQuick ? [1000, 1000] : [1_000_000, 100_000]
    const nodeOptions = ["--expose-gc", "--max-old-space-size=8000"]
    const erlang: Arm = {
      name: "erlang gen_server",
      command: { runs: "erlang", module: "memory", erlangOptions: ERLANG_MILLIONS, parameters: [processes] },
    }
    return {
      notes: [
        CONTEXT_NOTE,
        `${processes} of ours and of Erlang's, ${fewer} of the others; heap after full collections, less what there was before; the places for their addresses exist before`,
        "one cast: by pid.cast.add(1), which binds the server's names to this pid; one tell: by runtime.tell(pid, 1), which does not",
        "erlang: all that the system has allocated, and process_info(Pid, memory) of one",
        "xstate: a machine with a context of one number; effect: a fiber that takes from a queue of its own",
      ],
      groups: [
        {
          rounds: isQuick ? 1 : 2,
          arms: [
            nodeArm(CAST, "memory-own.ts", { ...NEUTRAL, processes, by: "cast" }, nodeOptions),
            nodeArm(TELL, "memory-own.ts", { ...NEUTRAL, processes, by: "tell" }, nodeOptions),
            nodeArm(TELL_OF_SENDERS, "memory-own.ts", { ...OF_SENDERS, processes, by: "tell" }, nodeOptions),
            erlang,
            nactArm("memory-nact.ts", { processes: fewer }, nodeOptions),
            nodeArm("xstate", "memory-xstate.ts", { processes: fewer }, nodeOptions),
            nodeArm("effect", "memory-effect.ts", { processes: fewer }, nodeOptions),
          ],
        },
      ],
      comparisons: [
        {
          name: "server, never messaged",
          unit: "bytes",
          target: { rule: "at_most", bound: MOST_BYTES },
          of: (round) => figureOf(round, CAST, NEVER),
        },
        { name: "server, never messaged, in its starter's context", unit: "bytes", of: (round) => figureOf(round, TELL_OF_SENDERS, NEVER) },
        { name: "server, after one cast", unit: "bytes", of: (round) => figureOf(round, CAST, AFTER_ONE) },
        { name: "server, after one tell", unit: "bytes", of: (round) => figureOf(round, TELL, AFTER_ONE) },
      ],
    }
  },
}
