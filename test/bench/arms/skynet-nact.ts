/** Skynet of nact's actors: each starts ten under it, and so on; the last ones send their numbers up, the others the sum, and stop. */

import { dispatch, type Ref, spawn, start, stop } from "nact"
import { parameters, report } from "../report.ts"
import { type Sampling, sample } from "../sample.ts"
import { rightSum, WIDTH } from "../skynet.ts"

const system = start()

/** An actor is first told which numbers it answers for, then the sums of those under it. */
type Message = { readonly first: number; readonly size: number } | number

/** `tell` takes the sum. */
function startNode(parent: Ref<unknown>, name: string, tell: (sum: number) => void): Ref<Message> {
  let sum = 0
  let missing = WIDTH
  const end = (total: number): void => {
    tell(total)
    stop(self)
  }
  const self: Ref<Message> = spawn(
    parent,
    (_state: undefined, message: Message) => {
      if (typeof message === "number") {
        sum += message
        missing -= 1
        if (missing === 0) end(sum)
      } else if (message.size === 1) end(message.first)
      else startChildren(self, message.first, message.size / WIDTH)
    },
    name,
  )
  return self
}

function startChildren(self: Ref<Message>, first: number, size: number): void {
  for (let i = 0; i < WIDTH; i += 1) {
    const child = startNode(self, String(i), (sum) => dispatch(self, sum))
    dispatch(child, { first: first + i * size, size })
  }
}

async function skynet(size: number): Promise<number> {
  const sum = await new Promise<number>((over) => dispatch(startNode(system, "skynet", over), { first: 0, size }))
  return sum === rightSum(size) ? size : 0
}

report(await sample("ns a leaf", parameters<Sampling>(), skynet))
