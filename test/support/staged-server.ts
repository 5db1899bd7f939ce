/** A server that notes what it hears; the test acts by its `self`. A promise it is told makes it busy until that settles. */

import { type Pid, type Self, server } from "../../src/index.ts"
import type { Stage } from "./stage.ts"

export interface StagedServer {
  readonly pid: Pid
  readonly self: Self
  readonly heard: unknown[]
}

export async function stagedServer({ runtime, time }: Stage): Promise<StagedServer> {
  const heard: unknown[] = []
  const selves: Self[] = []
  const pid = runtime.spawn(
    server({
      init: (_none: undefined, self) => {
        selves.push(self)
        return {}
      },
      info: (_state, message) => (message instanceof Promise ? message : void heard.push(message)),
    }),
  )
  await time.settle()
  const [self] = selves
  if (self === undefined) throw new Error("the server did not start")
  return { pid, self, heard }
}
