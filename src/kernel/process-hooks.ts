/** What a behaviour fills in of a process: how it starts, handles a message and clears up, and what it shows and leaves of itself. */

import type { ProcessContextRule } from "./async-context.ts"
import type { Envelope, Route } from "./envelope.ts"
import type { ExitReason } from "./exit-reason.ts"
import type { Pid } from "./pid.ts"

export abstract class ProcessHooks {
  /** Makes the state; may take its time. A throw fails the start. */
  protected abstract start(): void | PromiseLike<void>

  /** Told that it has started, before it handles anything. */
  protected started(): void {}

  /** Handles one message: `accept`s and settles it, or leaves it held in the inbox. A throw is a crash. */
  protected abstract handle(envelope: Envelope): void

  /** It has come to a marker: all that was posted before has been handled. */
  protected reached(marker: Envelope): void {
    const tell = marker.argument as () => void
    tell()
  }

  /** A request was cut short by its caller's stack: answers it now, where its handler had done all of its work. */
  protected concludes(_envelope: Envelope): boolean {
    return false
  }

  /** What it answers by that name now; `undefined`: nothing. For who knows no more of it than that it is there. */
  routeOf(_kind: Route["kind"], _name: string): Route | undefined {
    return undefined
  }

  /** Told that a request which it had left open or put aside was answered, or that nobody waits for it any more. */
  answered(): void {}

  /** Clears up at any end but a kill or a failed start. */
  protected terminate(_reason: ExitReason): void | PromiseLike<unknown> {}

  /** Told that it is to stop while it is busy; it stops by itself when it is no longer. */
  protected interrupted(_reason: ExitReason): void {}

  /** The rule of its async context; `undefined`: as the runtime's. */
  get contextRule(): ProcessContextRule | undefined {
    return undefined
  }

  /** Whether it handles each message in its sender's async context; otherwise all of them in its own. */
  get takesContexts(): boolean {
    return false
  }
  /** Whether it can serve what it had accepted before it stops; where not, it is told to stop instead. */
  protected get canDrain(): boolean {
    return true
  }

  /** It was draining, and is to stop or to end before all is served, or while it clears up. */
  protected undrained(): void {}

  /** What still runs of it though it has ended, and could change what it leaves; `undefined`: nothing. */
  get holder(): string | undefined {
    return undefined
  }

  /** What the next incarnation may inherit after a crash; asked for once, when the process has ended. */
  estate(): unknown {
    return undefined
  }

  /** Starts with what an earlier incarnation left. Before launch only; a behaviour without state has no use for it. */
  inherit(_estate: unknown): void {}

  /** Starts with what earlier incarnations have kept elsewhere, where its behaviour knows of such a place. Before launch only. */
  restore(): void {}

  /** What a crash report may show of the state, and of the message that it crashed on; the behaviour decides. */
  reportState(_lastMessage?: unknown): unknown {
    return undefined
  }

  /** Whether its author has said what may be shown: then the log prints that, and else but the sort of it. */
  get isStateFormatted(): boolean {
    return false
  }

  /** Whether the log is to have a line of its crash. */
  get isCrashLogged(): boolean {
    return true
  }

  /** Whether it ends with that process even where it traps exits: by its behaviour's rules, with the parent that has started it with a link. */
  endsWith(_pid: Pid): boolean {
    return false
  }

  /** Whether the inspection stream tells of it. What merely stands in for something else is left out, and its children are its parent's. */
  get isAnnounced(): boolean {
    return true
  }

  /** Whether `handle` may leave a message where it is: then the behaviour says itself to who follows it that it has taken it. */
  get isLooking(): boolean {
    return false
  }

  /** Whether `handle` only looks at a message: then the behaviour says itself, by `observed`, which it has taken. */
  protected get isPulling(): boolean {
    return false
  }
}
