/** An application that takes its time, in real milliseconds, and never fails; what else it has left running ends no program. */

import { store } from "../../../actors/index.ts"

setInterval(() => undefined, 1_000_000)

const nobody = new Int32Array(new SharedArrayBuffer(4))

export default () => ({
  tree: { "app:store": store() },
  // By no clock of the world's: that stands while a step is done.
  run: () => Atomics.wait(nobody, 0, 0, 2),
})
