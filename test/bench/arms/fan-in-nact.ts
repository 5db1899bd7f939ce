/** Many of nact's actors that each send a burst to one receiver when told to, and are told again when the receiver, which counts, has all. */

import { dispatch, spawn, start } from "nact"
import { parameters, report } from "../report.ts"
import { type Sampling, sample } from "../sample.ts"

const { senders, burst, ...sampling } = parameters<Sampling & { senders: number; burst: number }>()

let received = 0
let complete: () => void = () => {}

const system = start()

const receiver = spawn(system, (_state: undefined, _number: number) => {
  received += 1
  if (received % (senders * burst) === 0) complete()
})

function send(_state: undefined, _go: string): void {
  for (let number = 0; number < burst; number += 1) dispatch(receiver, number)
}

const actors = Array.from({ length: senders }, (_, place) => spawn(system, send, `sender-${place}`))

async function sendAll(operations: number): Promise<number> {
  const before = received
  for (let left = operations; left > 0; left -= senders * burst) {
    await new Promise<void>((resolve) => {
      complete = resolve
      for (const actor of actors) dispatch(actor, "go")
    })
  }
  return received - before
}

report(await sample("ns a message", sampling, sendAll))
