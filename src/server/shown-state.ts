/** What a server's author lets others see of its state. Total: it is asked for in the middle of a crash. */

import { formatExitReason } from "../kernel/exit-reason.ts"
import { contain, isThenable } from "../kernel/thenable.ts"

/** What `formatStatus` gives; where it fails, what is wrong with it. */
export function shownState<State>(
  formatStatus: (state: State, lastMessage: unknown) => unknown,
  state: State,
  lastMessage: unknown,
): unknown {
  try {
    const status = formatStatus(state, lastMessage)
    if (!isThenable(status)) return status
    contain(status)
    return "formatStatus gave a promise: it must give at once what may be shown"
  } catch (error) {
    return `formatStatus threw ${formatExitReason({ error })}`
  }
}
