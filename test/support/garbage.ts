/** Collects garbage now, for tests of what is let go of. */

import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

setFlagsFromString("--expose_gc")
const collect = runInNewContext("gc") as () => void

/** A WeakRef keeps its target for the rest of the job it was made in; so the collection waits for the next. */
export async function collectGarbage(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve))
  collect()
}
