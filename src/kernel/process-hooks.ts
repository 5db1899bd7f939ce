/** What a behaviour fills in of a process: how it starts, handles a message and clears up, and what it shows and leaves of itself. */

import type { Envelope } from "./envelope.ts"
import type { ExitReason } from "./exit-reason.ts"
import type { Pid } from "./pid.ts"

export abstract class ProcessHooks {
  /** Makes the state; may take its time. A throw fails the start. */
  protected abstract start(): void | PromiseLike<void>

  /** Told that it has started, before it handles anything. */
  protected started(): void {}

  /** Handles one message: `accept`s and settles it, or leaves it held in the inbox. A throw is a crash. */
  protected abstract handle(envelope: Envelope): void

  /** Clears up at any end but a kill or a failed start. */
  protected terminate(_reason: ExitReason): void | PromiseLike<void> {}

  /** Told that it is to stop while it is busy; it stops by itself when it is no longer. */
  protected interrupted(_reason: ExitReason): void {}

  /** What the next incarnation may inherit after a crash; asked for once, when the process has ended. */
  estate(): unknown {
    return undefined
  }

  /** Starts with what an earlier incarnation left. Before launch only; a behaviour without state has no use for it. */
  inherit(_estate: unknown): void {}

  /** What a crash report may show of the state, and of the message that it crashed on; the behaviour decides. */
  reportState(_lastMessage?: unknown): unknown {
    return undefined
  }

  /** Whether its author has said what may be shown: then the log prints that, and else but the sort of it. */
  get isStateFormatted(): boolean {
    return false
  }

  /** Whether it ends with that process even where it traps exits: a child by its behaviour's rules, with its parent. */
  endsWith(_pid: Pid): boolean {
    return false
  }

  /** Whether `handle` only looks at a message: then the behaviour says itself, by `observed`, which it has taken. */
  protected get isPulling(): boolean {
    return false
  }
}
