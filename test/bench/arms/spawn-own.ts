/** Processes that return at once, or servers that are told to exit; both counted by the runtime as they end. */

import { type AsyncContextRule, actor, type Pid, type Runtime, server, start } from "../../../actors/index.ts"
import { parameters, report } from "../report.ts"
import { type Sampling, sample } from "../sample.ts"

/** Started before it is waited for all of them to end. */
const AT_ONCE = 1000

const { kind, asyncContext, ...sampling } = parameters<Sampling & { kind: "process" | "server"; asyncContext: AsyncContextRule }>()

const returning = actor(() => {})
const idle = server({ init: () => ({ count: 0 }), call: { count: (state) => state.count } })

const startIn: Record<typeof kind, (runtime: Runtime) => Pid> = {
  process: (runtime) => runtime.spawn(returning),
  server: (runtime) => {
    const pid = runtime.spawn(idle)
    runtime.exit(pid, "shutdown")
    return pid
  },
}

const runtime = await start({}, { log: () => {}, asyncContext })
const startOne = startIn[kind]

async function startAndEnd(operations: number): Promise<number> {
  const before = runtime.statistics().exited
  for (let left = operations; left > 0; left -= AT_ONCE) {
    for (let i = Math.min(left, AT_ONCE); i > 1; i -= 1) startOne(runtime)
    // They end in the order in which they were started.
    await runtime.whenEnded(startOne(runtime))
  }
  return runtime.statistics().exited - before
}

report(await sample("ns a process", sampling, startAndEnd))
