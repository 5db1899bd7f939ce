/**
 * A counter: a server with two calls and a cast. Names, arguments and replies are inferred from the definition.
 *
 * Prints:
 *   from 41, plus 1: 42
 *   after a reset: 0
 *   two callers at once: 1, 3
 *   once it has stopped: Unavailable
 */

import { PigeonholeError, server, start } from "pigeonhole"

const counter = server({
  init: (from: number) => ({ count: from }),
  call: {
    value: (state) => state.count,
    add: (state, by: number) => {
      state.count += by
      return state.count
    },
    finish: (_state, _argument: undefined, self) => self.stop(),
  },
  cast: {
    reset: (state) => {
      state.count = 0
    },
  },
})

await using runtime = await start({}, { log: () => {} })
const pid = runtime.spawn(counter, 41)

console.log("from 41, plus 1:", await pid.call.add(1))

pid.cast.reset()
console.log("after a reset:", await pid.call.value())

const both = await Promise.all([pid.call.add(1), pid.call.add(2)])
console.log("two callers at once:", both.join(", "))

await pid.call.finish()
await runtime.whenEnded(pid)
await pid.call.value().catch((error) => {
  console.log("once it has stopped:", error instanceof PigeonholeError && error._tag)
})
