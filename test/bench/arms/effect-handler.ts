/** Asks of one server in a row, whose handler is a plain function or an Effect. */

import { Effect } from "effect"
import { type AsyncContextRule, start } from "../../../actors/index.ts"
import { server } from "../../../src/effect.ts"
import { inParallel } from "../callers.ts"
import { parameters, report } from "../report.ts"
import { type Sampling, sample } from "../sample.ts"

type Kind = "plain" | "sync" | "generator" | "waits" | "promise"

const { kind, callers, asyncContext, ...sampling } = parameters<
  Sampling & { kind: Kind; callers: number; asyncContext: AsyncContextRule }
>()

const { pid, runtime } = await started()

async function started() {
  const counting = { init: () => ({ count: 0 }) }
  const servers = {
    plain: server({ ...counting, call: { add: (state, by: number) => (state.count += by) } }),
    sync: server({ ...counting, call: { add: (state, by: number) => Effect.sync(() => (state.count += by)) } }),
    generator: server({
      ...counting,
      call: {
        add: Effect.fnUntraced(function* (state: { count: number }, by: number) {
          const before = yield* Effect.sync(() => state.count)
          state.count = before + by
          return state.count
        }),
      },
    }),
    waits: server({
      ...counting,
      call: {
        add: (state, by: number) =>
          Effect.map(
            Effect.promise(() => Promise.resolve()),
            () => (state.count += by),
          ),
      },
    }),
    promise: server({
      ...counting,
      call: {
        add: async (state, by: number) => {
          await Promise.resolve()
          state.count += by
          return state.count
        },
      },
    }),
  }
  const runtime = await start({}, { log: () => {}, asyncContext })
  return { runtime, pid: runtime.spawn(servers[kind]) }
}

async function ask(_from: number, count: number): Promise<number> {
  let right = 0
  for (let i = 0; i < count; i += 1) if ((await pid.call.add(1)) > 0) right += 1
  return right
}

report(await sample("ns an ask", sampling, (operations) => inParallel(callers, operations, ask)))
await runtime.stop()
