/** Asks of one server through its mailbox: awaited, or as Effects of one fiber, or of as many fibers as there are callers. */

import * as Effect from "effect/Effect"
import { Mailbox, Pigeonhole } from "../../../actors/effect.ts"
import { type MailboxOf, server, start } from "../../../actors/index.ts"
import { inParallel } from "../callers.ts"
import { parameters, report } from "../report.ts"
import { type Sampling, sample } from "../sample.ts"

const { kind, callers, ...sampling } = parameters<Sampling & { kind: "plain" | "effect"; callers: number }>()

const counter = server({ init: () => ({ count: 0 }), call: { add: (state, by: number) => (state.count += by) } })
const tree = { "app:counter": counter }
const log = (): void => {}

async function plain(): Promise<void> {
  await using runtime = await start(tree, { log })
  const box = await runtime.acquire("app:counter")
  const ask = async (_from: number, count: number): Promise<number> => {
    let right = 0
    for (let i = 0; i < count; i += 1) if ((await box.call.add(1)) > 0) right += 1
    return right
  }
  report(await sample("ns an ask", sampling, (operations) => inParallel(callers, operations, ask)))
}

const program = Effect.gen(function* () {
  const box = yield* Mailbox.acquire<MailboxOf<typeof counter>>("app:counter")
  const asks = Effect.fnUntraced(function* (count: number) {
    let right = 0
    for (let i = 0; i < count; i += 1) if ((yield* box.call.add(1)) > 0) right += 1
    return right
  })
  const all = (operations: number): Effect.Effect<number, unknown> =>
    callers === 1
      ? asks(operations)
      : Effect.map(
          Effect.all(
            Array.from({ length: callers }, () => asks(operations / callers)),
            { concurrency: callers },
          ),
          (each) => each.reduce((sum, some) => sum + some, 0),
        )
  const figures = yield* Effect.promise(() => sample("ns an ask", sampling, (operations) => Effect.runPromise(all(operations))))
  report(figures)
})

if (kind === "plain") await plain()
else await Effect.runPromise(Effect.scoped(program).pipe(Effect.provide(Pigeonhole.layer(tree, { log }))))
