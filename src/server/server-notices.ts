/**
 * What comes to a server without a name: raw messages, and what the runtime sends: ticks, continuations, idleness, who has left, ends of others.
 *
 * Invariant: a continuation runs before any other message; between two of them the process may be told to end.
 */

import type { Envelope } from "../kernel/envelope.ts"
import { invalid } from "../kernel/errors.ts"
import { isReadable } from "../kernel/instance.ts"
import { Tick } from "../kernel/process-timer.ts"
import { isExit, isWanted } from "../topology/topology.ts"
import { Continuation } from "./continuations.ts"
import { type Departures, Detached } from "./detached.ts"
import { sendingOf } from "./handler-of.ts"
import { IdleTick } from "./idle-timer.ts"
import { ServerDispatch } from "./server-dispatch.ts"
import { handlerSelf } from "./server-self.ts"

export abstract class ServerNotices extends ServerDispatch {
  /** Where it is told who leaves. */
  protected abstract readonly departures: Departures | undefined
  /** Nothing waits or runs, and nobody waits for an answer of its. */
  protected abstract readonly isQuiet: boolean

  protected override handleUnnamed(envelope: Envelope): void {
    const { argument } = envelope
    // A tick that was put aside has become its message, which may be anything.
    if (envelope.kind !== "signal" || !isReadable(argument)) return this.inform(envelope, argument)
    if (argument instanceof Tick) return argument.isDue ? this.inform(envelope, argument.redeem()) : undefined
    if (argument instanceof Continuation) return this.goOn(envelope)
    if (argument instanceof IdleTick) return this.idled(envelope, argument)
    if (argument instanceof Detached) {
      if (this.departures?.isFor(argument, envelope.origin) === false) return
      return this.settle(envelope, this.code.options.detached?.(this.state, argument.attachment, this.ownSelf))
    }
    if (!isWanted(argument)) return
    if (isExit(argument) && this.endsWith(argument.from)) return this.end(argument.reason)
    this.inform(envelope, argument)
  }

  protected inform(envelope: Envelope, message: unknown): void {
    const { info } = this.code.options
    // Where it is put aside, its timer is over by the time that it comes back.
    envelope.argument = message
    if (info === undefined) return this.refuse(envelope, "message", "answers calls by name only: it defines no info handler")
    this.accept(envelope)
    this.settle(envelope, info(this.state, message, handlerSelf(this.ownSelf, envelope), sendingOf(envelope)))
  }

  protected goOn(envelope: Envelope): void {
    const argument = this.ownAffairs?.continuations?.take()
    const { options } = this.code
    if (options.continue === undefined) throw invalid("continue", "is no longer defined: the code was changed")
    this.settle(envelope, options.continue(this.state, argument, this.ownSelf))
  }

  protected idled(envelope: Envelope, { timer }: IdleTick): void {
    if (!timer.isActive) return
    const { idle } = this.code.options
    // What has come since the tick was posted is behind it.
    if (!this.isQuiet) return timer.restart()
    if (idle === undefined) return this.stopped("normal")
    timer.restart()
    this.settle(envelope, idle(this.state, this.ownSelf))
  }
}
