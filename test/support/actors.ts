/** Servers that tests of supervision have as children. */

import { server } from "../../actors/index.ts"

/** Tells its story, and crashes, leaves or hangs on demand. */
export function narrator(story: string[] = []) {
  return server({
    init: (name: string) => {
      story.push(`+${name}`)
      return { name }
    },
    call: {
      name: (state) => state.name,
      crash: (state) => {
        throw new Error(`${state.name} crashed`)
      },
      leave: (_state, _argument: undefined, self) => self.stop(),
      hang: () => new Promise<never>(() => {}),
    },
    terminate: (state, reason) => void story.push(`-${state.name}${reason === "shutdown" ? "" : " by itself"}`),
  })
}

/** One whose start fails so many times, and works then. */
export function faltering(failures: number) {
  let left = failures
  return server({
    init: () => {
      left -= 1
      if (left >= 0) throw new Error("not yet")
      return {}
    },
    call: {
      crash: () => {
        throw new Error("boom")
      },
    },
  })
}
