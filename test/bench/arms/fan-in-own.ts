/**
 * Many processes, or servers, that each send a burst to one receiver when they are told to, and are told again when it has them
 * all. So no more wait in its inbox than it takes by default. The receiver counts.
 */

import { type AsyncContextRule, actor, type Pid, type Runtime, server, start } from "../../../actors/index.ts"
import { parameters, report } from "../report.ts"
import { type Sampling, sample } from "../sample.ts"

type Kind = "process" | "server"

const { kind, senders, burst, asyncContext, ...sampling } = parameters<
  Sampling & { kind: Kind; senders: number; burst: number; asyncContext: AsyncContextRule }
>()

let received = 0
let complete: () => void = () => {}

function count(): void {
  received += 1
  if (received % (senders * burst) === 0) complete()
}

const receiver = actor<undefined, number>(async (self) => {
  for await (const _number of self.inbox) count()
})

const sender = actor<Pid>(async (self, target) => {
  for await (const _go of self.inbox) for (let number = 0; number < burst; number += 1) self.tell(target, number)
})

const receiverServer = server({ init: () => ({}), cast: { take: (_state, _number: number) => count() } })

interface Receiver extends Pid {
  readonly cast: { take(number: number): boolean }
}

const senderServer = server({
  init: (target: Receiver) => ({ target }),
  cast: {
    go: ({ target }) => {
      for (let number = 0; number < burst; number += 1) target.cast.take(number)
    },
  },
})

/** Makes the receiver and its senders, and gives what tells all of these to send. */
const fan: Record<Kind, (runtime: Runtime) => () => void> = {
  process: (runtime) => {
    const target = runtime.spawn(receiver)
    const pids = Array.from({ length: senders }, () => runtime.spawn(sender, target))
    return () => {
      for (const pid of pids) runtime.tell(pid, "go")
    }
  },
  server: (runtime) => {
    const target = runtime.spawn(receiverServer)
    const pids = Array.from({ length: senders }, () => runtime.spawn(senderServer, target))
    return () => {
      for (const pid of pids) pid.cast.go()
    }
  },
}

const tellAll = fan[kind](await start({}, { log: () => {}, asyncContext }))

async function sendAll(operations: number): Promise<number> {
  const before = received
  for (let left = operations; left > 0; left -= senders * burst) {
    await new Promise<void>((resolve) => {
      complete = resolve
      tellAll()
    })
  }
  return received - before
}

report(await sample("ns a message", sampling, sendAll))
