/** Asks of one plain server by a number of callers, each in an async context of its own, waiting for its reply before it asks again. */

import { AsyncLocalStorage } from "node:async_hooks"
import { type AsyncContextRule, server, start } from "../../../actors/index.ts"
import { inParallel } from "../callers.ts"
import { parameters, report } from "../report.ts"
import { type Sampling, sample } from "../sample.ts"

const { callers, asyncContext, ...sampling } = parameters<Sampling & { callers: number; asyncContext: AsyncContextRule }>()

const echo = server({ init: () => ({}), call: { echo: (_state, number: number) => number } })

const request = new AsyncLocalStorage<number>()
const runtime = await start({}, { log: () => {}, asyncContext })
const pid = runtime.spawn(echo)

function ask(from: number, count: number): Promise<number> {
  return request.run(from, async () => {
    let right = 0
    for (let i = 0; i < count; i += 1) if ((await pid.call.echo(i)) === i) right += 1
    return right
  })
}

report(await sample("ns an ask", sampling, (operations) => inParallel(callers, operations, ask)))
