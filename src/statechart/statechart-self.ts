/** From an actor of XState's to the process it runs in, and what that can do as itself. */

import { invalid } from "../kernel/errors.ts"
import type { Process } from "../kernel/process.ts"
import type { Context } from "../process/context.ts"
import { refuseDead } from "../process/dead-self.ts"
import { Self } from "../process/self.ts"

/** What stands behind the `self` of a statechart. */
export interface StatechartPort extends Process {
  postpone(): void
}

/** What a statechart can do as itself. */
export class StatechartSelf extends Self {
  readonly #process: StatechartPort
  /** Whether it is that of an actor below the machine. */
  readonly #isBelow: boolean

  constructor(process: StatechartPort, context: Context, isBelow = false) {
    super(process, context)
    this.#process = process
    this.#isBelow = isBelow
  }

  /**
   * Puts the event that the process handles aside until the machine's state changes: it is handled anew then, before all that came after it.
   * For actions of the machine itself; not for those of actors below. Where the machine has raised another event in its course, it is the first one that is postponed.
   *
   * Order   that of arrival, also where an event is postponed again.
   * Bound   1024 events; one too many is refused: `RateLimited` for who asked it, a dead letter where it was told.
   * Asked   the answer comes when it has been handled without being postponed; the asker's time runs on, and one whose time is over does not
   *         come back.
   * Ends    as what waits in the inbox: what came through a mailbox is the next incarnation's, in its order and before all else; other requests
   *         are handed back with `Unavailable`. A stop that drains waits for it.
   * Errors  Invalid: there is no such event (a start, the end of an `after`, what an invoked actor comes to; once the event is over); Unavailable, once
   *         the process has ended.
   * Source  OTP, gen_statem(3), `postpone`. The state is the state value; a change of the context alone is none, nor is a state entered anew.
   *
   * @example
   * import { setup } from "xstate"
   * const printer = statechart(setup({ actions: { later: ({ self }) => selfOf(self).postpone() } }).createMachine({
   *   initial: "busy",
   *   states: { busy: { on: { PRINT: { actions: "later" }, DONE: "idle" } }, idle: { on: { PRINT: "busy" } } },
   * }))
   * const pid = runtime.spawn(printer)
   * pid.send({ type: "PRINT" })
   * const { value } = await pid.transition({ type: "DONE" })
   * value // => "idle"
   * const { value: later } = await pid.snapshot()
   * later // => "busy"
   */
  postpone(): void {
    refuseDead(this.#process)
    if (this.#isBelow) throw invalid("actor", "stands below the machine: only the machine itself can postpone an event")
    this.#process.postpone()
  }
}
