/** An ask of a store against `gen_server:call`, and against what JavaScript has to offer. */

import type { Arm } from "../arm.ts"
import { type Comparison, figureOf, leastOf, quotient, type Suite } from "../suite.ts"

const FIGURE = "ns an ask"

interface Load {
  readonly name: string
  readonly callers: number
  readonly atLeast: number
}

const SEQUENTIAL: Load = { name: "sequential", callers: 1, atLeast: 3 }
const CONCURRENT: Load = { name: "100 callers", callers: 100, atLeast: 6 }

export const ask: Suite = {
  name: "ask",
  title: "Ask: a store's get through a mailbox, and gen_server:call",
  plan(isQuick) {
    const rounds = isQuick ? 1 : 5
    return {
      notes: [
        "store: default 5 s deadline, permission by a configured policy, entry with a TTL of 3600 s, a session of ten fields as value",
        "store (policy on the key): the same with a policy whose answer depends on the key, so it is asked for each message",
        "erlang: compiled; default 5 s deadline, a map with the same ten fields as value; no permission, no TTL. Targets: against the faster of the two",
        "asyncContext: the rule of senders' contexts, by default, unless it says runtime; a store takes hold of none by either",
        "server: a plain server's call, which looks at no policy; each caller in an AsyncLocalStorage context of its own",
        "effect: queue, fiber and deferred; map: Map.get behind await. Neither has a deadline, a permission or a TTL",
      ],
      groups: [SEQUENTIAL, CONCURRENT].map((load) => ({ rounds, arms: armsOf(load, isQuick) })),
      comparisons: [SEQUENTIAL, CONCURRENT].flatMap(comparisonsOf),
    }
  },
}

function armsOf({ name, callers }: Load, isQuick: boolean): Arm[] {
  const sampling = isQuick ? { operations: 2000, warmups: 1, samples: 1 } : { operations: 300_000, warmups: 3, samples: 3 }
  const fewer = isQuick ? sampling : { ...sampling, operations: 50_000 }
  const node = (arm: string, file: string, parameters: object): Arm => ({
    name: `${arm}, ${name}`,
    command: { runs: "node", file, parameters: { callers, ...sampling, ...parameters } },
  })
  const erlang = (arm: string, erlangOptions: readonly string[]): Arm => ({
    name: `${arm}, ${name}`,
    command: {
      runs: "erlang",
      module: "gen_server_ask",
      erlangOptions,
      parameters: [callers, sampling.operations, sampling.warmups, sampling.samples],
    },
  })
  return [
    node("store", "ask-store.ts", { policy: "rule", asyncContext: "sender" }),
    node("store (asyncContext: runtime)", "ask-store.ts", { policy: "rule", asyncContext: "runtime" }),
    node("server", "ask-server.ts", { asyncContext: "sender" }),
    node("server (asyncContext: runtime)", "ask-server.ts", { asyncContext: "runtime" }),
    erlang("erlang", []),
    erlang("erlang +S 1", ["+S", "1"]),
    node("store (policy on the key)", "ask-store.ts", { policy: "key", asyncContext: "sender" }),
    node("map", "ask-map.ts", { entries: 1, popular: 0 }),
    node("effect, within Effect", "ask-effect.ts", { ...fewer, from: "effect" }),
    node("effect, from a promise", "ask-effect.ts", { ...fewer, from: "promise" }),
  ]
}

function comparisonsOf({ name, atLeast }: Load): Comparison[] {
  const againstErlang = (arm: string): Comparison => ({
    name: `${arm} against erlang, ${name}`,
    unit: "times as fast",
    target: { rule: "at_least", bound: atLeast },
    of: (round) =>
      quotient(leastOf(round, [`erlang, ${name}`, `erlang +S 1, ${name}`], FIGURE), figureOf(round, `${arm}, ${name}`, FIGURE)),
  })
  const contexts: Comparison = {
    name: `server with its callers' contexts against one without, ${name}`,
    unit: "times the time",
    of: (round) => quotient(figureOf(round, `server, ${name}`, FIGURE), figureOf(round, `server (asyncContext: runtime), ${name}`, FIGURE)),
  }
  return [againstErlang("store"), againstErlang("store (asyncContext: runtime)"), contexts]
}
